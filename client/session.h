// One visit to the server: what the user types or pipes in goes to the connection, what the server
// says goes to standard output, and the end of either decides how the visit ends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "base/uv/signal.h"
#include "base/uv/timer.h"
#include "client/connection.h"
#include "client/exit_status.h"
#include "client/line_splitter.h"
#include "client/piped_input.h"
#include "client/terminal.h"

namespace banterd::client {

// How a visit ended, and what to tell the user about it on standard error; empty when there is
// nothing to tell.
struct Farewell {
  ExitStatus status = ExitStatus::left;
  std::string message;
};

class Session {
 public:
  // With a terminal for both standard input and output the user types at a prompt, else everything
  // of standard input is sent as it is. `colours`: whether lines of the server are shown in
  // colours.
  enum class Input { typed, piped };

  // `loop` has to outlive the session.
  Session(base::Loop& loop, Input input, bool colours);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Talks over `socket`, which is connected, until one side leaves. Runs the loop. The terminal is
  // given back before this returns.
  [[nodiscard]] Farewell run(base::UniqueFd socket);

 private:
  //   talking --exit, /quit, Ctrl-D, a signal, the end of a piped input--> leaving
  //   talking --the server ends--> ended (server_gone)
  //   leaving --the server ends, or kLeaveTimeout at a terminal, or a second Ctrl-C--> ended
  enum class State { talking, leaving, ended };

  [[nodiscard]] base::Result<void> open(base::UniqueFd socket);
  [[nodiscard]] base::Result<void> open_terminal();
  [[nodiscard]] base::Result<void> open_piped_input();

  void on_typed(std::string_view line);
  void on_piped(std::string_view bytes);
  void on_piped_end();
  void on_received(std::string_view bytes);
  void on_server_end(int error_number);

  void send(std::string_view bytes);
  void leave();
  void leave_now();
  void pace_input();
  void show(std::string_view line);
  void print_shown();
  void end(ExitStatus status, std::string message = {});

  base::Loop& loop_;
  Input input_;
  bool colours_;
  State state_ = State::talking;
  Farewell farewell_;

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Terminal> terminal_;  // Input::typed
  std::unique_ptr<PipedInput> piped_;   // Input::piped
  std::vector<std::unique_ptr<base::Signal>> leave_signals_;
  base::Timer leave_timer_;

  LineSplitter received_;
  LineSplitter sent_lines_;
  std::string shown_;              // lines of one read, not yet printed
  bool told_of_shutdown_ = false;  // by the last line of the server
  bool asked_to_quit_ = false;     // by the last line of a piped input
  bool ends_in_newline_ = true;    // what was sent of a piped input
};

}  // namespace banterd::client
