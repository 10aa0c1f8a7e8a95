// A program on a pseudo-terminal of its own (pty(7)), the test in the place of the person: it types
// and looks at the screen.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/screen.h"

namespace banterd::tests {

class Pty {
 public:
  static constexpr int kRows = 12;
  static constexpr int kColumns = 40;

  // Starts `arguments` (the program's path first) with exactly this environment ("NAME=value").
  // Fails the test when it cannot.
  Pty(const std::vector<std::string>& arguments, const std::vector<std::string>& environment);
  // Kills the program if it still runs.
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void type(std::string_view keys) const;
  // Changes the window; the program gets SIGWINCH.
  void resize(int rows, int columns);

  // Reads what the program writes until the screen is as wanted. False when it is not within ten
  // seconds.
  [[nodiscard]] bool shows(const std::function<bool(const Screen&)>& wanted);
  [[nodiscard]] bool shows(const std::string& text);

  // The exit status once the program has ended; nothing when it has not within ten seconds or was
  // killed by a signal.
  [[nodiscard]] std::optional<int> exit_status();

  // Whether the terminal edits lines and echoes by itself, as a shell's user expects it after a
  // program.
  [[nodiscard]] bool is_cooked() const;

  [[nodiscard]] const Screen& screen() const { return screen_; }
  // All bytes that the program has written so far.
  [[nodiscard]] const std::string& output() const { return output_; }

 private:
  bool read_more(int timeout_ms);
  void start(const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment);

  base::UniqueFd master_;
  base::UniqueFd slave_;  // kept open so that the terminal and its modes outlive the program
  base::UniqueFd pidfd_;
  pid_t pid_ = -1;
  Screen screen_{kRows, kColumns};
  std::string output_;
};

}  // namespace banterd::tests
