#include "conf/config.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace banterd::conf {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

base::Result<Config> load(const std::string& path) {
  auto text = read_text(path);
  if (!text) return text.error();
  return parse(*text, path);
}

Config good(std::string_view text) {
  auto config = parse(text, "f");
  if (!config) FAIL(config.error().context);
  return *std::move(config);
}

std::string mistake(std::string_view text) {
  const auto config = parse(text, "f");
  return config ? "none" : config.error().context;
}

// What is said of `value` under `key` of `section`; without the place.
std::string refusal(const std::string& section, const std::string& key, const std::string& value) {
  const std::string shown = mistake("{\"" + section + "\": {\"" + key + "\": " + value + "}}");
  return shown == "none" ? shown : shown.substr(shown.find(": ") + 2);
}

// A file of its own in a folder of its own, gone at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) : path_(folder_.write("c.json", text)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string folder() const { return folder_.path(); }

 private:
  const tests::TemporaryFolder folder_;
  const std::string path_;
};

constexpr std::string_view kHash =
    "$argon2id$v=19$m=8192,t=1,p=1$aXJjdGVzdHNhbHQ$8+3jkFXNa4AavfYSJb+3Cne1yfEeop2/1eEZfjn8YjE";

std::string operator_named(const std::string& name, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", "password_hash": ")" + std::string(kHash) + "\"" + more +
         "}";
}

fs::path shipped_file() { return fs::path(BANTERD_SOURCE) / "conf/banterd.json"; }

}  // namespace

