#include "ipc/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <utility>

#include "base/log.h"
#include "base/uv/timer.h"
#include "ipc/contract.h"

namespace banterd::ipc {

namespace {

constexpr size_t kReadBytes = 64 * 1024;
// One readiness reads no more than this, so that a busy channel starves no other. A read ends at
// each message that carries descriptors, so a count of reads would be a poor measure of the work
// alone.
constexpr size_t kReadBudgetBytes = 4 * kReadBytes;
constexpr int kReadBudgetMessages = 32;

constexpr size_t kSegmentBytes = 256 * 1024;  // beyond it a new segment begins
constexpr size_t kSegmentsPerWrite = 16;
constexpr size_t kKeptBytes =
    2 * kSegmentBytes;  // the largest spare string kept for the next segment
constexpr int kPairSendBufferBytes = 1024 * 1024;
constexpr size_t kKernelDescriptorLimit = 253;  // SCM_MAX_FD

// How long to wait when the kernel has no room of its own for what is sent: no readiness tells when
// it has some.
constexpr std::chrono::milliseconds kKernelRetry{10};

struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(kKernelDescriptorLimit * sizeof(int))> bytes;
};

}  // namespace

struct Channel::Segment {
  std::string bytes;
  size_t sent = 0;
  std::vector<SharedFd> descriptors;  // until the first byte is sent

  [[nodiscard]] bool brings_descriptors() const { return !descriptors.empty(); }
};

// Shared so that a callback may destroy the channel: whoever runs callbacks holds a copy until he
// is done.
struct Channel::State : std::enable_shared_from_this<Channel::State> {
  // The descriptors of one message, until the frame they belong to is whole.
  struct Batch {
    std::vector<base::UniqueFd> descriptors;
    bool lost = false;  // this process had no room for all of them
  };

  State(base::Loop& its_loop, FrameCallback frame, EndCallback end)
      : on_frame(std::move(frame)),
        on_end(std::move(end)),
        later(its_loop, [this] { on_later(); }) {}

  void queue(std::string_view frames);
  void queue_frame(std::string_view payload, std::vector<SharedFd> descriptors);
  void check_bound();
  Segment& open_segment();

  void flush();
  [[nodiscard]] ssize_t write_some();
  void sent(size_t bytes);
  void write_failed(int error_number);
  void drop_queue();

  void on_ready(int events);
  void on_later();
  void read();
  [[nodiscard]] ssize_t receive(std::span<char> buffer);
  void keep_descriptors(msghdr& message);
  void take(std::string_view bytes);
  void give(std::string_view payload, uint8_t descriptors);
  [[nodiscard]] bool match(Frame& frame, uint8_t descriptors);
  void watch(bool blocked);
  void end(const base::Error& why);

  FrameCallback on_frame;
  EndCallback on_end;
  std::unique_ptr<base::Poll> poll;
  base::Timer later;

  std::deque<Segment> segments;
  std::string spare;  // memory of a segment that has left
  size_t queued_bytes = 0;
  bool flush_only = false;
  bool write_broken = false;  // the peer takes nothing any more; what it sent is still read

  FrameReader reader;
  std::deque<Batch> batches;  // in the order of the frames that they belong to
  std::optional<base::Error>
      failure;        // found where no callback may run; told in the next iteration
  bool over = false;  // ended, or destroyed by its owner
};

// ---- sending ----

Channel::Segment& Channel::State::open_segment() {
  if (segments.empty() || segments.back().brings_descriptors() ||
      segments.back().bytes.size() >= kSegmentBytes) {
    segments.emplace_back().bytes = std::exchange(spare, {});
  }
  return segments.back();
}

void Channel::State::queue(std::string_view frames) {
  if (over || failure || write_broken || frames.empty()) return;
  open_segment().bytes.append(frames);
  queued_bytes += frames.size();
  check_bound();
}

void Channel::State::queue_frame(std::string_view payload, std::vector<SharedFd> descriptors) {
  if (over || failure || write_broken) return;
  for (const SharedFd& fd : descriptors) {
    if (!fd || !fd->valid()) base::panic("a frame with a descriptor that is none");
  }
  // A frame with descriptors never joins others: they belong to the first byte of their sendmsg.
  Segment& segment = descriptors.empty() ? open_segment() : segments.emplace_back();
  const size_t before = segment.bytes.size();
  append_frame(segment.bytes, payload, descriptors.size());
  queued_bytes += segment.bytes.size() - before;
  segment.descriptors = std::move(descriptors);
  check_bound();
}

