#include "master/mesh.h"

#include <algorithm>

#include "ipc/messages.h"

namespace banterd::master {

namespace {

void send_end(Worker& to, const Worker& peer, base::UniqueFd end) {
  to.channel->send(ipc::encode(ipc::Peer{peer.slot, peer.incarnation}),
                   {std::make_shared<base::UniqueFd>(std::move(end))});
}

}  // namespace

base::Result<void> Mesh::introduce(std::span<const ipc::Slot> newcomers) {
  const auto is_new = [&](ipc::Slot slot) {
    return std::ranges::find(newcomers, slot) != newcomers.end();
  };
  for (const ipc::Slot slot : newcomers) {
    Worker& newcomer = workers_.at(slot);
    for (Worker& other : workers_) {
      // Two newcomers meet once: when it is the turn of the one with the higher slot.
      const bool met = is_new(other.slot) && other.slot >= slot;
      if (met || !other.is_live() || !newcomer.is_live()) continue;
      if (auto paired = pair(newcomer, other); !paired) return paired;
    }
    // What has been written holds no descriptor of ours any more: N² of them at once would be many.
    workers_.flush();
  }
  for (const ipc::Slot slot : newcomers) {
    if (workers_.at(slot).is_live()) workers_.at(slot).channel->send(ipc::encode(ipc::Meshed{}));
  }
  return {};
}

base::Result<void> Mesh::pair(Worker& one, Worker& other) {
  auto ends = ipc::make_channel_pair();
  if (!ends) return ends.error();
  send_end(one, other, std::move(ends.value().first));
  send_end(other, one, std::move(ends.value().second));
  return {};
}

}  // namespace banterd::master