TEST_SUITE("conf/config") {
  TEST_CASE("an empty object is the built-in default, and so is the default text") {
    CHECK(good("{}") == defaults());
    CHECK(good(default_text()) == defaults());
  }

  TEST_CASE(
      "the built-in default has a listener of each protocol on the loopback, and no Unix socket") {
    const Config config = defaults();
    REQUIRE(config.listeners.size() == 4);
    CHECK(config.listeners[0].describe() == "line 127.0.0.1:7000");
    CHECK(config.listeners[1].describe() == "irc 127.0.0.1:6667");
    CHECK(config.listeners[2].describe() == "http 127.0.0.1:8080");
    CHECK(config.listeners[3].describe() == "echo 127.0.0.1:7007");
    CHECK(config.workers == 0);
    CHECK(config.limits.line_bytes == 4096);
    CHECK(config.shutdown_timeout == 10s);
  }

  TEST_CASE("the shipped file says the defaults, and a Unix socket") {
    const auto shipped = load(shipped_file().string());
    if (!shipped) FAIL(shipped.error().context);
    Config expected = defaults();
    Listener& unix_listener = expected.listeners.emplace_back();
    unix_listener.unix_path = "/run/banterd/line.sock";
    unix_listener.mode = 0660;
    CHECK(*shipped == expected);
  }

  TEST_CASE("the shipped file shows every key") {
    std::stringstream text;
    text << std::ifstream(shipped_file()).rdbuf();
    for (const char* key : {"server",
                            "name",
                            "description",
                            "motd_file",
                            "password",
                            "network",
                            "cloak_hosts",
                            "admin",
                            "workers",
                            "listeners",
                            "protocol",
                            "address",
                            "port",
                            "format",
                            "echo",
                            "transform",
                            "suffix",
                            "origins",
                            "trusted_proxies",
                            "unix",
                            "mode",
                            "rooms",
                            "default",
                            "replay_lines",
                            "history_lines",
                            "operators",
                            "password_hash",
                            "operator_commands",
                            "die",
                            "restart",
                            "limits",
                            "max_connections",
                            "max_connections_per_address",
                            "connections_per_minute_per_address",
                            "line_bytes",
                            "nick_bytes",
                            "send_queue_bytes",
                            "messages_per_second",
                            "message_burst",
                            "registration_timeout",
                            "ping_timeout",
                            "journal_bytes",
                            "rooms_per_client",
                            "list_entries",
                            "monitor_entries",
                            "shutdown_timeout",
                            "keep_clients_on_crash",
                            "state_directory",
                            "log",
                            "level"}) {
      CAPTURE(key);
      CHECK(text.str().find('"' + std::string(key) + "\":") != std::string::npos);
    }
  }

  TEST_CASE("the shipped file cut short is refused with a place in it, wherever the cut is") {
    const std::string text = *read_text(shipped_file().string());
    const size_t end = text.rfind('}');
    for (size_t size = 0; size <= end; size += 13) {
      CAPTURE(size);
      const std::string shown = mistake(text.substr(0, size));
      CHECK(shown.starts_with("f:"));
      const long line = std::atol(shown.c_str() + 2);
      CHECK(line >= 1);
      CHECK(line <= 1 + std::count(text.begin(), text.begin() + static_cast<long>(size), '\n'));
    }
  }

  TEST_CASE("every key outside the listeners is read") {
    const std::string hash(kHash);
    const Config config = good(R"({
      "server": {"name": "a.b", "description": "c d", "motd_file": "/m", "password": "p w", "network": "n",
                 "cloak_hosts": false, "admin": "a d"},
      "workers": 3,
      "rooms": {"default": "#ä", "replay_lines": 1, "history_lines": 2},
      "operators": [{"name": "ada", "password_hash": ")" +
                               hash + R"("}],
      "operator_commands": {"die": true, "restart": true},
      "limits": {"max_connections": 1, "max_connections_per_address": 2,
                 "connections_per_minute_per_address": 10, "line_bytes": 513, "nick_bytes": 21,
                 "send_queue_bytes": 65537, "messages_per_second": 3, "message_burst": 4, "registration_timeout": 5,
                 "ping_timeout": 6, "journal_bytes": 1048577, "rooms_per_client": 7, "list_entries": 8,
                 "monitor_entries": 9},
      "shutdown_timeout": 7,
      "keep_clients_on_crash": true,
      "state_directory": "/s",
      "log": {"level": "warning", "format": "json"}
    })");
    CHECK(config.server == Server{"a.b", "c d", "/m", "p w", "n", false, "a d"});
    CHECK(config.workers == 3);
    CHECK(config.listeners == defaults().listeners);
    CHECK(config.rooms == Rooms{"#ä", 1, 2});
    CHECK(config.operators == std::vector<Operator>{{"ada", hash}});
    CHECK(config.operator_commands == OperatorCommands{true, true});
    CHECK(config.limits == Limits{1, 2, 10, 513, 21, 65537, 3, 4, 5s, 6s, 1048577, 7, 8, 9});
    CHECK(config.shutdown_timeout == 7s);
    CHECK(config.keep_clients_on_crash);
    CHECK(config.state_directory == "/s");
    CHECK(config.log == Log{base::LogLevel::warning, base::LogFormat::json});
  }

  TEST_CASE("null stands where the default is null, and nowhere else") {
    const Config config = good(
        R"({"server": {"motd_file": null, "password": null, "admin": null}, "state_directory": null})");
    CHECK(config == defaults());
    CHECK(mistake(R"({"workers": null})") ==
          "f:1:13: \"workers\" must be \"auto\" or a whole number from 1 to 64, not null");
    CHECK(mistake(R"({"server": null})") == "f:1:12: \"server\" must be an object, not null");
    CHECK(refusal("server", "name", "null") ==
          "\"name\" must be 1 to 63 letters, digits, '.', '-' or '_', not null");
    CHECK(refusal("log", "level", "null").ends_with(", not null"));
  }

  TEST_CASE("an unknown key is told where it stands and the nearest known one") {
    CHECK(mistake("{\n  \"wokers\": 3\n}") ==
          "f:2:3: unknown key \"wokers\"; did you mean \"workers\"?");
    CHECK(mistake(R"({"limits": {"line_byte": 1}})") ==
          "f:1:13: unknown key \"line_byte\"; did you mean \"line_bytes\"?");
    CHECK(mistake(R"({"log": {"Level": 1}})") ==
          "f:1:10: unknown key \"Level\"; did you mean \"level\"?");
    CHECK(mistake(R"({"server": {"pasword": "x"}})") ==
          "f:1:13: unknown key \"pasword\"; did you mean \"password\"?");
    CHECK(mistake(R"({"rooms": {"defualt": "#x"}})") ==
          "f:1:12: unknown key \"defualt\"; did you mean \"default\"?");
    CHECK(mistake("{\"operators\": [" + operator_named("a", R"(, "nam": 1)") + "]}") ==
          "f:1:140: unknown key \"nam\"; did you mean \"name\"?");
  }

  TEST_CASE("a duplicate key is refused where it is repeated") {
    CHECK(mistake("{\"workers\": 1,\n \"workers\": 2}") ==
          "f:2:2: duplicate key \"workers\", first given at line 1");
    CHECK(mistake(R"({"log": {"level": "info", "level": "info"}})") ==
          "f:1:27: duplicate key \"level\", first given at line 1");
  }

  TEST_CASE("all mistakes are told, in the order of the text") {
    CHECK(mistake("{\"workers\": 0,\n\"wat\": 1,\n\"log\": {\"level\": 1}}") ==
          "f:1:13: \"workers\" must be \"auto\" or a whole number from 1 to 64, not 0\n"
          "f:2:1: unknown key \"wat\"; did you mean \"log\"?\n"
          "f:3:18: \"level\" must be \"debug\", \"info\", \"warning\" or \"error\", not 1");
  }

  TEST_CASE("wrong JSON is told with the file's name, line and column") {
    const auto config = parse("{\n  \"workers\": 2,\n}\n", "/etc/banterd.json");
    REQUIRE_FALSE(config);
    CHECK(config.error().code == base::Errc::invalid);
    CHECK(config.error().context ==
          "/etc/banterd.json:3:1: syntax error while parsing object key - unexpected '}'; expected "
          "string literal");
  }

  TEST_CASE("a configuration is an object") {
    CHECK(mistake("[]") == "f:1:1: this must be an object, not a list");
  }

  TEST_CASE("workers are auto, or 1 to 64") {
    CHECK(good(R"({"workers": "auto"})").workers == 0);
    CHECK(good(R"({"workers": 64})").workers == kMaxWorkers);
    for (const char* bad :
         {"65", "-1", "1.5", "1e1", "true", "\"many\"", "[]", "18446744073709551617"}) {
      CAPTURE(bad);
      CHECK(
          mistake("{\"workers\": " + std::string(bad) + "}")
              .starts_with("f:1:13: \"workers\" must be \"auto\" or a whole number from 1 to 64"));
    }
  }

  TEST_CASE("auto means one worker for each CPU that this process may run on") {
    cpu_set_t before;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    Config config = defaults();
    CHECK(config.worker_count() ==
          std::min<uint32_t>(static_cast<uint32_t>(CPU_COUNT(&before)), kMaxWorkers));
    int first = 0;
    while (!CPU_ISSET(first, &before)) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(config.worker_count() == 1);
    REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
    config.workers = 7;
    CHECK(config.worker_count() == 7);
  }

  TEST_CASE("limits may be as high as a thousand million and have sensible least values") {
    struct Range {
      const char* key;
      uint64_t least, most;
    };
    for (const Range& range :
         {Range{"max_connections", 1, 1'000'000'000},
          Range{"max_connections_per_address", 1, 1'000'000'000},
          Range{"line_bytes", 512, 1'000'000'000}, Range{"nick_bytes", 20, 64},
          Range{"send_queue_bytes", 65536, 1'000'000'000},
          Range{"messages_per_second", 1, 1'000'000'000}, Range{"message_burst", 1, 1'000'000'000},
          Range{"registration_timeout", 1, 1'000'000'000}, Range{"ping_timeout", 1, 1'000'000'000},
          Range{"journal_bytes", 1048576, 1'000'000'000},
          Range{"rooms_per_client", 1, 1'000'000'000}, Range{"list_entries", 1, 1'000'000'000},
          Range{"monitor_entries", 1, 1'000'000'000}}) {
      CAPTURE(range.key);
      const auto say = [&](uint64_t number) {
        return refusal("limits", range.key, std::to_string(number));
      };
      const std::string rule = '"' + std::string(range.key) + "\" must be a whole number from " +
                               std::to_string(range.least) + " to " + std::to_string(range.most) +
                               ", not ";
      CHECK(say(range.least) == "none");
      CHECK(say(range.most) == "none");
      CHECK(say(range.least - 1) == rule + std::to_string(range.least - 1));
      CHECK(say(range.most + 1) == rule + std::to_string(range.most + 1));
      CHECK(refusal("limits", range.key, "\"1\"") == rule.substr(0, rule.find(", not")));
    }
    CHECK(refusal("limits", "connections_per_minute_per_address", "0") == "none");
    CHECK(refusal("limits", "connections_per_minute_per_address", "1000000001") ==
          "\"connections_per_minute_per_address\" must be a whole number from 0 to 1000000000, not "
          "1000000001");
    CHECK(mistake(R"({"shutdown_timeout": 0})") ==
          "f:1:22: \"shutdown_timeout\" must be a whole number from 1 to 1000000000, not 0");
  }

  TEST_CASE("no more lines are replayed than are kept") {
    CHECK(good(R"({"rooms": {"replay_lines": 5, "history_lines": 5}})").rooms.replay_lines == 5);
    CHECK(mistake(R"({"rooms": {"replay_lines": 6, "history_lines": 5}})") ==
          "f:1:28: \"replay_lines\" must be at most \"history_lines\", 5, not 6");
    CHECK(mistake(R"({"rooms": {"history_lines": 5}})") ==
          "f:1:29: \"history_lines\" must be at least \"replay_lines\", 20, not 5");
    CHECK(good(R"({"rooms": {"replay_lines": 0, "history_lines": 0}})").rooms.history_lines == 0);
  }

  TEST_CASE("the default room's name is a room name") {
    const std::string longest = "#" + std::string(63, 'x');
    CHECK(refusal("rooms", "default", '"' + longest + '"') == "none");
    for (const std::string& bad :
         {std::string("lobby"), std::string("#"), std::string(""), std::string("#a b"),
          std::string("#a,b"), std::string("#a:b"), std::string("#a\\u0007"),
          std::string("#a\\u0085"), longest + "x"}) {
      CAPTURE(bad);
      CHECK(refusal("rooms", "default", '"' + bad + '"') ==
            "\"default\" must be '#' and 1 to 63 bytes without spaces, commas, colons and control "
            "characters");
    }
  }

  TEST_CASE("the server's strings fit in a line") {
    CHECK(refusal("server", "name", "\"a b\"") ==
          "\"name\" must be 1 to 63 letters, digits, '.', '-' or '_'");
    CHECK(refusal("server", "name", "\"\"") != "none");
    CHECK(refusal("server", "name", '"' + std::string(64, 'x') + '"') != "none");
    CHECK(refusal("server", "description", "\"a\\nb\"") ==
          "\"description\" must be a string of at most 200 bytes without control characters");
    CHECK(refusal("server", "network", "\"a b\"") ==
          "\"network\" must be 1 to 63 letters, digits, '.', '-' or '_'");
    CHECK(refusal("server", "admin", "\"\\u0007\"") ==
          "\"admin\" must be a string of at most 200 bytes without control characters, or null");
    CHECK(refusal("server", "cloak_hosts", "1") == "\"cloak_hosts\" must be true or false, not 1");
    CHECK(refusal("server", "motd_file", "\"\"") ==
          "\"motd_file\" must be a path: 1 to 4095 bytes without control characters, or null");
    CHECK(refusal("server", "password", "\"\"") ==
          "\"password\" must be a string of 1 to 200 bytes without control characters, or null");
  }

  TEST_CASE("a password is not repeated in a mistake") {
    CHECK(refusal("server", "password", "\"hunter2\\n\"").find("hunter2") == std::string::npos);
  }

  TEST_CASE("an operator has a name of his own and a hash of argon2id") {
    const auto operators = [](const std::string& list) {
      return mistake("{\"operators\": [" + list + "]}");
    };
    CHECK(operators("") == "none");
    CHECK(operators(R"({"name": "a"})") ==
          "f:1:16: \"password_hash\" must be given for an operator");
    CHECK(operators("{\"password_hash\": \"" + std::string(kHash) + "\"}") ==
          "f:1:16: \"name\" must be given for an operator");
    for (const std::string bad : {"clear", "$argon2id$", "$2y$05$abc", ""}) {
      CAPTURE(bad);
      CHECK(operators(R"({"name": "a", "password_hash": ")" + bad + R"("})") ==
            "f:1:47: \"password_hash\" must be a hash of argon2id, as \"banterd --hash-password\" "
            "prints it");
    }
    CHECK(operators(operator_named("a b")) ==
          "f:1:25: \"name\" must be 1 to 63 bytes without spaces and control characters");
    CHECK(operators(operator_named("a") + ",\n" + operator_named("a")) ==
          "f:2:1: duplicate operator \"a\"");
    CHECK(operators(operator_named("a") + "," + operator_named("A")) == "none");
    CHECK(operators("5") == "f:1:16: this must be an object, not a number");
    CHECK(mistake(R"({"operators": {}})") ==
          "f:1:15: \"operators\" must be a list of objects, not an object");
  }

  TEST_CASE("what operators may do beside is allowed key by key") {
    CHECK(good(R"({"operator_commands": {"die": true}})").operator_commands ==
          OperatorCommands{true, false});
    CHECK(refusal("operator_commands", "restart", "\"yes\"") ==
          "\"restart\" must be true or false");
    CHECK(refusal("operator_commands", "dye", "true") ==
          "unknown key \"dye\"; did you mean \"die\"?");
    CHECK(mistake(R"({"operator_commands": true})") ==
          "f:1:23: \"operator_commands\" must be an object, not true or false");
  }

  TEST_CASE("a log has one of four levels and one of two formats") {
    CHECK(refusal("log", "level", "\"trace\"") ==
          "\"level\" must be \"debug\", \"info\", \"warning\" or \"error\"");
    CHECK(refusal("log", "format", "\"xml\"") == "\"format\" must be \"text\" or \"json\"");
  }

  TEST_CASE("a file is read and its name stands in its mistakes") {
    const TemporaryFile file("{\n\"workers\": 2}\n");
    REQUIRE(load(file.path()));
    CHECK(load(file.path())->workers == 2);
    CHECK(*read_text(file.path()) == "{\n\"workers\": 2}\n");
    const TemporaryFile wrong("{\n\"workers\": 99}\n");
    CHECK(load(wrong.path()).error().context ==
          wrong.path() +
              ":2:12: \"workers\" must be \"auto\" or a whole number from 1 to 64, not 99");
  }

  TEST_CASE("a file that is not there, or a folder, or too large, is told by name") {
    const TemporaryFile file(std::string((1 << 20) + 1, ' '));
    const auto missing = load(file.path() + ".no");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == base::Errc::not_found);
    CHECK(missing.error().context == file.path() + ".no: No such file or directory");
    CHECK(load(file.folder()).error().context == file.folder() + ": Is a directory");
    CHECK(load(file.path()).error().context == file.path() + ": larger than 1048576 bytes");
  }
}

}  // namespace banterd::conf
