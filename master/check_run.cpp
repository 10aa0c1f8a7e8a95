#include "master/check_run.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "base/fault.h"
#include "master/death.h"
#include "master/state.h"

namespace banterd::master {

namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

base::Result<std::unique_ptr<CheckRun>> CheckRun::start(
    base::Loop& loop, const Binary& binary, const std::optional<std::string>& config_file,
    const std::string& state) {
  auto memory = write_state(state);
  if (!memory) return memory.error();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return base::from_errno("make a pipe", errno);
  base::UniqueFd ours(ends[0]);
  const base::UniqueFd its(ends[1]);
  std::vector<std::string> arguments = {"banterd", "-t", kReadStateArgument};
  if (config_file) arguments.insert(arguments.end(), {"-c", *config_file});
  if (base::fault("check"))
    return base::Error{base::Errc::system, "start the check: a fault was asked for"};
  static_assert(kStateDescriptor == 3);
  auto pid = spawn(loop, binary, std::move(arguments), its.get(), its.get(), memory->get(),
                   "start the check");
  if (!pid) return pid.error();
  std::unique_ptr<CheckRun> run(new CheckRun(loop, *pid));
  auto poll = base::Poll::create(loop, std::move(ours), [at = run.get()](int) { at->read(); });
  if (!poll) return poll.error();
  run->pipe_ = std::move(*poll);
  run->pipe_->watch(base::Poll::readable);
  run->limit_.start(kLimit);
  // It may have ended before its signal was watched.
  run->reap();
  return run;
}

CheckRun::CheckRun(base::Loop& loop, pid_t pid)
    : pid_(pid),
      child_signal_(loop, SIGCHLD, [this] { reap(); }),
      limit_(loop, [this] { on_due(); }) {}

CheckRun::~CheckRun() {
  if (wait_status_) return;
  kill(pid_, SIGKILL);
  // It dies at once: it does nothing that the kernel would let it finish first.
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void CheckRun::read() {
  char buffer[4096];
  const ssize_t got = ::read(pipe_->fd(), buffer, sizeof buffer);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) {
    const size_t room = kMaxOutputBytes - output_.size();
    output_.append(buffer, std::min(room, static_cast<size_t>(got)));
    return;
  }
  end_output();
}

void CheckRun::end_output() {
  output_ended_ = true;
  pipe_->watch(base::Poll::none);
  conclude();
}

// What the program has started may keep the output open, though it has ended itself.
void CheckRun::on_due() {
  timed_out_ = true;
  if (!wait_status_) kill(pid_, SIGKILL);
  end_output();
}

void CheckRun::reap() {
  int status = 0;
  if (wait_status_ || waitpid(pid_, &status, WNOHANG) != pid_) return;
  wait_status_ = status;
  conclude();
}

// When it has ended and all that it said is here.
void CheckRun::conclude() {
  if (!wait_status_ || !output_ended_ || result_) return;
  limit_.stop();
  if (timed_out_) {
    result_ = base::Error{base::Errc::system, "the check, or what it started, did not end in time"};
  } else if (*wait_status_ == 0) {
    result_ = base::Result<void>{};
  } else {
    const std::string said = trimmed(output_);
    result_ =
        base::Error{base::Errc::invalid,
                    said.empty() ? "the check ended with " + describe_death(*wait_status_) : said};
  }
}

}  // namespace banterd::master
