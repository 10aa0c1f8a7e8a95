#include "worker/bus.h"

#include "base/log.h"

namespace banterd::worker {

Bus::Bus(base::Loop& loop, Slot self, Slot slots, BusListener& listener)
    : loop_(loop), self_(self), listener_(listener), pipes_(slots) {}

void Bus::connect(const chat::Place& place, base::UniqueFd socket) {
  if (place.slot >= pipes_.size() || place.slot == self_) {
    base::log_warning("peer with an impossible slot dropped", {{"slot", place.slot}});
    return;
  }
  Pipe& pipe = pipes_[place.slot];
  if (pipe.channel != nullptr) {
    pipe.next = std::move(socket);
    pipe.next_place = place;
    return;
  }
  open(place.slot, place, std::move(socket));
}

void Bus::open(Slot slot, const chat::Place& place, base::UniqueFd socket) {
  Pipe& pipe = pipes_[slot];
  auto channel = ipc::Channel::create(
      loop_, std::move(socket),
      [this, slot](ipc::Channel::Frame frame) { on_frame(slot, frame.payload); },
      [this, slot](const base::Error& why) { on_end(slot, why); });
  if (!channel)
    base::panic("cannot watch a bus pipe", {{"slot", slot}, {"error", channel.error()}});
  pipe.channel = *std::move(channel);
  if (flush_only_) pipe.channel->leave_in_flush_only();
  pipe.place = place;
  pipe.greeted = false;
  pipe.channel->send_frames(frame_of(listener_.hello_for(slot)));
}

void Bus::on_frame(Slot from, std::string_view payload) {
  if (auto read = read_bus_message(payload, message_); !read) {
    // A newer version may say more than we know: drop the message, keep the peer.
    base::log_warning("bus message dropped", {{"from", from}, {"error", read.error()}});
    return;
  }
  if (std::holds_alternative<Hello>(message_)) pipes_[from].greeted = true;
  listener_.on_bus_message(from, message_);
}

void Bus::on_end(Slot slot, const base::Error& why) {
  Pipe& pipe = pipes_[slot];
  // A pipe that breaks while both of its workers live cannot be mended by either: one of them has
  // to go, and the master makes both ends anew.
  if (why.code != base::Errc::closed)
    base::panic("bus pipe broken", {{"slot", slot}, {"why", why}});
  base::log_debug("bus pipe ended", {{"slot", slot}, {"why", why}});
  const chat::Place gone = pipe.place;
  pipe.channel.reset();
  pipe.greeted = false;
  listener_.on_slot_died(gone);
  if (pipe.next.valid()) open(slot, pipe.next_place, std::move(pipe.next));
}

void Bus::send_frames(Slot to, std::string_view frames) {
  if (pipes_[to].greeted) pipes_[to].channel->send_frames(frames);
}

bool Bus::complete() const {
  for (Slot slot = 0; slot < pipes_.size(); ++slot) {
    if (slot != self_ && (!pipes_[slot].greeted || pipes_[slot].next.valid())) return false;
  }
  return true;
}

void Bus::flush() {
  for (Pipe& pipe : pipes_) {
    if (pipe.channel != nullptr) pipe.channel->flush();
  }
}

}  // namespace banterd::worker
