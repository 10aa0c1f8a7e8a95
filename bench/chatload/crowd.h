// All connections of a run and the loop that serves them: one thread, one epoll set.
//
// A connection's number is its place. Counts are kept of who is ready and who failed before; who is
// lost later is the audience's matter. The audience is told of everything.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/unique_fd.h"
#include "bench/chatload/clock.h"
#include "bench/chatload/connection.h"

namespace banterd::bench {

class Crowd {
 public:
  // Connections numbered from 0, not open. `options` and `audience` outlive the crowd.
  Crowd(const Options& options, uint32_t count, Audience& audience);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  [[nodiscard]] std::vector<Connection>& connections() { return connections_; }
  [[nodiscard]] const std::vector<Connection>& connections() const { return connections_; }
  [[nodiscard]] Connection& operator[](size_t number) { return connections_[number]; }
  void open(Connection& connection) { connection.open(link_); }

  // Opens those from `first` on, options.concurrent at a time, and waits until each is ready or has
  // failed, but at most some minutes. True if all are ready. Says on stderr how it went.
  bool open_all(uint32_t first = 0);
  [[nodiscard]] uint32_t ready() const { return counter_.ready; }
  [[nodiscard]] uint32_t failed() const { return counter_.failed; }

  // Serves what is ready; waits for it at most so long.
  void poll(Clock::duration longest);
  void run_for(Clock::duration length);
  void run_until(const std::function<bool()>& done, Clock::duration longest);

  // Bytes and reads since reset_counts().
  [[nodiscard]] const Link& link() const { return link_; }
  void reset_counts() { link_.bytes_read = link_.reads = 0; }

 private:
  // Counts, and passes on.
  class Counter final : public Audience {
   public:
    explicit Counter(Audience& next) : next_(next) {}
    void on_ready(Connection& connection) override;
    void on_message(Connection& connection, const Marker& marker, Clock::time_point when) override {
      next_.on_message(connection, marker, when);
    }
    void on_closed(Connection& connection, bool was_ready, std::string_view why) override;
    uint32_t ready = 0;
    uint32_t failed = 0;

   private:
    Audience& next_;
  };

  std::unique_ptr<Dialect> dialect_;
  base::UniqueFd epoll_;
  Counter counter_;
  Link link_;
  std::vector<Connection> connections_;
};

}  // namespace banterd::bench
