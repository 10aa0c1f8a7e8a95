#include "bench/chatload/crowd.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

namespace banterd::bench {

namespace {

constexpr auto kLongestSetUp = std::chrono::minutes(4);
constexpr auto kTick = std::chrono::milliseconds(10);
constexpr uint32_t kMostErrorsShown = 5;

timespec as_timespec(Clock::duration length) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(length);
  const auto rest = std::chrono::nanoseconds(length - whole);
  return {static_cast<time_t>(whole.count()), static_cast<long>(rest.count())};
}

}  // namespace

Crowd::Crowd(const Options& options, uint32_t count, Audience& audience)
    : dialect_(make_dialect(options)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      counter_(audience),
      link_{options, *dialect_, epoll_.get(), &counter_} {
  if (!epoll_.valid()) fail("epoll_create1");
  connections_.reserve(count);
  for (uint32_t number = 0; number < count; ++number) connections_.emplace_back(number);
}

void Crowd::Counter::on_ready(Connection& connection) {
  ++ready;
  next_.on_ready(connection);
}

void Crowd::Counter::on_closed(Connection& connection, bool was_ready, std::string_view why) {
  if (was_ready) {
    --ready;
  } else if (++failed <= kMostErrorsShown) {
    std::cerr << "chatload: connection " << connection.person.number << " failed: " << why << '\n';
  }
  next_.on_closed(connection, was_ready, why);
}

bool Crowd::open_all(uint32_t first) {
  const auto begin = Clock::now();
  const auto count = static_cast<uint32_t>(connections_.size()) - first;
  uint32_t opened = 0;
  while (ready() + failed() < count && Clock::now() - begin < kLongestSetUp) {
    while (opened < count &&
           opened - std::min(opened, ready() + failed()) < link_.options.concurrent) {
      open(connections_[first + opened++]);
    }
    poll(kTick);
  }
  const double length = seconds_since(begin);
  std::fprintf(stderr, "chatload: %u of %u connections ready in %.2f s\n", ready(), count, length);
  return ready() == count;
}

void Crowd::poll(Clock::duration longest) {
  std::array<epoll_event, 1024> events;
  const timespec timeout = as_timespec(std::max(longest, Clock::duration::zero()));
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events[static_cast<size_t>(at)];
    connections_[event.data.u32].on_readiness(event.events);
  }
}

void Crowd::run_for(Clock::duration length) {
  run_until([] { return false; }, length);
}

void Crowd::run_until(const std::function<bool()>& done, Clock::duration longest) {
  const auto end = Clock::now() + longest;
  for (auto now = Clock::now(); now < end && !done(); now = Clock::now()) {
    poll(std::min<Clock::duration>(end - now, std::chrono::milliseconds(20)));
  }
}

}  // namespace banterd::bench
