// How often an address may connect: a token bucket for each, which holds as many connections as it
// gets in a minute. Pure: the clock is passed in (milliseconds that only go forward, also across an
// exec).
//
// Of a bucket is kept when it will be full again, which is at most a minute ahead. Who is not known
// has a full one. Those that have given something in this minute are in one table, those of the
// minute before in another, which is then dropped whole: they are full by now. So there is no timer
// for each, and no search for those that may go. A table has at most kMaxAddresses; when it is
// full, addresses that are not in it come in uncounted.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

namespace banterd::master {

class Throttle {
 public:
  static constexpr size_t kMaxAddresses = 50'000;

  // 0: everybody may, and all that is known is forgotten.
  void set_rate(uint32_t per_minute);

  // Whether that address may connect once more; if so, it is counted.
  [[nodiscard]] bool take(const std::string& address, uint64_t now_ms);
  // The longest that an address has to wait which may not.
  [[nodiscard]] std::chrono::seconds longest_wait() const;

  // ---- across an exec in place ----
  using BucketCallback = std::function<void(const std::string& address, uint64_t full_at_ms)>;
  // Calls back with each bucket that is not full.
  void each(uint64_t now_ms, const BucketCallback& on_bucket) const;
  void restore(const std::string& address, uint64_t full_at_ms);

 private:
  using Time = std::chrono::nanoseconds;
  using Table = std::unordered_map<std::string, Time>;  // when a bucket is full
  static constexpr Time kFillTime = std::chrono::minutes(1);

  void turn_over(Time now);
  [[nodiscard]] Time full_at(const std::string& address) const;
  void keep(const std::string& address, Time full_at);

  Time cost_{0};  // the time in which a bucket gets one connection; 0: no rate
  Time turn_at_{0};
  Table recent_;
  Table earlier_;  // where one is in both, recent_ counts
};

}  // namespace banterd::master
