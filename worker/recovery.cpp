#include "worker/recovery.h"

#include <algorithm>

#include "base/log.h"
#include "worker/slot_map.h"
#include "worker/stream_counts.h"

namespace banterd::worker {

base::Result<std::unique_ptr<Recovery>> Recovery::begin(const ipc::ClientMemory& memory,
                                                        Clients& clients, Router& router, Hub& hub,
                                                        const chat::Place& place, Slot slots,
                                                        bool blames) {
  auto state = KeptState::read(memory);
  if (!state) return std::move(state).error();
  if (state->open.size() != slots)
    return base::Error{base::Errc::corrupt, "it is of another number of slots"};
  std::unique_ptr<Recovery> recovery(new Recovery(*std::move(state), clients, router, slots));
  if (blames) recovery->poison_ = memory.mark();
  hub.keep_since(recovery->positions().kept_since);
  hub.restore_died(recovery->positions().died);
  hub.restore_gone(std::move(recovery->state_.gone));
  recovery->restore_commands(place);
  return recovery;
}

void Recovery::restore_commands(const chat::Place& place) {
  for (Slot owner = 0; owner < state_.open.size(); ++owner) {
    for (const Router::Answered& answered : state_.answered[owner]) {
      Open& its = open_[answered.connection];
      ++its.commands;
      its.owner = owner;
      router_.restore(owner, answered);
    }
    for (OpenCommand& open : state_.open[owner]) {
      Open& its = open_[open.command.id.connection];
      ++its.commands;
      its.owner = owner;
      // Who asks is this life now.
      open.command.from = place;
      router_.restore(owner, std::move(open));
    }
  }
}

void Recovery::add_socket(const ipc::Kept::One& connection, base::UniqueFd socket) {
  sockets_[connection.id] = {connection, std::move(socket)};
}

std::vector<uint64_t> Recovery::connections() const {
  std::vector<uint64_t> connections;
  for (const auto& [connection, kept] : state_.clients) connections.push_back(connection);
  return connections;
}

bool Recovery::complete() const {
  return std::ranges::all_of(recalled_, [](bool recalled) { return recalled; });
}

void Recovery::on_down(Slot owner) {
  std::erase_if(held_, [owner](const auto& held) { return held.first == owner; });
}

void Recovery::hold(Slot from, BusMessage message) { held_.emplace_back(from, std::move(message)); }

// ---- going on ----

std::vector<std::pair<Slot, BusMessage>> Recovery::finish(const Add& add) {
  size_t fresh = 0;
  for (auto& [connection, kept] : state_.clients) restore_client(connection, kept);
  for (auto& [connection, socket] : sockets_) {
    // Came, and died before it was served: as if it came now.
    const bool added = socket.facts.listener && add(socket.facts, std::move(socket.socket));
    if (!added) clients_.refuse(connection);
    ++fresh;
  }
  base::log_info(
      "clients kept",
      {{"clients", state_.clients.size()}, {"new", fresh}, {"held_messages", held_.size()}});
  return std::move(held_);
}

void Recovery::restore_client(uint64_t connection, KeptState::One& kept) {
  auto record = kept.client();
  if (!record) return lose(connection, record.error());
  Client::Restored restored;
  const auto socket = sockets_.find(connection);
  if (socket != sockets_.end()) {
    restored.socket = std::move(socket->second.socket);
    sockets_.erase(socket);
    const bool is_leaving = record->leaving == Leaving::under_way;
    if (auto streams = restore_streams(kept, is_leaving, restored); !streams) {
      // He may have lost something: better he comes anew than that he does not know. He leaves as
      // any whose connection ends. Of who is leaving, the peer has mostly closed as well, and no
      // count is right any more.
      base::log_event(is_leaving ? base::LogLevel::debug : base::LogLevel::warning,
                      "a client cannot go on",
                      {{"connection", connection}, {"why", streams.error()}});
      restored.socket.reset();
      clients_.refuse(connection);
    }
  }
  const Open open = open_[connection];
  restored.open = open.commands;
  restored.open_owner = open.owner;
  restored.last_line = kept.last_line;
  if (poison_.connection == connection) restored.poison = poison_.offset;
  if (auto recovered = clients_.recover(*record, std::move(restored)); !recovered)
    return lose(connection, recovered.error());
  Client* const client = clients_.find(connection);
  if (client == nullptr || !client->is_present()) return;
  for (const std::string& nick : record->client.watched) client->rewatch(nick);
  for (const std::string& room : record->client.rooms) {
    const Slot owner = owner_of(chat::fold(room), static_cast<Slot>(recalled_.size()));
    if (absent_.has(owner))
      client->wait_for_room(room);
    else
      client->reenter(room);
  }
}

// Of one who has left only the rest of his output counts.
base::Result<void> Recovery::restore_streams(const KeptState::One& kept, bool is_leaving,
                                             Client::Restored& restored) {
  const auto counts = stream_counts(restored.socket.get());
  if (!counts) return base::Error{base::Errc::invalid, "it is no TCP connection"};
  auto input =
      is_leaving ? base::Result<std::string>(std::string()) : kept.streams.untaken(counts->read);
  if (!input) return std::move(input).error();
  auto queue = kept.streams.unwritten(counts->written);
  if (!queue) return std::move(queue).error();
  restored.read = counts->read;
  restored.written = counts->written;
  restored.input = is_leaving ? std::string() : kept.unfinished_line + *std::move(input);
  restored.queue = *std::move(queue);
  return {};
}

void Recovery::lose(uint64_t connection, const base::Error& why) {
  base::log_error("a client is lost", {{"connection", connection}, {"why", why}});
  clients_.refuse(connection);
}

}  // namespace banterd::worker
