#include "master/shutdown.h"

#include <algorithm>

#include "base/log.h"
#include "ipc/messages.h"

namespace banterd::master {

namespace {
using std::chrono::milliseconds;
}  // namespace

Shutdown::Shutdown(base::Loop& loop, WorkerTable& workers, Supervisor& supervisor,
                   milliseconds timeout, std::function<void()> on_over)
    : loop_(loop),
      workers_(workers),
      supervisor_(supervisor),
      timeout_(timeout),
      on_over_(std::move(on_over)),
      due_(loop, [this] { on_due(); }) {}

void Shutdown::begin() {
  state_ = State::draining;
  began_ms_ = loop_.now_ms();
  supervisor_.stop_respawning();
  const std::string drain = ipc::encode(ipc::Drain{});
  for (Worker& worker : workers_) {
    if (!worker.takes_connections()) continue;
    worker.state = WorkerState::draining;
    worker.channel->send(drain);
  }
  due_.start(timeout_ / 3);
}

void Shutdown::on_drained(Worker& worker) {
  if (worker.state == WorkerState::draining) worker.state = WorkerState::drained;
}

void Shutdown::on_gone() {
  if (state_ != State::draining) return;
  const milliseconds spent(loop_.now_ms() - began_ms_);
  due_.start(std::min(kDrainWithoutOne, std::max(milliseconds::zero(), timeout_ / 3 - spent)));
}

void Shutdown::advance() {
  const bool all_drained = std::ranges::none_of(workers_, [](const Worker& worker) {
    return worker.state == WorkerState::draining && worker.is_live();
  });
  if (state_ == State::draining && all_drained) leave();
  const bool ending =
      state_ == State::draining || state_ == State::leaving || state_ == State::killing;
  if (!ending || workers_.processes() > 0) return;
  state_ = State::over;
  due_.stop();
  on_over_();
}

void Shutdown::leave() {
  state_ = State::leaving;
  const milliseconds spent(loop_.now_ms() - began_ms_);
  const milliseconds rest = std::max(milliseconds::zero(), timeout_ - spent);
  // Workers get a little less than we wait, so that they end in order rather than be killed while
  // they do.
  const auto patience_ms = static_cast<uint64_t>(rest.count() * 9 / 10);
  const std::string leave = ipc::encode(ipc::Leave{patience_ms});
  for (Worker& worker : workers_) {
    if (!worker.is_live()) continue;
    if (worker.state == WorkerState::draining) {
      base::log_warning("a worker leaves without having drained", {{"slot", worker.slot}});
    }
    worker.state = WorkerState::drained;
    worker.channel->send(leave);
  }
  due_.start(rest);
}

void Shutdown::on_due() {
  switch (state_) {
    case State::draining:
      return leave();
    case State::leaving:
      return force("shutdown_timeout is over");
    case State::killing:
      base::log_error("a killed worker is still there", {{"processes", workers_.processes()}});
      state_ = State::over;
      return on_over_();
    case State::serving:
    case State::over:
      return;
  }
}

void Shutdown::force(const std::string& why) {
  if (state_ == State::over) return;
  state_ = State::killing;
  supervisor_.stop_respawning();
  supervisor_.kill_all(why);
  due_.start(kReapLimit);
}

}  // namespace banterd::master
