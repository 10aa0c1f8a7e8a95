// Runs the program on disk with -t before anything changes: it checks the configuration by its own
// rules, and proves that it can read what the master would leave it (--read-state, with the state
// on descriptor 3). Asynchronous, and bounded: a program that does not end in time is killed, and
// an output that does not end then, because others have it open too, is not waited for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "base/uv/signal.h"
#include "base/uv/timer.h"
#include "master/spawn.h"

namespace banterd::master {

class CheckRun {
 public:
  static constexpr std::chrono::seconds kLimit{10};
  static constexpr size_t kMaxOutputBytes = 64 * 1024;

  // Starts `binary` -t [-c `config_file`] --read-state. The state is copied into a memfd.
  static base::Result<std::unique_ptr<CheckRun>> start(
      base::Loop& loop, const Binary& binary, const std::optional<std::string>& config_file,
      const std::string& state);
  CheckRun(const CheckRun&) = delete;
  CheckRun& operator=(const CheckRun&) = delete;
  // Kills and reaps what still runs.
  ~CheckRun();

  // Nothing yet; then, once and for all: good, or what the program says is wrong.
  [[nodiscard]] const std::optional<base::Result<void>>& result() const { return result_; }
  // What it wrote, to both its outputs.
  [[nodiscard]] const std::string& output() const { return output_; }

 private:
  CheckRun(base::Loop& loop, pid_t pid);
  void read();
  void end_output();
  void reap();
  void on_due();
  void conclude();

  pid_t pid_;
  std::unique_ptr<base::Poll> pipe_;
  base::Signal child_signal_;
  base::Timer limit_;
  std::string output_;
  std::optional<int> wait_status_;
  bool output_ended_ = false;
  bool timed_out_ = false;
  std::optional<base::Result<void>> result_;
};

}  // namespace banterd::master
