// banter: talk to banterd from a terminal or a script (banter(1)).
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/uv/loop.h"
#include "client/address.h"
#include "client/connect.h"
#include "client/exit_status.h"
#include "client/session.h"
#include "client/style.h"

namespace {

using banterd::base::Loop;
using banterd::client::ColourChoice;
using banterd::client::ExitStatus;
using banterd::client::Session;

struct Options {
  std::string server = "127.0.0.1:7000";
  std::string colour = "auto";
  bool no_colour = false;
};

int ends_with(ExitStatus status, const std::string& message = {}) {
  if (!message.empty()) std::fprintf(stderr, "banter: %s\n", message.c_str());
  return static_cast<int>(status);
}

void describe(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "banter " BANTERD_VERSION);
  app.add_option("server", options.server, "Where banterd listens for the line protocol")
      ->option_text("HOST[:PORT] | [IPV6][:PORT] | unix:PATH (default 127.0.0.1:7000)");
  app.add_option("--colour,--color", options.colour,
                 "Colours on the screen: when it has them, always, or never")
      ->option_text("auto|always|never")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""));
  app.add_flag("--no-colour,--no-color", options.no_colour, "The same as --colour never");
  app.footer(
      "At the prompt, /help lists what the server understands; exit or Ctrl-D leaves. Piped, "
      "everything of\n"
      "standard input is said and the answers are printed: echo hello | banter");
}

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ColourChoice colour_choice(const Options& options) {
  if (options.no_colour || options.colour == "never") return ColourChoice::never;
  return options.colour == "always" ? ColourChoice::always : ColourChoice::automatic;
}

bool shows_colours(const Options& options) {
  const std::string term = from_environment("TERM");
  const std::string no_color = from_environment("NO_COLOR");
  return banterd::client::wants_colours(
      colour_choice(options),
      {.is_terminal = isatty(STDOUT_FILENO) == 1, .term = term, .no_color = no_color});
}

// Else the socket could become descriptor 0 of a program that was started with its standard input
// closed.
void fill_standard_descriptors() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) close(fd);
}

int run(const Options& options) {
  const auto address = banterd::client::parse_address(options.server);
  if (!address) return ends_with(ExitStatus::usage, address.error().context);
  auto socket = banterd::client::connect_to(*address);
  if (!socket) return ends_with(ExitStatus::failed, socket.error().context);

  const bool typed = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  Loop loop;
  Session session(loop, typed ? Session::Input::typed : Session::Input::piped,
                  shows_colours(options));
  const auto farewell = session.run(*std::move(socket));
  return ends_with(farewell.status, farewell.message);
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_descriptors();
  // Writing to a server or a pipe that is gone is an error like others.
  signal(SIGPIPE, SIG_IGN);
  Options options;
  CLI::App app("Talk to banterd, the chat server, from a terminal or a script.", "banter");
  describe(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);  // --help, --version
      if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return ends_with(ExitStatus::left);
      return ends_with(ExitStatus::failed, "cannot write to standard output");
    }
    return ends_with(ExitStatus::usage, error.what() + std::string("\nTry banter --help."));
  }
  return run(options);
}
