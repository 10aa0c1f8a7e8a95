#include "master/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/log.h"
#include "master/admission.h"

namespace banterd::master {

namespace {

constexpr std::chrono::milliseconds kRetry{200};
// Accepting for so long without running out again ends the episode.
constexpr std::chrono::milliseconds kCalm{1'000};
constexpr std::string_view kScarce = "server is out of descriptors, try again later";

base::UniqueFd accept_from(int listener, SocketAddress& peer) {
  peer.length = sizeof peer.storage;
  return base::UniqueFd(accept4(listener, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
}

// The connection failed before we took it; the next may be good (accept(2), "Error handling").
bool concerns_one_connection(int error_number) {
  switch (error_number) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case EPERM:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Acceptor::Door {
  uint32_t index;
  conf::ProtocolName protocol;
  SocketFile file;
  std::unique_ptr<base::Poll> poll;
};

base::Result<std::unique_ptr<Acceptor>> Acceptor::create(base::Loop& loop,
                                                         std::vector<ListeningSocket> sockets,
                                                         Refusals& refusals,
                                                         AcceptedCallback on_accepted,
                                                         RoomCallback has_room) {
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(loop, refusals, std::move(on_accepted), std::move(has_room)));
  for (ListeningSocket& socket : sockets) {
    if (auto added = acceptor->add(loop, std::move(socket)); !added) return added.error();
  }
  if (!acceptor->refill_reserve()) return base::from_errno("keep a descriptor in reserve", errno);
  return acceptor;
}

Acceptor::Acceptor(base::Loop& loop, Refusals& refusals, AcceptedCallback on_accepted,
                   RoomCallback has_room)
    : refusals_(refusals),
      on_accepted_(std::move(on_accepted)),
      has_room_(std::move(has_room)),
      retry_(loop, [this] { on_due(); }) {}

Acceptor::~Acceptor() = default;

base::Result<void> Acceptor::add(base::Loop& loop, ListeningSocket socket) {
  auto door =
      std::make_unique<Door>(Door{socket.index, socket.protocol, std::move(socket.file), nullptr});
  auto poll = base::Poll::create(loop, std::move(socket.fd), [this, at = door.get()](int) {
    accept_some(*at, kMaxPerIteration);
  });
  if (!poll) return poll.error();
  door->poll = std::move(*poll);
  doors_.push_back(std::move(door));
  return {};
}

void Acceptor::start() {
  started_ = true;
  watch();
}

void Acceptor::resume() {
  if (!no_room_) return;
  no_room_ = false;
  watch();
}

void Acceptor::close() {
  if (started_) {
    for (const auto& door : doors_) accept_some(*door, kMaxAtClose);
  }
  retry_.stop();
  doors_.clear();
  reserve_.reset();
}

void Acceptor::watch() {
  const bool accepting = started_ && !no_room_ && !no_descriptors_;
  for (const auto& door : doors_)
    door->poll->watch(accepting ? base::Poll::readable : base::Poll::none);
}

void Acceptor::accept_some(Door& door, int most) {
  for (int i = 0; i < most && !no_descriptors_; ++i) {
    if (!has_room_()) {
      no_room_ = true;
      watch();
      return;
    }
    if (!accept_one(door)) return;
  }
}

// False when there is nothing more to accept for now.
bool Acceptor::accept_one(Door& door) {
  SocketAddress address;
  base::UniqueFd socket = accept_from(door.poll->fd(), address);
  if (!socket) return on_accept_error(door, errno);
  on_accepted_({std::move(socket), door.index, door.protocol, peer_of(address)});
  return true;
}

bool Acceptor::on_accept_error(Door& door, int error_number) {
  if (error_number == EAGAIN) return false;
  if (concerns_one_connection(error_number)) return true;
  if (!refuse_with_reserve(door)) return false;
  if (!std::exchange(scarce_, true)) {
    base::log_error("accepting pauses", {{"error", base::from_errno("accept", error_number)}});
  }
  no_descriptors_ = true;
  watch();
  retry_.start(kRetry);
  return false;
}

// False when nobody waits in the backlog after all: accept looks for a free descriptor before it
// looks there.
bool Acceptor::refuse_with_reserve(Door& door) {
  reserve_.reset();
  SocketAddress address;
  base::UniqueFd socket = accept_from(door.poll->fd(), address);
  if (!socket) return errno != EAGAIN || !refill_reserve();
  // While the refused socket lingers it uses the descriptor of the reserve, which is filled again
  // after it.
  refusals_.refuse(std::move(socket), refusal_text(door.protocol, kScarce), kScarce);
  return true;
}

bool Acceptor::refill_reserve() {
  if (!reserve_) reserve_.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  return reserve_.valid();
}

void Acceptor::on_due() {
  if (!no_descriptors_) {
    scarce_ = false;
    base::log_info("accepting again");
    return;
  }
  no_descriptors_ = !refill_reserve();
  retry_.start(no_descriptors_ ? kRetry : kCalm);
  watch();
}

}  // namespace banterd::master
