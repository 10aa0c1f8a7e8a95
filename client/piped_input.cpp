#include "client/piped_input.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "client/shared_descriptor.h"

namespace banterd::client {

namespace {

constexpr size_t kReadBytes = 16384;

}  // namespace

base::Result<std::unique_ptr<PipedInput>> PipedInput::create(base::Loop& loop, int fd,
                                                             Callbacks callbacks) {
  std::unique_ptr<PipedInput> input(new PipedInput(loop, fd, std::move(callbacks)));
  auto poll = watch_shared(loop, fd, [raw = input.get()](int) { raw->read_once(); });
  // epoll(7) refuses what is always readable: regular files, /dev/null.
  if (!poll && poll.error().code != base::Errc::denied) return std::move(poll).error();
  if (poll) input->poll_ = *std::move(poll);
  input->watch();
  return input;
}

PipedInput::PipedInput(base::Loop& loop, int fd, Callbacks callbacks)
    : fd_(fd), callbacks_(std::move(callbacks)), next_turn_(loop, [this] {
        read_once();
        watch();
      }) {}

void PipedInput::pause(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  watch();
}

void PipedInput::read_once() {
  std::array<char, kReadBytes> buffer;
  const ssize_t bytes = read(fd_, buffer.data(), buffer.size());
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes > 0) {
    callbacks_.on_bytes({buffer.data(), static_cast<size_t>(bytes)});
    return;
  }
  ended_ = true;
  watch();
  callbacks_.on_end();
}

void PipedInput::watch() {
  const bool reading = !paused_ && !ended_;
  if (poll_) {
    poll_->watch(reading ? base::Poll::readable : base::Poll::none);
  } else if (reading) {
    next_turn_.start(std::chrono::milliseconds::zero());
  } else {
    next_turn_.stop();
  }
}

}  // namespace banterd::client
