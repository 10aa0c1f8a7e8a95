#include "master/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/tcp_options.h"
#include "master/admission.h"
#include "master/listener_change.h"

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
  ListeningSocket socket;  // without its descriptor, which is the poll's
  std::unique_ptr<base::Poll> poll;
};

Acceptor::Change::~Change() = default;

base::Result<std::unique_ptr<Acceptor>> Acceptor::create(
    base::Loop& loop, std::vector<ListeningSocket> sockets, Refusals& refusals,
    std::chrono::seconds keepalive_idle, AcceptedCallback on_accepted, RoomCallback has_room) {
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(loop, refusals, keepalive_idle, std::move(on_accepted), std::move(has_room)));
  for (ListeningSocket& socket : sockets) {
    auto door = acceptor->make_door(std::move(socket));
    if (!door) return door.error();
    acceptor->doors_.push_back(std::move(*door));
  }
  if (!acceptor->refill_reserve()) return base::from_errno("keep a descriptor in reserve", errno);
  return acceptor;
}

Acceptor::Acceptor(base::Loop& loop, Refusals& refusals, std::chrono::seconds keepalive_idle,
                   AcceptedCallback on_accepted, RoomCallback has_room)
    : loop_(loop),
      refusals_(refusals),
      keepalive_idle_(keepalive_idle),
      on_accepted_(std::move(on_accepted)),
      has_room_(std::move(has_room)),
      retry_(loop, [this] { on_due(); }) {}

Acceptor::~Acceptor() = default;

base::Result<std::unique_ptr<Acceptor::Door>> Acceptor::make_door(ListeningSocket socket) {
  auto door = std::make_unique<Door>(Door{std::move(socket), nullptr});
  auto poll = base::Poll::create(loop_, std::move(door->socket.fd), [this, at = door.get()](int) {
    accept_some(*at, kMaxPerIteration);
  });
  if (!poll) return poll.error();
  door->poll = std::move(*poll);
  base::set_client_options(door->poll->fd(), keepalive_idle_);
  return door;
}

void Acceptor::set_keepalive_idle(std::chrono::seconds idle) {
  keepalive_idle_ = idle;
  for (const auto& door : doors_) base::set_keepalive_idle(door->poll->fd(), idle);
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

void Acceptor::hold() {
  held_ = true;
  watch();
}

void Acceptor::release() {
  held_ = false;
  watch();
}

void Acceptor::close() {
  held_ = false;
  if (started_) {
    for (const auto& door : doors_) accept_some(*door, kMaxAtClose);
  }
  retry_.stop();
  doors_.clear();
  reserve_.reset();
}

// ---- another configuration ----

base::Result<std::unique_ptr<Acceptor::Change>> Acceptor::prepare(
    const std::vector<conf::Listener>& before, const std::vector<conf::Listener>& after) {
  std::vector<const ListeningSocket*> sockets;
  for (const auto& door : doors_) sockets.push_back(&door->socket);
  auto planned = plan_listeners(sockets, before, after);
  if (!planned) return planned.error();
  auto change = std::make_unique<Change>();
  change->listeners_before_ = before.size();
  change->listeners_ = after;
  change->kept_ = std::move(planned->kept);
  change->heirs_.resize(doors_.size());
  for (const uint32_t index : planned->missing) {
    if (auto added = add_door(*change, index); !added) return added.error();
  }
  return change;
}

base::Result<void> Acceptor::add_door(Change& change, uint32_t index) {
  const auto wanted = address_of(change.listeners_[index]);
  if (!wanted) return wanted.error();
  std::vector<int> in_its_way;
  for (size_t i = 0; i < doors_.size(); ++i) {
    if (change.kept_[i] || !collide(doors_[i]->socket.address, *wanted)) continue;
    in_its_way.push_back(doors_[i]->poll->fd());
    if (!change.heirs_[i]) change.heirs_[i] = index;
  }
  auto socket = open_listener(change.listeners_, index, std::move(in_its_way));
  if (!socket) return socket.error();
  auto door = make_door(std::move(*socket));
  if (!door) return door.error();
  change.added_.push_back(std::move(*door));
  return {};
}

std::vector<std::optional<uint32_t>> Acceptor::apply(std::unique_ptr<Change> change) {
  std::vector<std::optional<uint32_t>> became(change->listeners_before_);
  std::vector<std::unique_ptr<Door>> doors;
  for (size_t i = 0; i < doors_.size(); ++i) {
    Door& door = *doors_[i];
    const std::optional<uint32_t> index = change->kept_[i];
    const std::optional<uint32_t> heir = index ? index : change->heirs_[i];
    if (heir && !became[door.socket.index]) became[door.socket.index] = heir;
    if (!index) {
      if (heir) take_backlog(door);
      turn_away_backlog(door);
      continue;
    }
    adapt(door, *index, change->listeners_[*index]);
    doors.push_back(std::move(doors_[i]));
  }
  for (std::unique_ptr<Door>& door : change->added_) {
    log_listening(door->socket);
    doors.push_back(std::move(door));
  }
  doors_ = std::move(doors);
  watch();
  return became;
}

void Acceptor::give_up(std::unique_ptr<Change> change) {
  for (const std::unique_ptr<Door>& added : change->added_) {
    const auto heir = std::ranges::find(change->heirs_, added->socket.index);
    if (heir == change->heirs_.end()) continue;
    const Door& stays = *doors_[static_cast<size_t>(heir - change->heirs_.begin())];
    added->socket.index = stays.socket.index;
    added->socket.protocol = stays.socket.protocol;
    take_backlog(*added);
  }
}

void Acceptor::adapt(Door& door, uint32_t index, const conf::Listener& listener) {
  door.socket.index = index;
  door.socket.protocol = listener.protocol;
  if (door.socket.inherited || !listener.unix_path) return;
  if (auto changed = door.socket.file.change_mode(listener.mode); !changed)
    base::log_warning("cannot change the mode of a socket", {{"error", changed.error()}});
}

// They come by the old listener: the owner knows what it has become.
void Acceptor::take_backlog(Door& door) {
  for (int i = 0; i < kMaxAtClose && has_room_(); ++i) {
    if (!accept_one(door)) return;
  }
}

void Acceptor::turn_away_backlog(Door& door) {
  base::log_info("no longer listening", {{"protocol", to_string(door.socket.protocol)},
                                         {"at", describe(door.socket.address)}});
  for (int i = 0; i < kMaxAtClose; ++i) {
    SocketAddress address;
    base::UniqueFd socket = accept_from(door.poll->fd(), address);
    if (!socket && concerns_one_connection(errno)) continue;
    if (!socket) return;
    refusals_.refuse(std::move(socket), refusal_text(door.socket.protocol, kPortClosed),
                     kPortClosed);
  }
}

std::vector<Acceptor::Listening> Acceptor::listening() const {
  std::vector<Listening> all;
  for (const auto& door : doors_) all.push_back({&door->socket, door->poll->fd()});
  return all;
}

// ---- accepting ----

void Acceptor::watch() {
  const bool accepting = started_ && !held_ && !no_room_ && !no_descriptors_;
  for (const auto& door : doors_)
    door->poll->watch(accepting ? base::Poll::readable : base::Poll::none);
}

void Acceptor::accept_some(Door& door, int most) {
  for (int i = 0; i < most && !no_descriptors_ && !held_; ++i) {
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
  on_accepted_({std::move(socket), door.socket.index, door.socket.protocol, peer_of(address)});
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
  refusals_.refuse(std::move(socket), refusal_text(door.socket.protocol, kScarce), kScarce);
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
