// banter against a server that the test plays itself: as a filter in a pipeline, and on a terminal
// with a person.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/piped_program.h"
#include "tests/support/played_server.h"
#include "tests/support/pty.h"
#include "tests/support/screen.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

// No LANG: umlauts have to work without one. No ~/.inputrc of the person who runs the tests.
const std::vector<std::string> kEnvironment = {"TERM=xterm", "INPUTRC=/dev/null",
                                               "HOME=/nonexistent"};

// banter in a pipeline.
struct Piped : PipedProgram {
  explicit Piped(const std::string& argument) : PipedProgram(BANTER_BINARY, argument) {}
  Piped(const std::string& argument, const std::string& input)
      : PipedProgram(BANTER_BINARY, argument, memory_file(input)) {}
};

// A person at a terminal who has just been greeted.
struct Person {
  PlayedServer server;
  Pty terminal;
  Visitor visitor;

  explicit Person(const std::vector<std::string>& environment = kEnvironment)
      : terminal({BANTER_BINARY, server.address()}, environment), visitor(server.accept()) {
    visitor.say("* Welcome\n");
    REQUIRE(terminal.shows("* Welcome\n>"));
  }
};

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + " of a long input\n";
  return text;
}

}  // namespace

TEST_SUITE("system/banter") {
  TEST_CASE("a piped input is said, the stream half-closed, and the answer printed") {
    PlayedServer server;
    Piped banter(server.address());
    banter.pipe_in("hi\n");
    banter.end_input();
    Visitor visitor = server.accept();
    CHECK(visitor.hear_to_end() == "hi\n");
    visitor.say("* Welcome\n<anna> hello\n");
    visitor.leave();
    CHECK(banter.exit_status() == 0);
    CHECK(banter.output() == "* Welcome\n<anna> hello\n");
    CHECK(banter.errors().empty());
  }

  TEST_CASE("a last line without an end gets one") {
    PlayedServer server;
    Piped banter(server.address(), "one\ntwo");
    Visitor visitor = server.accept();
    CHECK(visitor.hear_to_end() == "one\ntwo\n");
    visitor.say("<anna> unfinished");
    visitor.leave();
    CHECK(banter.exit_status() == 0);
    CHECK(banter.output() == "<anna> unfinished\n");
  }

  TEST_CASE("no input at all still hears the server out") {
    PlayedServer server;
    Piped banter(server.address(), "");
    Visitor visitor = server.accept();
    CHECK(visitor.has_ended());
    visitor.say("* Welcome\n");
    visitor.leave();
    CHECK(banter.exit_status() == 0);
    CHECK(banter.output() == "* Welcome\n");
  }

  TEST_CASE("a large file arrives complete and in order") {
    PlayedServer server;
    const std::string text = numbered_lines(200'000);
    Piped banter(server.address(), text);
    Visitor visitor = server.accept();
    CHECK(visitor.hear_to_end() == text);
    visitor.leave();
    CHECK(banter.exit_status() == 0);
  }

  TEST_CASE("a server that does not read stops the reading of a piped input") {
    PlayedServer server;
    Piped banter(server.address());
    Visitor visitor = server.accept();
    fcntl(banter.input(), F_SETFL, O_NONBLOCK);
    const std::string chunk(65535, 'x');
    const std::string line = chunk + "\n";
    constexpr size_t kMoreThanAnyKernelBuffer = 64 << 20;
    size_t taken = 0;
    pollfd room{.fd = banter.input(), .events = POLLOUT, .revents = 0};
    while (taken < kMoreThanAnyKernelBuffer && poll(&room, 1, 500) == 1) {
      const ssize_t bytes = write(banter.input(), line.data(), line.size());
      REQUIRE(bytes > 0);
      taken += static_cast<size_t>(bytes);
    }
    CHECK(taken < kMoreThanAnyKernelBuffer);
    // It goes on when the server reads.
    banter.end_input();
    CHECK(visitor.hear_to_end().size() >= taken);
    visitor.leave();
    CHECK(banter.exit_status() == 0);
  }

  TEST_CASE("control characters of the server are never printed raw") {
    PlayedServer server;
    Piped banter(server.address(), "hi\n");
    Visitor visitor = server.accept();
    CHECK(visitor.hear_to_end() == "hi\n");
    visitor.say("<anna> \x1b[2Jgone\a \xff\n");
    visitor.leave();
    CHECK(banter.exit_status() == 0);
    CHECK(banter.output() == "<anna> ^[[2Jgone^G \xef\xbf\xbd\n");
  }

  TEST_CASE("a Unix socket and a host name lead to the server too") {
    PlayedServer server;
    Piped by_name("localhost:" + server.port(), "hi\n");
    Visitor visitor = server.accept();
    CHECK(visitor.hear_to_end() == "hi\n");

    std::string folder = (std::filesystem::temp_directory_path() / "banter.XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    PlayedServer at_path(folder + "/line.sock");
    Piped by_path(at_path.address(), "ho\n");
    CHECK(at_path.accept().hear_to_end() == "ho\n");
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("a refused connection is told in one clear line, status 1") {
    const PlayedServer not_listening(PlayedServer::Listens::no);
    Piped banter(not_listening.address());
    CHECK(banter.exit_status() == 1);
    CHECK(banter.errors() == "banter: cannot connect to " + not_listening.address() +
                                 ": connection refused. Is banterd running?\n");
    Piped no_socket("unix:/nonexistent/line.sock");
    CHECK(no_socket.exit_status() == 1);
    CHECK(no_socket.errors().find("no such file or directory. Is banterd running?") !=
          std::string::npos);
  }

  TEST_CASE("a command line that makes no sense ends with status 2, help and version with 0") {
    for (const char* wrong : {"--nonsense", "host:port", "::1", "--colour"}) {
      Piped banter(wrong);
      CHECK(banter.exit_status() == 2);
      CHECK(banter.errors().starts_with("banter: "));
    }
    Piped help("--help");
    CHECK(help.exit_status() == 0);
    CHECK(help.output().find("unix:PATH") != std::string::npos);
    Piped version("--version");
    CHECK(version.exit_status() == 0);
    CHECK(version.output() == "banter " BANTERD_VERSION "\n");
  }

  TEST_CASE("help and version that cannot be printed end with status 1") {
    for (const char* argument : {"--help", "--version"}) {
      const Run run =
          run_program({"/bin/sh", "-c", "\"$0\" \"$1\" >/dev/full", BANTER_BINARY, argument});
      CHECK(run.status == 1);
      CHECK(run.errors == "banter: cannot write to standard output\n");
    }
  }

  TEST_CASE("a server that goes away in use ends a pipeline with status 3") {
    PlayedServer server;
    Piped banter(server.address());
    Visitor visitor = server.accept();
    banter.pipe_in("hi\n");
    CHECK(visitor.hear_line() == "hi\n");
    SUBCASE("without a word") {
      visitor.leave();
      CHECK(banter.exit_status() == 3);
      CHECK(banter.errors() == "banter: the server closed the connection\n");
    }
    SUBCASE("after it has told of its shutdown") {
      visitor.say("* Server is shutting down\n");
      visitor.leave();
      CHECK(banter.exit_status() == 3);
      CHECK(banter.output() == "* Server is shutting down\n");
      CHECK(banter.errors() ==
            "banter: the server was shut down and said goodbye; try again later\n");
    }
  }

  TEST_CASE("/quit in a pipeline makes the server's end an orderly one") {
    PlayedServer server;
    Piped banter(server.address());
    Visitor visitor = server.accept();
    std::string quit = "/quit bye\n";
    SUBCASE("in small letters") {}
    SUBCASE("in capitals") { quit = "/QUIT\n"; }
    banter.pipe_in(quit);
    CHECK(visitor.hear_line() == quit);
    visitor.leave();
    CHECK(banter.exit_status() == 0);
    CHECK(banter.errors().empty());
  }

  TEST_CASE("a typed line reaches the server, and the history brings it back") {
    Person person;
    person.terminal.type("hello\r");
    CHECK(person.visitor.hear_line() == "hello\n");
    person.terminal.type("\x1b[A!\r");
    CHECK(person.visitor.hear_line() == "hello!\n");
  }

  TEST_CASE("umlauts are edited as one character without a locale") {
    Person person;
    person.terminal.type(
        "Gr\xc3\xbc\xc3\x9f\xc3\xa4\x7f"
        "e\r");
    CHECK(person.visitor.hear_line() ==
          "Gr\xc3\xbc\xc3\x9f"
          "e\n");
  }

  TEST_CASE("a pasted text of several lines waits for Enter") {
    Person person;
    person.terminal.type("\x1b[200~one\rtwo\x1b[201~");
    REQUIRE(person.terminal.shows("> one\ntwo"));
    person.terminal.type("!\r");
    CHECK(person.visitor.hear_line() == "one\n");
    CHECK(person.visitor.hear_line() == "two!\n");
  }

  TEST_CASE("an incoming line leaves the typed text and the cursor as they are") {
    Person person;
    person.terminal.type("half typed\x1b[D\x1b[D");
    REQUIRE(person.terminal.shows(
        [](const Screen& s) { return s.row(1) == "> half typed" && s.cursor_column() == 10; }));
    person.visitor.say("<anna> one\n<anna> two\n");
    CHECK(person.terminal.shows([](const Screen& s) {
      return s.text() == "* Welcome\n<anna> one\n<anna> two\n> half typed\n" &&
             s.cursor_row() == 3 && s.cursor_column() == 10;
    }));
    person.terminal.type("XY\r");
    CHECK(person.visitor.hear_line() == "half typXYed\n");
  }

  TEST_CASE("an incoming line leaves typed text of several rows as it is") {
    Person person;
    const std::string typed(100, 'x');  // with the prompt: 40, 40 and 22 columns
    const std::string rows =
        "> " + typed.substr(0, 38) + "\n" + typed.substr(0, 40) + "\n" + typed.substr(0, 22) + "\n";
    person.terminal.type(typed +
                         "\x01\x1b[C");  // Ctrl-A, right: the cursor in the first of three rows
    REQUIRE(person.terminal.shows([&](const Screen& s) {
      return s.text() == "* Welcome\n" + rows && s.cursor_row() == 1 && s.cursor_column() == 3;
    }));
    const std::string message = "<anna> " + std::string(50, 'y');  // two rows itself
    person.visitor.say(message + "\n");
    CHECK(person.terminal.shows([&](const Screen& s) {
      return s.text() ==
                 "* Welcome\n" + message.substr(0, 40) + "\n" + message.substr(40) + "\n" + rows &&
             s.cursor_row() == 3 && s.cursor_column() == 3;
    }));
  }

  TEST_CASE("typed text that ends with the row is kept as well, on the last row of the screen") {
    Person person;
    person.visitor.say("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    REQUIRE(person.terminal.shows("9\n10\n>"));
    const std::string typed(38, 'x');
    person.terminal.type(typed);
    REQUIRE(person.terminal.shows("10\n> " + typed));
    person.visitor.say("<anna> hi\n");
    CHECK(person.terminal.shows("10\n<anna> hi\n> " + typed));
    person.terminal.type("z\r");
    CHECK(person.visitor.hear_line() == typed + "z\n");
  }

  TEST_CASE("a new size of the window wraps the typed text anew") {
    Person person;
    const std::string typed(50, 'x');
    person.terminal.type(typed);
    REQUIRE(person.terminal.shows("> " + typed.substr(0, 38) + "\n" + typed.substr(38)));
    person.terminal.resize(12, 80);
    CHECK(person.terminal.shows("> " + typed));
    person.visitor.say("<anna> hi\n");
    CHECK(person.terminal.shows("<anna> hi\n> " + typed));
  }

  TEST_CASE("Ctrl-D leaves with status 0 once the server has said what it had to say") {
    Person person;
    person.terminal.type("last\r");
    CHECK(person.visitor.hear_line() == "last\n");
    person.terminal.type("\x04");
    CHECK(person.visitor.has_ended());
    person.visitor.say("<anna> bye\n");
    person.visitor.leave();
    CHECK(person.terminal.exit_status() == 0);
    CHECK(person.terminal.screen().text() == "* Welcome\n> last\n>\n<anna> bye\n");
    CHECK(person.terminal.is_cooked());
  }

  TEST_CASE("exit and /quit leave with status 0, and exit is not said") {
    Person person;
    SUBCASE("exit") {
      person.terminal.type("exit\r");
      CHECK(person.visitor.hear_to_end().empty());
    }
    SUBCASE("/quit with a reason") {
      person.terminal.type("/quit bye\r");
      CHECK(person.visitor.hear_to_end() == "/quit bye\n");
    }
    SUBCASE("/quit in capitals") {
      person.terminal.type("/Quit\r");
      CHECK(person.visitor.hear_to_end() == "/Quit\n");
    }
    SUBCASE("/quit in a pasted text") {
      person.terminal.type("\x1b[200~one\r/quit bye\rtwo\x1b[201~");
      REQUIRE(person.terminal.shows("> one\n/quit bye\ntwo"));
      person.terminal.type("\r");
      CHECK(person.visitor.hear_to_end() == "one\n/quit bye\ntwo\n");
    }
    person.visitor.leave();
    CHECK(person.terminal.exit_status() == 0);
    CHECK(person.terminal.is_cooked());
  }

  TEST_CASE("a server that never closes does not hold back who leaves") {
    Person person;
    person.terminal.type("exit\r");
    CHECK(person.terminal.exit_status() == 0);
  }

  TEST_CASE("Ctrl-C leaves with status 0, the typed text unsaid and the terminal as it was") {
    Person person;
    CHECK_FALSE(person.terminal.is_cooked());
    person.terminal.type("unsaid");
    REQUIRE(person.terminal.shows("> unsaid"));
    person.terminal.type("\x03");
    CHECK(person.visitor.hear_to_end().empty());
    person.visitor.leave();
    CHECK(person.terminal.exit_status() == 0);
    CHECK(person.terminal.screen().text() == "* Welcome\n");
    CHECK(person.terminal.is_cooked());
  }

  TEST_CASE(
      "a server that goes away while somebody types ends with status 3 and the terminal as it "
      "was") {
    Person person;
    person.terminal.type("half");
    REQUIRE(person.terminal.shows("> half"));
    SUBCASE("without a word") {
      person.visitor.leave();
      CHECK(person.terminal.exit_status() == 3);
      CHECK(person.terminal.screen().text() ==
            "* Welcome\n> half\nbanter: the server closed the connection\n");
    }
    SUBCASE("after it has told of its shutdown") {
      person.visitor.say("* Server is shutting down\n");
      person.visitor.leave();
      CHECK(person.terminal.exit_status() == 3);
      CHECK(person.terminal.screen().text().starts_with(
          "* Welcome\n* Server is shutting down\n> half\nbanter: the server was shut down"));
    }
    CHECK(person.terminal.is_cooked());
  }

  TEST_CASE("colours are used on a terminal unless NO_COLOR says no") {
    constexpr const char* kRedError = "\x1b[31m! no such room";
    SUBCASE("by default") {
      Person person;
      person.visitor.say("! no such room\n");
      REQUIRE(person.terminal.shows("! no such room"));
      CHECK(person.terminal.output().find(kRedError) != std::string::npos);
    }
    SUBCASE("with NO_COLOR") {
      std::vector<std::string> environment = kEnvironment;
      environment.emplace_back("NO_COLOR=1");
      Person person(environment);
      person.visitor.say("! no such room\n");
      REQUIRE(person.terminal.shows("! no such room"));
      CHECK(person.terminal.output().find("\x1b[31m") == std::string::npos);
    }
  }
}

}  // namespace banterd::tests
