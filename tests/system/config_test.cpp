// The command line: checking a configuration, versions, mistakes, addresses that are taken.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/piped_program.h"
#include "tests/support/played_server.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

Run banterd(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {BANTERD_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program(all);
}

Run check_text(const std::string& text, std::string& path) {
  static const TemporaryFolder folder;
  path = folder.write("banterd.json", text);
  return banterd({"-t", "-c", path});
}

}  // namespace

// A hash as --hash-password prints it.
bool is_hash(const std::string& line) {
  return line.starts_with("$argon2id$v=19$m=65536,t=2,p=1$") && line.ends_with("\n") &&
         line.find('\n') == line.size() - 1;
}

TEST_SUITE("system/config") {
  TEST_CASE("-t of a good configuration says so and exits with 0") {
    std::string path;
    const Run run = check_text("{ // comments\n \"workers\": 2 }\n", path);
    CHECK(run.status == 0);
    CHECK(run.output == path + ": ok\n");
    CHECK(run.errors.empty());
  }

  TEST_CASE("-t without a file checks the built-in default") { CHECK(banterd({"-t"}).status == 0); }

  TEST_CASE("-t names each mistake with file, line and column, and exits with 1") {
    std::string path;
    const Run run =
        check_text("{\n  \"worker\": 2,\n  \"listeners\": [{\"port\": 70000}]\n}\n", path);
    CHECK(run.status == 1);
    CHECK(run.output.empty());
    CHECK(run.errors == path + ":2:3: unknown key \"worker\"; did you mean \"workers\"?\n" + path +
                            ":3:26: \"port\" must be a whole number from 0 to 65535, not 70000\n");
  }

  TEST_CASE("a server with a mistake in its configuration does not start, and exits with 1") {
    std::string path;
    check_text("{\n  \"limits\": {\n", path);
    const Run run = banterd({"-c", path});
    CHECK(run.status == 1);
    CHECK(run.errors.starts_with(path + ":"));
  }

  TEST_CASE("a configuration that cannot be read is told with its path and why") {
    const Run run = banterd({"-c", "/nonexistent/banterd.json"});
    CHECK(run.status == 1);
    CHECK(run.errors == "/nonexistent/banterd.json: No such file or directory\n");
  }

  TEST_CASE("--version and --help print and exit with 0") {
    const Run version = banterd({"--version"});
    CHECK(version.status == 0);
    CHECK(version.output.starts_with("banterd "));
    const Run help = banterd({"--help"});
    CHECK(help.status == 0);
    for (const char* option : {"-c", "-t", "--hash-password", "--version", "--help"}) {
      CAPTURE(option);
      CHECK(help.output.find(option) != std::string::npos);
    }
    // How the master starts its workers is not for people.
    CHECK(help.output.find("worker") == std::string::npos);
  }

  TEST_CASE("-t checks the files that a configuration names") {
    const TemporaryFolder folder;
    const std::string motd = folder.path() / "motd";
    std::string path;
    const std::string text = "{\n  \"server\": {\"motd_file\": \"" + motd + "\"}\n}\n";
    const Run missing = check_text(text, path);
    CHECK(missing.status == 1);
    CHECK(missing.errors == path + ":2:27: " + motd + ": No such file or directory\n");
    folder.write("motd", "\xFF\n");
    const Run bad = check_text(text, path);
    CHECK(bad.status == 1);
    CHECK(bad.errors == path + ":2:27: " + motd + ": line 1 is not valid UTF-8 text\n");
    // What -t refuses does not start.
    CHECK(banterd({"-c", path}).status == 1);
    folder.write("motd", "welcome\n");
    CHECK(check_text(text, path).status == 0);
  }

  TEST_CASE("-t looks at the state directory and leaves it as it is") {
    const TemporaryFolder folder;
    const std::string directory = folder.path() / "state";
    const std::string text = "{\"state_directory\": \"" + directory + "\"}";
    std::string path;
    const Run missing = check_text(text, path);
    CHECK(missing.status == 1);
    CHECK(missing.errors == path + ":1:21: " + directory + ": No such file or directory\n");
    std::filesystem::create_directory(directory);
    CHECK(check_text(text, path).status == 0);
    CHECK(std::filesystem::is_empty(directory));
    folder.write("state/cloak.key", "damaged");
    const Run damaged = check_text(text, path);
    CHECK(damaged.status == 1);
    CHECK(damaged.errors == path + ":1:21: " + directory +
                                "/cloak.key: is no key of 64 lower-case hexadecimal digits\n");
  }

  TEST_CASE("--hash-password prints a hash that the configuration takes") {
    for (const std::string line : {"operpassword\n", "operpassword\r\n", "operpassword"}) {
      PipedProgram program(BANTERD_BINARY, "--hash-password", memory_file(line));
      CHECK(program.exit_status() == 0);
      CHECK(is_hash(program.output()));
      CHECK(program.errors().empty());
      const std::string hash = program.output().substr(0, program.output().size() - 1);
      std::string path;
      CHECK(check_text(R"({"operators": [{"name": "ada", "password_hash": ")" + hash + R"("}]})",
                       path)
                .status == 0);
    }
  }

  TEST_CASE("--hash-password refuses what nobody could give, and exits with 1") {
    for (const std::string& line :
         {std::string(), std::string("\n"), std::string("\r\nmore\n"), std::string(201, 'x') + "\n",
          std::string(1'000'000, 'x'), std::string("\xFF\n"), std::string("a\0b\n", 4)}) {
      PipedProgram program(BANTERD_BINARY, "--hash-password", memory_file(line));
      CHECK(program.exit_status() == 1);
      CHECK(program.output().empty());
      CHECK(program.errors().starts_with("banterd: "));
    }
  }

  TEST_CASE("on a terminal --hash-password asks twice and shows nothing of what is typed") {
    Pty terminal({BANTERD_BINARY, "--hash-password"}, {});
    REQUIRE(terminal.shows("Password:"));
    terminal.type("tell-nobody\n");
    REQUIRE(terminal.shows("Again:"));
    SUBCASE("the same") {
      terminal.type("tell-nobody\n");
      CHECK(terminal.shows("$argon2id$"));
      CHECK(terminal.exit_status() == 0);
    }
    SUBCASE("another") {
      terminal.type("tell-nobodi\n");
      CHECK(terminal.shows("the two passwords differ"));
      CHECK(terminal.exit_status() == 1);
    }
    SUBCASE("given up") {
      terminal.type("\x03");
      CHECK(terminal.exit_status() == std::nullopt);  // by the signal
    }
    CHECK(terminal.output().find("tell") == std::string::npos);
    CHECK(terminal.is_cooked());
  }

  TEST_CASE("what cannot be printed is told, and exits with 1") {
    for (const char* output : {">/dev/full", ">&-"}) {
      for (const char* argument : {"--hash-password", "-t", "--version", "--help"}) {
        CAPTURE(output);
        CAPTURE(argument);
        const std::string command = "echo operpassword | \"$0\" \"$1\" ";
        const Run run = run_program({"/bin/sh", "-c", command + output, BANTERD_BINARY, argument});
        CHECK(run.status == 1);
        CHECK(run.errors.starts_with("banterd: write to standard output: "));
      }
    }
  }

  TEST_CASE("a wrong command line exits with 2 and says what is wrong") {
    for (const char* argument : {"--nonsense", "-c", "surplus"}) {
      CAPTURE(argument);
      const Run run = banterd({argument});
      CHECK(run.status == 2);
      CHECK(run.output.empty());
      CHECK(run.errors.starts_with("banterd: "));
      CHECK(run.errors.find(argument) != std::string::npos);
    }
  }

  TEST_CASE("an address that is taken ends the start with 3 and a line that names it") {
    const PlayedServer other;
    const TemporaryFolder folder;
    std::string listeners = R"({"protocol": "line", "port": )" + other.port() + "}";
    SUBCASE("alone") {}
    SUBCASE("after another that is free") {
      listeners = R"({"protocol": "echo", "port": 0}, )" + listeners;
    }
    const Run run =
        banterd({"-c", folder.write("banterd.json", "{\"listeners\": [" + listeners + "]}")});
    CHECK(run.status == 3);
    CHECK(run.errors.find("127.0.0.1") != std::string::npos);
    CHECK(run.errors.find(other.port()) != std::string::npos);
    CHECK(run.errors.find("in use") != std::string::npos);
    // All listeners are open before anything is started.
    CHECK(run.errors.find("worker ready") == std::string::npos);
  }

  TEST_CASE("a Unix socket on which another server listens is left alone") {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "line.sock";
    PlayedServer other(path);
    const std::string config =
        R"({"listeners": [{"protocol": "line", "unix": ")" + path + R"("}]})";
    const Run run = banterd({"-c", folder.write("banterd.json", config)});
    CHECK(run.status == 3);
    CHECK(run.errors.find(path) != std::string::npos);
    CHECK(std::filesystem::exists(path));
  }

  TEST_CASE("a file that is no socket is not replaced by one") {
    const TemporaryFolder folder;
    const std::string path = folder.write("precious", "data");
    const std::string config =
        R"({"listeners": [{"protocol": "line", "unix": ")" + path + R"("}]})";
    const Run run = banterd({"-c", folder.write("banterd.json", config)});
    CHECK(run.status == 3);
    CHECK(std::filesystem::file_size(path) == 4);
  }

  TEST_CASE("the log can be JSON, an object per line") {
    const PlayedServer other;
    const TemporaryFolder folder;
    const std::string config =
        R"({"log": {"format": "json"}, "listeners": [{"port": )" + other.port() + "}]}";
    const Run run = banterd({"-c", folder.write("banterd.json", config)});
    CHECK(run.status == 3);
    CHECK(run.errors.starts_with("{"));
    CHECK(run.errors.ends_with("}\n"));
  }
}

}  // namespace banterd::tests
