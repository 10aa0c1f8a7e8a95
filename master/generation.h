// One binary with one configuration, and the workers that run it: their table and their supervisor.
// There is one that serves; in a reload, one more that comes or one that goes.
#pragma once

#include <functional>
#include <memory>

#include "base/uv/loop.h"
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

  WorkerTable workers;
  Supervisor supervisor;
};

}  // namespace banterd::master
