#include "tests/unit/worker/fake_slot.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>

namespace banterd::worker {

FakeSlot::FakeSlot(base::Loop& loop, Bus& bus, const chat::Place& place) : place_(place) {
  auto pair = ipc::make_channel_pair();
  REQUIRE(pair.has_value());
  auto channel = ipc::Channel::create(
      loop, std::move(pair->first), [this](ipc::Channel::Frame frame) { on_frame(frame); },
      [this](const base::Error&) { ended_ = true; });
  REQUIRE(channel.has_value());
  channel_ = *std::move(channel);
  bus.connect(place, std::move(pair->second));
}

void FakeSlot::send(const BusMessage& message) { send_bytes(encode(message)); }

void FakeSlot::send_bytes(std::string_view payload) {
  channel_->send(payload);
  channel_->flush();
}

void FakeSlot::on_frame(const ipc::Channel::Frame& frame) {
  auto message = decode_bus_message(frame.payload);
  REQUIRE_MESSAGE(message.has_value(), message.error().context);
  if (const auto* event = std::get_if<LogEvent>(&*message)) last_position_ = event->position;
  messages_.push_back(*std::move(message));
}

std::vector<BusMessage> FakeSlot::take_if(bool (*is_wanted)(const BusMessage&)) {
  const auto rest = std::ranges::stable_partition(messages_, is_wanted);
  std::vector<BusMessage> taken(std::make_move_iterator(messages_.begin()),
                                std::make_move_iterator(rest.begin()));
  messages_.erase(messages_.begin(), rest.begin());
  return taken;
}

void turn(base::Loop& loop, Bus& bus) {
  for (int i = 0; i < 6; ++i) {
    bus.flush();
    uv_run(loop.get(), UV_RUN_NOWAIT);
  }
}

}  // namespace banterd::worker
