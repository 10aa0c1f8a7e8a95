#include "tests/support/irc_programs.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace banterd::tests {

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::vector<std::string> environment(const TemporaryFolder& home) {
  return {"HOME=" + home.path().string(), "LC_ALL=C.UTF-8", "TERM=screen", "PATH=/usr/bin:/bin"};
}

}  // namespace

bool IrcProgram::shows(std::string_view text) {
  const bool found = PollLoop().poll_until([&] { return shown().find(text) != std::string::npos; });
  if (!found) MESSAGE("the program shows, instead of ", std::string(text), ":\n", shown());
  return found;
}

// ---- irssi ----

Irssi::Irssi(uint16_t port, const std::string& nick) {
  // One window has all, and what is typed is sent at once.
  home_.write("config", R"(
servers = ( { address = "127.0.0.1"; chatnet = "test"; port = ")" +
                            std::to_string(port) + R"("; autoconnect = "yes"; } );
chatnets = { test = { type = "IRC"; nick = ")" +
                            nick + R"("; }; };
channels = ( { name = "#dev"; chatnet = "test"; autojoin = "yes"; } );
settings = {
  core = { real_name = "irssi"; user_name = "irssi"; server_reconnect_time = "1s"; };
  "irc/core" = { cmd_queue_speed = "10msec"; };
  "fe-common/core" = {
    use_status_window = "no"; use_msgs_window = "no"; autocreate_query_level = "NONE";
    autocreate_windows = "no"; timestamps = "no"; };
};
)");
  std::string command = "exec env -i";
  for (const std::string& variable : environment(home_)) command += " " + variable;
  command += " irssi --home=" + home_.path().string();
  const Run run =
      tmux({"-f", "/dev/null", "-u", "new-session", "-d", "-x", "120", "-y", "50", command});
  REQUIRE_MESSAGE(run.status == 0, run.errors);
}

Irssi::~Irssi() { static_cast<void>(tmux({"kill-server"})); }

void Irssi::type(std::string_view line) {
  REQUIRE(tmux({"send-keys", "-l", std::string(line)}).status == 0);
  REQUIRE(tmux({"send-keys", "Enter"}).status == 0);
}

std::string Irssi::shown() const { return tmux({"capture-pane", "-p", "-J"}).output; }

Run Irssi::tmux(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"/usr/bin/tmux", "-S", (home_.path() / "tmux").string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program(all);
}

// ---- WeeChat ----

WeeChat::WeeChat(uint16_t port, const std::string& nick)
    : program_({"/usr/bin/weechat-headless", "-d", home_.path().string(), "-P", "irc,fifo,logger",
                // Before 4.0 "tls" was called "ssl".
                "-r",
                "/set logger.file.flush_delay 0;/set fifo.file.path " +
                    (home_.path() / "fifo").string() + ";/server add test 127.0.0.1/" +
                    std::to_string(port) +
                    ";/set irc.server.test.tls off;/set irc.server.test.ssl off"
                    ";/set irc.server.test.nicks " +
                    nick +
                    ";/set irc.server.test.username weechat;/set irc.server.test.autojoin #dev"
                    ";/set irc.server_default.anti_flood 0;/set "
                    "irc.server_default.anti_flood_prio_high 0"
                    ";/set irc.server_default.anti_flood_prio_low 0"
                    ";/set irc.server.test.autoreconnect_delay 1;/connect test"},
               environment(home_)) {}

void WeeChat::type(std::string_view line) {
  const base::UniqueFd fifo(
      open((home_.path() / "fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(fifo);
  const std::string command = "irc.test.#dev *" + std::string(line) + "\n";
  REQUIRE(write(fifo.get(), command.data(), command.size()) ==
          static_cast<ssize_t>(command.size()));
}

std::string WeeChat::shown() const {
  const std::filesystem::path logs = home_.path() / "logs";
  return content_of(logs / "irc.server.test.weechatlog") +
         content_of(logs / "irc.test.#dev.weechatlog");
}

}  // namespace banterd::tests
