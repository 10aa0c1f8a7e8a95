#include "master/exec.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/fault.h"
#include "base/log.h"
#include "master/state.h"

namespace banterd::master {

// ---- the moment ----

ExecMoment::ExecMoment(base::Loop& loop, Callbacks callbacks)
    : callbacks_(std::move(callbacks)), due_(loop, [this] { on_due(); }) {}

void ExecMoment::want() {
  step_ = Step::waiting;
  delayed_ = false;
}

void ExecMoment::drop() {
  due_.stop();
  const Step before = std::exchange(step_, Step::idle);
  if (before == Step::quiet || before == Step::reached) callbacks_.release();
}

void ExecMoment::advance(bool old_generation_gone, bool at_boundary) {
  if (step_ == Step::waiting && old_generation_gone) {
    step_ = Step::quiet;
    callbacks_.hold();
    due_.start(kQuietLimit);
  }
  if (step_ == Step::quiet && at_boundary) {
    due_.stop();
    step_ = Step::reached;
  } else if (step_ == Step::reached && !at_boundary) {
    step_ = Step::quiet;
    due_.start(kQuietLimit);
  }
}

void ExecMoment::on_due() {
  if (step_ == Step::resting) {
    step_ = Step::waiting;
    return;
  }
  step_ = Step::resting;
  delayed_ = true;
  due_.start(kRest);
  callbacks_.release();
  callbacks_.delayed();
}

// ---- the act ----

BlockedSignals::BlockedSignals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before_);
}

BlockedSignals::~BlockedSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

namespace {

base::Result<void> keep_across_exec(int fd, bool keep) {
  if (fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC) < 0)
    return base::from_errno("set FD_CLOEXEC of descriptor " + std::to_string(fd), errno);
  return {};
}

base::Result<void> keep_all(const std::vector<int>& descriptors) {
  for (const int fd : descriptors) {
    if (auto kept = keep_across_exec(fd, true); !kept) return kept;
  }
  return {};
}

}  // namespace

base::Error exec_in_place(const Binary& binary, std::vector<std::string> arguments,
                          const base::UniqueFd& state, std::vector<int> descriptors) {
  descriptors.push_back(state.get());
  arguments.insert(arguments.end(), {kResumeArgument, std::to_string(state.get())});
  std::vector<char*> pointers = argument_vector(arguments);
  const std::string file = binary.path();

  base::Error why;
  if (auto kept = keep_all(descriptors); !kept) {
    why = kept.error();
  } else if (base::fault("exec")) {
    why = {base::Errc::system, "exec: a fault was asked for"};
  } else {
    execve(file.c_str(), pointers.data(), environ);
    why = base::from_errno("exec " + file, errno);
  }
  for (const int fd : descriptors) {
    // It cannot fail for a descriptor that is open (fcntl(2)).
    if (auto closed = keep_across_exec(fd, false); !closed)
      base::log_error("a descriptor may leak", {{"error", closed.error()}});
  }
  return why;
}

base::Result<base::UniqueFd> adopt_descriptor(int fd) {
  if (auto closed = keep_across_exec(fd, false); !closed) return closed.error();
  return base::UniqueFd(fd);
}

}  // namespace banterd::master
