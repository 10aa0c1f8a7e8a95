// Turns connections away politely: says why, and ends the connection in order. A socket that is
// closed with unread input is reset, and the reset may overtake the reason; so after our end of
// stream a refused socket is read, and what it says discarded, until its own end of stream or
// kLinger. At most `max_lingering` are kept; one more closes the oldest.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "base/uv/timer.h"

namespace banterd::master {

class Refusals {
 public:
  static constexpr std::chrono::milliseconds kLinger{2'000};

  Refusals(base::Loop& loop, size_t max_lingering);

  // Sends `text`, if the socket takes it at once: it is new, and its send buffer empty. `why` is
  // for the log.
  void refuse(base::UniqueFd socket, std::string_view text, std::string_view why);

  // Logs how many were refused since the last call, if any were: a flood of connections must not be
  // one of log lines.
  void report();

  // ---- across an exec in place ----
  struct Left {
    int fd;  // stays ours
    uint64_t rest_ms;
  };
  [[nodiscard]] std::vector<Left> left() const;
  // Goes on with a socket that has been told why, for the rest of its time.
  void adopt(base::UniqueFd socket, uint64_t rest_ms);

 private:
  struct Lingering {
    std::unique_ptr<base::Poll> socket;
    uint64_t until_ms;
  };
  void linger(base::UniqueFd socket, uint64_t for_ms);
  void on_readable(uint64_t number);
  void close_overdue();

  base::Loop& loop_;
  const size_t max_lingering_;
  base::Timer overdue_;
  std::map<uint64_t, Lingering> lingering_;  // by a rising number, hence oldest first
  uint64_t last_number_ = 0;
  uint64_t refused_ = 0;  // since the last report
  std::string last_reason_;
};

}  // namespace banterd::master
