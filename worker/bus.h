// A worker's pipes to the other slots. Each pair of workers shares one, made by the master; a
// respawned worker brings new ones.
//
// A new pipe begins with `hello` both ways; nothing else is sent to a slot before its hello was
// read (`greeted`). The new pipe of a slot is not read before the old one has been read to its end.
#pragma once

#include <memory>
#include <vector>

#include "chat/types.h"
#include "ipc/channel.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

// Who listens to the bus. Calls come from the loop, one message at a time.
class BusListener {
 public:
  virtual ~BusListener() = default;
  // A pipe to this slot is open: the hello to send.
  virtual Hello hello_for(Slot slot) = 0;
  // What is of use of the message may be taken out of it.
  virtual void on_bus_message(Slot from, BusMessage& message) = 0;
  // The pipe has been read to its end: that life of the slot is over. (That no next one comes soon
  // is the master's to say: `slot_down`, Service::on_slot_stays_down().)
  virtual void on_slot_died(const chat::Place& place) = 0;
};

class Bus {
 public:
  Bus(base::Loop& loop, Slot self, Slot slots, BusListener& listener);

  // Takes one end of the pair with that slot's incarnation.
  void connect(const chat::Place& place, base::UniqueFd socket);

  // Messages to a slot without a pipe are dropped: whoever needs an answer sends again when the
  // slot's hello comes. `Message` is one of BusMessage's alternatives.
  template <class Message>
  void send(Slot to, const Message& message) {
    if (pipes_[to].greeted) pipes_[to].channel->send_frames(frame_of(message));
  }
  void send_frames(Slot to, std::string_view frames);
  template <class Message>
  void send_to_all(const Message& message) {
    frame_of(message);
    for (Slot slot = 0; slot < slots(); ++slot) send_frames(slot, frame_);
  }
  [[nodiscard]] size_t queued_bytes(Slot slot) const {
    return pipes_[slot].channel == nullptr ? 0 : pipes_[slot].channel->queued_bytes();
  }
  // Writes what was queued; once per iteration.
  void flush();
  // Nothing leaves but in flush(). Before any connect().
  void leave_in_flush_only() { flush_only_ = true; }

  [[nodiscard]] bool greeted(Slot slot) const { return pipes_[slot].greeted; }
  // True while that slot's pipe, or that of a life of it, has not been read to its end.
  [[nodiscard]] bool connected(Slot slot) const { return pipes_[slot].channel != nullptr; }
  // Every other slot has said hello, and no next life of one waits.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] Slot self() const { return self_; }
  [[nodiscard]] Slot slots() const { return static_cast<Slot>(pipes_.size()); }

 private:
  struct Pipe {
    std::unique_ptr<ipc::Channel> channel;
    chat::Place place;
    bool greeted = false;
    // The pipe of the next life, until this one has ended.
    base::UniqueFd next;
    chat::Place next_place;
  };
  void open(Slot slot, const chat::Place& place, base::UniqueFd socket);
  // Lives until the next call.
  template <class Message>
  std::string_view frame_of(const Message& message) {
    frame_.clear();
    append_message(frame_, message);
    return frame_;
  }
  void on_frame(Slot from, std::string_view payload);
  void on_end(Slot slot, const base::Error& why);

  base::Loop& loop_;
  bool flush_only_ = false;
  const Slot self_;
  BusListener& listener_;
  std::vector<Pipe> pipes_;  // by slot; the own one stays empty
  // The memory of one message that is sent, and of one that is read.
  std::string frame_;
  BusMessage message_;
};

}  // namespace banterd::worker
