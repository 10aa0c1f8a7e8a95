// The user's terminal: a prompt with a line editor (GNU readline,
// https://tiswww.cwru.edu/php/chet/readline/readline.html, "Alternate Interface"), and text that
// appears above the line being typed without tearing it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "base/uv/signal.h"

namespace banterd::client {

// readline keeps its state in global variables, hence at most one Terminal per process at a time.
class Terminal {
 public:
  struct Callbacks {
    std::function<void(std::string_view line)>
        on_line;                   // a typed line without its end; a paste may hold several
    std::function<void()> on_end;  // Ctrl-D on an empty line, or the terminal is gone
  };

  // Takes over standard input and output, both terminals, and shows the prompt. No callback may
  // destroy the Terminal; they may call release().
  [[nodiscard]] static base::Result<std::unique_ptr<Terminal>> create(base::Loop& loop,
                                                                      Callbacks callbacks);
  // Gives the terminal back as it was.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Shows whole lines, each with its end, above the prompt; the typed text and the cursor in it
  // stay as they are. False when the terminal does not take them: errno tells why.
  [[nodiscard]] bool print(std::string_view lines);

  // Stops reading the keyboard, and starts again; the line being typed stays.
  void pause(bool paused);

  // Whether unfinished text stays on the screen, for its author to copy.
  enum class Unfinished { kept, dropped };

  // Takes the prompt away and gives the terminal back; print() goes on without a prompt.
  void release(Unfinished text);

 private:
  explicit Terminal(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}
  static void on_readline(char* line);
  void accept(char* line);
  void watch_signals(base::Loop& loop);
  void suspend();

  Callbacks callbacks_;
  std::unique_ptr<base::Poll> poll_;
  std::unique_ptr<base::Signal> resized_;
  std::unique_ptr<base::Signal> suspended_;
  std::string last_in_history_;
  bool prompting_ = false;
};

}  // namespace banterd::client
