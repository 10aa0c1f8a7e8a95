// The workers of one edition (master/spawn.h): their table and their supervisor.
// There is one that serves; in a reload, one more that comes or one that goes.
#pragma once

#include <functional>
#include <memory>

#include "base/uv/loop.h"
#include "master/dispatcher.h"
#include "master/supervisor.h"
#include "master/worker_table.h"

namespace banterd::master {

struct Generation {
  // As the supervisor's, with the generation that the worker is of.
  struct Callbacks {
    std::function<void(Generation&, Worker&)> on_ready;
    std::function<void(Generation&, Worker&)> on_started;
    std::function<void(Generation&, Worker&, const ipc::ToMaster&, ipc::Channel::Frame&)>
        on_message;
    std::function<void(Generation&, Worker&)> on_gone;
  };

  Generation(base::Loop& loop, uint32_t slots, Orders orders, const Callbacks& callbacks)
      : workers(slots),
        supervisor(loop, workers, std::move(orders),
                   {.on_ready = [this, callbacks](Worker& w) { callbacks.on_ready(*this, w); },
                    .on_started = [this, callbacks](Worker& w) { callbacks.on_started(*this, w); },
                    .on_message =
                        [this, callbacks](Worker& w, const ipc::ToMaster& message,
                                          ipc::Channel::Frame& frame) {
                          callbacks.on_message(*this, w, message, frame);
                        },
                    .on_gone = [this, callbacks](Worker& w) { callbacks.on_gone(*this, w); }}) {}
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  [[nodiscard]] uint64_t number() const { return supervisor.orders().number; }
  [[nodiscard]] const Edition& edition() const { return supervisor.orders().edition; }

  // What that worker served, which has gone, waits for the slot's next one or for other workers, or
  // is forgotten.
  void give_up_or_keep(Worker& gone, Dispatcher& dispatcher) {
    const bool from_outside = supervisor.was_killed_from_outside(gone.slot);
    if (supervisor.recovers(gone.slot)) {
      dispatcher.on_gone_for_now(gone, from_outside);
    } else if (auto given_up = supervisor.take_given_up(gone.slot)) {
      dispatcher.on_given_up(gone, from_outside, given_up->memory, given_up->served_until);
    } else {
      dispatcher.on_gone(gone, from_outside);
    }
  }

  WorkerTable workers;
  Supervisor supervisor;
};

}  // namespace banterd::master
