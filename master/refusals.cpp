#include "master/refusals.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/log.h"

namespace banterd::master {

Refusals::Refusals(base::Loop& loop, size_t max_lingering)
    : loop_(loop), max_lingering_(max_lingering), overdue_(loop, [this] { close_overdue(); }) {}

void Refusals::refuse(base::UniqueFd socket, std::string_view text, std::string_view why) {
  ++refused_;
  last_reason_ = why;
  // Who has gone already need not be told.
  const ssize_t sent = send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 || shutdown(socket.get(), SHUT_WR) < 0) return;
  linger(std::move(socket), static_cast<uint64_t>(kLinger.count()));
}

void Refusals::linger(base::UniqueFd socket, uint64_t for_ms) {
  const uint64_t number = ++last_number_;
  auto poll =
      base::Poll::create(loop_, std::move(socket), [this, number](int) { on_readable(number); });
  if (!poll) {
    base::log_warning("a refused connection is closed without waiting", {{"error", poll.error()}});
    return;
  }
  poll.value()->watch(base::Poll::readable);
  if (!lingering_.empty() && lingering_.size() >= max_lingering_)
    lingering_.erase(lingering_.begin());
  lingering_.emplace(number, Lingering{std::move(*poll), loop_.now_ms() + for_ms});
  if (!overdue_.running()) overdue_.start(std::chrono::milliseconds(for_ms));
}

std::vector<Refusals::Left> Refusals::left() const {
  const uint64_t now = loop_.now_ms();
  std::vector<Left> all;
  for (const auto& [number, one] : lingering_) {
    all.push_back({one.socket->fd(), one.until_ms > now ? one.until_ms - now : 0});
  }
  return all;
}

void Refusals::adopt(base::UniqueFd socket, uint64_t rest_ms) {
  linger(std::move(socket), rest_ms);
}

void Refusals::on_readable(uint64_t number) {
  const auto entry = lingering_.find(number);
  if (entry == lingering_.end()) return;
  // One buffer per readiness: somebody who floods us shares the loop with everybody else.
  char discarded[16 * 1024];
  const ssize_t got = recv(entry->second.socket->fd(), discarded, sizeof discarded, MSG_DONTWAIT);
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return;
  lingering_.erase(entry);
}

void Refusals::close_overdue() {
  const uint64_t now = loop_.now_ms();
  while (!lingering_.empty() && lingering_.begin()->second.until_ms <= now)
    lingering_.erase(lingering_.begin());
  if (lingering_.empty()) return;
  overdue_.start(std::chrono::milliseconds(lingering_.begin()->second.until_ms - now));
}

void Refusals::report() {
  if (refused_ == 0) return;
  base::log_warning("connections refused", {{"count", refused_}, {"why", last_reason_}});
  refused_ = 0;
}

}  // namespace banterd::master
