// Another slot as seen from the bus: its end of a pipe in the hands of a test.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/uv/loop.h"
#include "ipc/channel.h"
#include "worker/bus.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class FakeSlot {
 public:
  // Joins `bus` as `place`, by a pipe of their own.
  FakeSlot(base::Loop& loop, Bus& bus, const chat::Place& place);

  void greet(uint64_t stands = 0) { send(Hello{place_, stands}); }
  // Says that it has taken all that it got.
  void stand() { send(Standing{last_position_, 0}); }
  void send(const BusMessage& message);
  void send_bytes(std::string_view payload);

  // All messages of that kind, in their order, since the last call.
  template <class Message>
  std::vector<Message> take() {
    std::vector<Message> taken;
    for (BusMessage& message :
         take_if([](const BusMessage& one) { return std::holds_alternative<Message>(one); }))
      taken.push_back(std::get<Message>(std::move(message)));
    return taken;
  }
  [[nodiscard]] const std::vector<BusMessage>& messages() const { return messages_; }
  void forget() { messages_.clear(); }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void on_frame(const ipc::Channel::Frame& frame);
  std::vector<BusMessage> take_if(bool (*is_wanted)(const BusMessage&));

  const chat::Place place_;
  std::unique_ptr<ipc::Channel> channel_;
  std::vector<BusMessage> messages_;
  uint64_t last_position_ = 0;
  bool ended_ = false;
};

// Messages travel within this process: a few turns bring everything everywhere.
void turn(base::Loop& loop, Bus& bus);

}  // namespace banterd::worker