void Channel::State::check_bound() {
  if (queued_bytes <= kMaxChannelQueueBytes) return;
  failure =
      base::Error{base::Errc::limit,
                  "the peer does not read: " + std::to_string(queued_bytes) + " bytes are queued"};
  drop_queue();
  later.start(std::chrono::milliseconds::zero());
}

void Channel::State::drop_queue() {
  segments.clear();
  queued_bytes = 0;
}

// Writes the bytes at the front of the queue: a segment with its descriptors alone, else as many as
// one call takes.
ssize_t Channel::State::write_some() {
  std::array<iovec, kSegmentsPerWrite> parts;
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = parts.data();
  for (Segment& segment : segments) {
    if (message.msg_iovlen == parts.size()) break;
    if (message.msg_iovlen > 0 && segment.brings_descriptors()) break;
    parts[message.msg_iovlen++] = {segment.bytes.data() + segment.sent,
                                   segment.bytes.size() - segment.sent};
    if (!segment.brings_descriptors()) continue;
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(segment.descriptors.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(segment.descriptors.size() * sizeof(int));
    unsigned char* place = CMSG_DATA(header);
    for (const SharedFd& fd : segment.descriptors) {
      const int number = fd->get();
      std::memcpy(place, &number, sizeof number);
      place += sizeof number;
    }
    break;
  }
  return ::sendmsg(poll->fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Channel::State::sent(size_t bytes) {
  queued_bytes -= bytes;
  while (bytes > 0) {
    Segment& front = segments.front();
    front.descriptors.clear();  // they left with the first byte
    const size_t taken = std::min(bytes, front.bytes.size() - front.sent);
    front.sent += taken;
    bytes -= taken;
    if (front.sent < front.bytes.size()) return;
    if (front.bytes.capacity() > spare.capacity() && front.bytes.capacity() <= kKeptBytes) {
      spare = std::move(front.bytes);
      spare.clear();
    }
    segments.pop_front();
  }
}

void Channel::State::flush() {
  if (over || failure) return;
  while (!segments.empty()) {
    const ssize_t written = write_some();
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return write_failed(errno);
    sent(static_cast<size_t>(written));
  }
  watch(false);
}

void Channel::State::write_failed(int error_number) {
  switch (error_number) {
    case EAGAIN:
      return watch(true);
    case ETOOMANYREFS:  // as many descriptors in flight as this user may have (unix(7))
    case ENOBUFS:
    case ENOMEM:
      watch(false);
      return later.start(kKernelRetry);
    case EPIPE:
    case ECONNRESET:
      // The peer is gone, but what it said before is still to be read; reading finds the end.
      write_broken = true;
      drop_queue();
      return watch(false);
    default:
      failure = base::from_errno("send to a process", error_number);
      drop_queue();
      later.start(std::chrono::milliseconds::zero());
  }
}

// ---- receiving ----

void Channel::State::on_ready(int events) {
  const auto alive = shared_from_this();
  // libuv stops watching a descriptor that has an error, such as a reset, and reports it as both
  // events. What the peer sent before may take more than one turn to read: start anew.
  if ((events & base::Poll::writable) != 0) {
    poll->watch(base::Poll::none);
    watch(!flush_only && !segments.empty());
    if (!flush_only) flush();
  }
  if ((events & base::Poll::readable) != 0) read();
}

void Channel::State::on_later() {
  const auto alive = shared_from_this();
  if (failure) return end(*failure);
  // Or this iteration's flush() is the next try.
  if (!flush_only) flush();
}

void Channel::State::read() {
  char buffer[kReadBytes];
  size_t budget = kReadBudgetBytes;
  for (int messages = 0; messages < kReadBudgetMessages && budget > 0 && !over; ++messages) {
    const size_t asked = std::min(budget, kReadBytes);
    const size_t batches_before = batches.size();
    const ssize_t got = receive(std::span(buffer, asked));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) return end(base::from_errno("receive from a process", errno));
    if (got == 0) {
      return end({base::Errc::closed, reader.has_partial() ? "the channel ended within a frame"
                                                           : "the channel has ended"});
    }
    budget -= static_cast<size_t>(got);
    // A short read has emptied the socket, unless descriptors ended it.
    const bool drained = static_cast<size_t>(got) < asked && batches.size() == batches_before;
    take(std::string_view(buffer, static_cast<size_t>(got)));
    if (drained) return;
  }
}

ssize_t Channel::State::receive(std::span<char> buffer) {
  ControlBuffer control;
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  const ssize_t got = ::recvmsg(poll->fd(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got > 0) keep_descriptors(message);
  return got;
}

// A stream read ends behind the message that carried descriptors, so there is at most one batch per
// read. When none of them found room the kernel gives no control message at all, only the flag.
void Channel::State::keep_descriptors(msghdr& message) {
  Batch batch{.descriptors = {}, .lost = (message.msg_flags & MSG_CTRUNC) != 0};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
      batch.descriptors.emplace_back(number);
    }
  }
  if (batch.lost || !batch.descriptors.empty()) batches.push_back(std::move(batch));
}

void Channel::State::take(std::string_view bytes) {
  const base::Result<void> fed =
      reader.feed(bytes, [this](std::string_view payload, uint8_t count) { give(payload, count); });
  if (!fed) return end(fed.error());
  // Descriptors come with the first byte of their frame: none may be left but those of the frame
  // that is under way.
  if (batches.size() > (reader.has_partial() ? 1u : 0u)) {
    end({base::Errc::corrupt, "descriptors that no frame announced"});
  }
}

void Channel::State::give(std::string_view payload, uint8_t descriptors) {
  if (over) return;
  Frame frame{.payload = payload, .descriptors = {}, .descriptors_lost = false};
  if (!match(frame, descriptors)) {
    return end({base::Errc::corrupt, "more descriptors than the frame announced"});
  }
  on_frame(std::move(frame));
}

bool Channel::State::match(Frame& frame, uint8_t descriptors) {
  if (descriptors == 0) return true;
  Batch batch;
  if (!batches.empty()) {
    batch = std::move(batches.front());
    batches.pop_front();
  }
  if (batch.descriptors.size() > descriptors) return false;
  frame.descriptors_lost = batch.descriptors.size() < descriptors;
  if (!frame.descriptors_lost) frame.descriptors = std::move(batch.descriptors);
  return true;
}

// ---- both ----

void Channel::State::watch(bool blocked) {
  poll->watch(base::Poll::readable | (blocked ? base::Poll::writable : base::Poll::none));
}

void Channel::State::end(const base::Error& why) {
  if (std::exchange(over, true)) return;
  poll->watch(base::Poll::none);
  later.stop();
  drop_queue();
  batches.clear();
  on_end(base::Error(why));  // a copy: `why` may lie in what the callback destroys
}

base::Result<std::unique_ptr<Channel>> Channel::create(base::Loop& loop, base::UniqueFd socket,
                                                       FrameCallback on_frame, EndCallback on_end) {
  auto state = std::make_shared<State>(loop, std::move(on_frame), std::move(on_end));
  auto poll = base::Poll::create(loop, std::move(socket),
                                 [raw = state.get()](int events) { raw->on_ready(events); });
  if (!poll) return std::move(poll).error();
  state->poll = *std::move(poll);
  state->watch(false);
  return std::unique_ptr<Channel>(new Channel(std::move(state)));
}

Channel::Channel(std::shared_ptr<State> state) : state_(std::move(state)) {}

Channel::~Channel() {
  state_->over = true;
  state_->poll.reset();
  state_->later.stop();
}

void Channel::send(std::string_view payload, std::vector<SharedFd> descriptors) {
  state_->queue_frame(payload, std::move(descriptors));
}
void Channel::send_frames(std::string_view frames) { state_->queue(frames); }
void Channel::flush() { state_->flush(); }
void Channel::leave_in_flush_only() { state_->flush_only = true; }

size_t Channel::queued_bytes() const { return state_->queued_bytes; }
bool Channel::ended() const { return state_->over || state_->failure.has_value(); }
bool Channel::at_boundary() const {
  return !ended() && !state_->write_broken && state_->segments.empty() &&
         !state_->reader.has_partial() && state_->batches.empty();
}
int Channel::descriptor() const { return state_->poll->fd(); }

base::Result<std::pair<base::UniqueFd, base::UniqueFd>> make_channel_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
    return base::from_errno("make a socket pair", errno);
  }
  for (const int end : ends) {
    // Beyond the system's limit where we may (socket(7)); a smaller buffer only costs more turns.
    const int bytes = kPairSendBufferBytes;
    if (::setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0) continue;
    static_cast<void>(::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes));
  }
  return std::pair(base::UniqueFd(ends[0]), base::UniqueFd(ends[1]));
}

}  // namespace banterd::ipc
