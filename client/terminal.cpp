#include "client/terminal.h"

#include <langinfo.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
// readline.h needs <cstdio> before it.
#include <readline/history.h>
#include <readline/readline.h>

#include "client/shared_descriptor.h"

namespace banterd::client {

namespace {

constexpr const char* kPrompt = "> ";
constexpr int kHistoryLines = 1000;
constexpr int kEightBit = 1;

// The callback of readline has no user argument.
Terminal* the_terminal = nullptr;

// readline counts columns by the locale. What goes over the line is UTF-8 whatever the locale says,
// and without LANG (a bare container, ssh to a small machine) it says ASCII, where an umlaut would
// count as two columns.
void use_utf8() {
  std::setlocale(LC_ALL, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

void configure_readline() {
  rl_readline_name = "banter";  // for $if in ~/.inputrc
  rl_instream = stdin;
  rl_outstream = stdout;
  // Signals come through the loop.
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_change_environment = 0;
  // By itself readline gives the terminal back between two lines; what is typed in that moment
  // would be echoed in the middle of the screen, and a Ctrl-D lost. The terminal stays prepared
  // from create() to release().
  rl_prep_term_function = [](int) {};
  rl_deprep_term_function = [] {};
  // Names of files are nothing that a chat asks for.
  rl_attempted_completion_function = [](const char*, int, int) -> char** {
    rl_attempted_completion_over = 1;
    return nullptr;
  };
  stifle_history(kHistoryLines);
}

// Moves the cursor to a row of its own, below the line being typed or in its place.
void leave_line(bool kept) {
  if (!kept) {
    rl_clear_visible_line();
    return;
  }
  rl_point = rl_end;
  rl_redisplay();
  rl_crlf();
}

}  // namespace

base::Result<std::unique_ptr<Terminal>> Terminal::create(base::Loop& loop, Callbacks callbacks) {
  use_utf8();
  configure_readline();
  std::unique_ptr<Terminal> terminal(new Terminal(std::move(callbacks)));
  auto poll = watch_shared(loop, STDIN_FILENO, [](int) { rl_callback_read_char(); });
  if (!poll) return std::move(poll).error();
  terminal->poll_ = *std::move(poll);
  terminal->watch_signals(loop);
  the_terminal = terminal.get();
  terminal->prompting_ = true;
  rl_initialize();
  rl_prep_terminal(kEightBit);
  rl_callback_handler_install(kPrompt, &Terminal::on_readline);
  terminal->pause(false);
  return terminal;
}

Terminal::~Terminal() {
  release(Unfinished::dropped);
  the_terminal = nullptr;
}

void Terminal::on_readline(char* line) { the_terminal->accept(line); }

// Runs within rl_callback_read_char, the cursor below the line that was typed; readline owns
// nothing of `line` any more.
void Terminal::accept(char* line) {
  const std::unique_ptr<char, decltype(&std::free)> owned(line, std::free);
  if (line == nullptr) {
    // rl_deprep_terminal would end the line of the prompt too, but on some terminals only.
    std::fputc('\n', stdout);
    rl_eof_found = 0;
    callbacks_.on_end();
    return;
  }
  if (*line != '\0' && last_in_history_ != line) {
    add_history(line);
    last_in_history_ = line;
  }
  callbacks_.on_line(line);
}

bool Terminal::print(std::string_view lines) {
  if (prompting_) rl_clear_visible_line();
  const bool written = std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size() &&
                       std::fflush(stdout) == 0;
  const int error_number = errno;
  if (prompting_) rl_forced_update_display();
  errno = error_number;
  return written;
}

void Terminal::pause(bool paused) {
  poll_->watch(paused || !prompting_ ? base::Poll::none : base::Poll::readable);
}

void Terminal::release(Unfinished text) {
  if (!prompting_) return;
  prompting_ = false;
  poll_->watch(base::Poll::none);
  // A line just entered stays on the screen as it is: then there is no prompt to take away.
  if (rl_done == 0) leave_line(text == Unfinished::kept && rl_end > 0);
  rl_callback_handler_remove();
  rl_deprep_terminal();
  std::fflush(stdout);
}

void Terminal::watch_signals(base::Loop& loop) {
  resized_ = std::make_unique<base::Signal>(loop, SIGWINCH, [this] {
    if (prompting_) rl_resize_terminal();
  });
  suspended_ = std::make_unique<base::Signal>(loop, SIGTSTP, [this] { suspend(); });
}

// Ctrl-Z: the shell gets the terminal as it was. The signal goes out again with its default action,
// not as SIGSTOP, since the kernel spares a process that no shell could wake up. kill(2) returns
// when the process goes on.
void Terminal::suspend() {
  if (prompting_) {
    rl_clear_visible_line();
    rl_deprep_terminal();
    std::fflush(stdout);
  }
  struct sigaction by_default {};
  struct sigaction of_the_loop {};
  by_default.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &by_default, &of_the_loop);
  kill(getpid(), SIGTSTP);
  sigaction(SIGTSTP, &of_the_loop, nullptr);
  if (!prompting_) return;
  rl_prep_terminal(kEightBit);
  rl_resize_terminal();  // the window may have another size by now
  rl_forced_update_display();
}

}  // namespace banterd::client
