// Another slot as seen from the bus: its end of a pipe in the hands of a test.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "base/uv/loop.h"
#include "ipc/channel.h"
#include "worker/bus.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class FakeSlot {
 public:
  // Joins `bus` as `place`, by a pipe of their own.
  FakeSlot(base::Loop& loop, Bus& bus, const chat::Place& place) : place_(place) {
    auto pair = ipc::make_channel_pair();
    REQUIRE(pair.has_value());
    auto channel = ipc::Channel::create(
        loop, std::move(pair->first), [this](ipc::Channel::Frame frame) { on_frame(frame); },
        [this](const base::Error&) { ended_ = true; });
    REQUIRE(channel.has_value());
    channel_ = *std::move(channel);
    bus.connect(place, std::move(pair->second));
  }

  void greet(uint64_t stands = 0) { send(Hello{place_, stands}); }
  // Says that it has taken all that it got.
  void stand() { send(Standing{last_position_, 0}); }
  void send(const BusMessage& message) {
    channel_->send(encode(message));
    channel_->flush();
  }
  void send_bytes(std::string_view payload) {
    channel_->send(payload);
    channel_->flush();
  }

  // All messages of that kind, in their order, since the last call.
  template <class Message>
  std::vector<Message> take() {
    std::vector<Message> taken;
    std::erase_if(messages_, [&](BusMessage& message) {
      auto* wanted = std::get_if<Message>(&message);
      if (wanted != nullptr) taken.push_back(std::move(*wanted));
      return wanted != nullptr;
    });
    return taken;
  }
  [[nodiscard]] const std::vector<BusMessage>& messages() const { return messages_; }
  void forget() { messages_.clear(); }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void on_frame(const ipc::Channel::Frame& frame) {
    auto message = decode_bus_message(frame.payload);
    REQUIRE_MESSAGE(message.has_value(), message.error().context);
    if (const auto* event = std::get_if<LogEvent>(&*message)) last_position_ = event->position;
    messages_.push_back(*std::move(message));
  }

  const chat::Place place_;
  std::unique_ptr<ipc::Channel> channel_;
  std::vector<BusMessage> messages_;
  uint64_t last_position_ = 0;
  bool ended_ = false;
};

// Messages travel within this process: a few turns bring everything everywhere.
inline void turn(base::Loop& loop, Bus& bus) {
  for (int i = 0; i < 6; ++i) {
    bus.flush();
    uv_run(loop.get(), UV_RUN_NOWAIT);
  }
}

}  // namespace banterd::worker
