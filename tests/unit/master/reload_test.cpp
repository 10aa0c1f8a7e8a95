// Reloads of a master with fake workers: what goes on, what comes in, and what is left after each
// way in which a reload can fail.
#include "master/reload.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <vector>

#include "ipc/contract.h"
#include "tests/unit/master/notify_socket.h"
#include "tests/unit/master/running_master.h"

using namespace banterd;
using master::LineSource;
using master::NotifySocket;
using master::RunningMaster;

namespace {

constexpr const char* kListener = R"({"protocol":"line","address":"127.0.0.1","port":0})";

std::string config(int workers, const std::string& more = "",
                   const std::string& listeners = kListener) {
  return R"({"workers":)" + std::to_string(workers) + R"(,"listeners":[)" + listeners + "]" + more +
         "}";
}

bool starts_with(const std::optional<std::string>& line, const std::string& start) {
  if (!line || !line->starts_with(start)) MESSAGE("got: ", line.value_or("(end of stream)"));
  return line && line->starts_with(start);
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) MESSAGE("got: ", text);
  return text.find(part) != std::string::npos;
}

// A master with clients, who must all stay whatever happens.
struct Story {
  RunningMaster server;
  std::vector<LineSource> clients;

  explicit Story(const std::string& text, const std::string& manner = "", int people = 6)
      : server(text, manner) {
    server.await("banterd ready");
    for (int i = 0; i < people; ++i) enter();
  }
  void enter() {
    clients.push_back(server.connect());
    REQUIRE(starts_with(clients.back().next(), "slot "));
  }
  void all_served_by(int generation) {
    for (LineSource& client : clients) {
      std::optional<std::string> answer = client.ask();
      while (answer && answer->ends_with("is down")) answer = client.next();
      CHECK(
          contains(answer.value_or("(end of stream)"), "generation " + std::to_string(generation)));
    }
  }
  // The whole of it: with the exec.
  std::string reload() {
    server.signal(SIGHUP);
    return await_reload();
  }
  std::string await_reload() {
    const std::string line = server.await("reloaded generation=");
    server.await("the master goes on as a new program");
    return line;
  }
  void abort_at(const std::string& step) {
    server.signal(SIGHUP);
    CHECK(contains(server.await("reload failed"), "step=" + step));
  }
  // Whatever failed leaves nothing behind: everybody is served, and the next reload is done.
  void goes_on_after_abort(int generation = 1) {
    all_served_by(generation);
    enter();
    server.behave("");
    reload();
    all_served_by(generation + 1);
  }
  void stop() {
    server.signal(SIGTERM);
    for (LineSource& client : clients) {
      CHECK(client.next() == "bye");
      CHECK(client.next() == std::nullopt);
    }
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }
};

}  // namespace

TEST_SUITE("master/reload") {
  TEST_CASE("a reload moves everybody to the new generation and keeps the master's pid") {
    Story story(config(2));
    const std::string line = story.reload();
    CHECK(contains(line, "generation=2 changed=nothing workers=2 clients=6 pause_ms="));
    story.all_served_by(2);
    story.enter();
    CHECK(kill(story.server.pid(), 0) == 0);
    story.stop();
  }

  TEST_CASE("the number of workers changes, and ids go on") {
    Story story(config(2));
    for (const int workers : {3, 1, 2}) {
      story.server.configure(config(workers));
      CHECK(contains(story.reload(),
                     "changed=workers workers=" + std::to_string(workers) + " clients="));
      story.enter();
    }
    story.all_served_by(4);
    LineSource last = story.server.connect();
    const auto greeting = last.next();
    REQUIRE(greeting);
    CHECK(contains(*greeting, " incarnation 4 id 10 "));
    story.stop();
  }

  TEST_CASE("who was refused just before an exec is in the log") {
    Story story(config(1, R"(,"limits":{"max_connections_per_address":1})"), "", 1);
    for (int i = 0; i < 8; ++i) {
      CHECK(story.server.connect().next() == "! too many connections from your address");
      story.server.signal(SIGHUP);
      CHECK(contains(story.server.await("connections refused"), "count=1 why="));
      story.server.await("the master goes on as a new program");
    }
    story.stop();
  }

  TEST_CASE("after the exec workers are asked as before whether they live") {
    RunningMaster server(config(1), "hold");
    server.await("banterd ready");
    server.signal(SIGHUP);
    server.await("goes on as a new program");
    // It is taken, and ended, when its worker is asked.
    CHECK(server.connect().next() == std::nullopt);
  }

  TEST_CASE("a run of the server stays one, whatever comes in by a reload") {
    Story story(config(2), "", 1);
    const auto boot = story.clients[0].ask("boot");
    CHECK(starts_with(boot, "boot 1"));
    for (int reload = 0; reload < 2; ++reload) {
      story.reload();
      CHECK(story.clients[0].ask("boot") == boot);
    }
  }

  TEST_CASE("listeners are kept, opened and closed as the configuration says") {
    const std::string echo = R"({"protocol":"echo","address":"127.0.0.1","port":0})";
    RunningMaster server(config(2), "");
    server.await("banterd ready");
    const uint16_t kept = server.ports().at(0);
    auto first = RunningMaster::connect_to(kept);
    CHECK(starts_with(first->next(), "slot "));

    // The first stays, though it speaks another format now and is the second in the list.
    const std::string raw = R"({"protocol":"line","address":"127.0.0.1","format":"raw","port":)" +
                            std::to_string(kept) + "}";
    server.configure(config(2, "", echo + "," + raw));
    server.signal(SIGHUP);
    CHECK(contains(server.await("reloaded"), "changed=listeners"));
    server.await("goes on as a new program");
    REQUIRE(server.ports().size() == 2);
    const uint16_t opened = server.ports().at(1);
    CHECK(starts_with(first->ask(), "slot "));
    CHECK(starts_with(RunningMaster::connect_to(kept)->next(), "slot "));
    auto second = RunningMaster::connect_to(opened);
    CHECK(starts_with(second->next(), "slot "));

    server.configure(config(2, "", echo));
    server.signal(SIGHUP);
    server.await("no longer listening");
    server.await("goes on as a new program");
    CHECK_FALSE(RunningMaster::connect_to(kept));
    CHECK(starts_with(first->ask(), "slot "));
    CHECK(starts_with(second->ask(), "slot "));
    CHECK(starts_with(RunningMaster::connect_to(opened)->next(), "slot "));
  }

  TEST_CASE("a Unix socket is kept, gets its new mode, and its file goes with its listener") {
    RunningMaster server(config(1), "");
    server.await("banterd ready");
    const std::string path = server.file("line.sock");
    const auto with_mode = [&](const std::string& mode) {
      return config(1, "",
                    std::string(kListener) + R"(,{"protocol":"line","unix":")" + path +
                        R"(","mode":")" + mode + "\"}");
    };
    const auto reload = [&] {
      server.signal(SIGHUP);
      server.await("goes on as a new program");
    };
    const auto mode = [&] {
      struct stat there {};
      return stat(path.c_str(), &there) == 0 ? static_cast<int>(there.st_mode & 0777) : -1;
    };
    server.configure(with_mode("0600"));
    reload();
    CHECK(mode() == 0600);
    server.configure(with_mode("0666"));
    reload();
    CHECK(mode() == 0666);
    server.configure(config(1));
    reload();
    CHECK(mode() == -1);
  }

  TEST_CASE("a connection's options are those of the configuration when it comes") {
    RunningMaster server(config(1, R"(,"limits":{"ping_timeout":90})"), "options");
    server.await("banterd ready");
    CHECK(server.connect().next() == "slot 0 keepalive 90 nodelay 1");
    server.configure(config(1, R"(,"limits":{"ping_timeout":60})"));
    server.signal(SIGHUP);
    server.await("goes on as a new program");
    CHECK(server.connect().next() == "slot 0 keepalive 60 nodelay 1");
  }

  TEST_CASE("limits are those of the new configuration at once") {
    Story story(config(1), "", 2);
    story.server.configure(config(1, R"(,"limits":{"max_connections":2})"));
    CHECK(contains(story.reload(), "changed=limits.max_connections"));
    LineSource third = story.server.connect();
    CHECK(third.next() == "! server is full");
    story.all_served_by(2);
  }

  TEST_CASE("a second SIGHUP during a reload is done after it, once") {
    Story story(config(2));
    story.server.signal(SIGHUP);
    story.server.await("reloading number=1");
    story.server.signal(SIGHUP);
    story.server.await("another follows it");
    story.server.signal(SIGHUP);
    story.server.await("another follows it");
    CHECK(contains(story.await_reload(), "generation=2"));
    CHECK(contains(story.await_reload(), "generation=3"));
    story.all_served_by(3);
    story.reload();
    CHECK(story.server.past().find("reloading number=4") == std::string::npos);
  }

  TEST_CASE("a wrong configuration is refused with its places, and changes nothing") {
    Story story(config(2));
    story.server.configure("{\n\"worker\": 2, \"workers\": -1}");
    story.server.signal(SIGHUP);
    CHECK(contains(story.server.await("reload refused"), "test:2:1: "));
    CHECK(contains(story.server.await("reload refused"), "test:2:"));
    CHECK(contains(story.server.await("reload failed"), "step=check"));
    story.server.configure(config(2));
    story.goes_on_after_abort();
  }

  TEST_CASE("a port that is taken refuses the reload, and what was opened is closed again") {
    Story story(config(2));
    RunningMaster other(config(1), "");
    other.await("banterd ready");
    const std::string taken = R"({"protocol":"line","address":"127.0.0.1","port":)" +
                              std::to_string(other.ports().at(0)) + "}";
    story.server.configure(config(2, "", std::string(kListener) + "," + taken));
    story.server.signal(SIGHUP);
    CHECK(contains(story.server.await("reload refused"), "Address already in use"));
    story.server.configure(config(2));
    story.goes_on_after_abort();
  }

  TEST_CASE("a program that fails its check refuses the reload") {
    Story story(config(2));
    story.server.behave("check-fails");
    story.abort_at("check");
    story.goes_on_after_abort();
  }

  TEST_CASE("a step that fails as its system call would leaves the old generation serving") {
    const std::map<std::string, std::string> steps = {{"check", "check"},
                                                      {"listen", "listen"},
                                                      {"start", "start"},
                                                      {"mesh", "start"},
                                                      {"pipes", "\"hand over\""}};
    for (const auto& [fault, step] : steps) {
      CAPTURE(fault);
      Story story(config(2));
      story.server.configure(config(3));
      story.server.fail(fault);
      story.abort_at(step);
      story.goes_on_after_abort();
    }
  }

  TEST_CASE("a worker that fails, or dies, leaves the old generation serving") {
    const std::map<std::string, std::string> manners = {
        {"start-dies-0", "start"},         {"freeze-fails-1", "freeze"},
        {"freeze-hangs-1", "freeze"},      {"export-fails-0", "\"hand over\""},
        {"import-fails", "\"hand over\""}, {"import-dies-1", "\"hand over\""}};
    for (const auto& [manner, step] : manners) {
      CAPTURE(manner);
      Story story(config(2));
      story.server.configure(config(3));
      story.server.behave(manner);
      story.abort_at(step);
      story.goes_on_after_abort();
    }
  }

  TEST_CASE("an old worker that dies before its export is complete costs its own clients alone") {
    for (const std::string manner : {"freeze-dies-1", "export-dies-1", "exported-dies-early-1"}) {
      CAPTURE(manner);
      Story story(config(2));
      story.server.behave(manner);
      story.server.signal(SIGHUP);
      story.server.await("reload failed");
      story.server.await("worker ready slot=1");
      std::vector<LineSource> survivors;
      for (size_t i = 0; i < story.clients.size(); ++i) {
        // They were given to slots 0 and 1 in turn.
        if (i % 2 == 0)
          survivors.push_back(std::move(story.clients[i]));
        else
          CHECK(story.clients[i].next() == std::nullopt);
      }
      story.clients = std::move(survivors);
      story.goes_on_after_abort();
      CHECK(contains(story.reload(), "clients=4"));
    }
  }

  TEST_CASE("an old worker that dies after its complete export costs nobody anything") {
    Story story(config(2));
    story.server.behave("exported-dies");
    CHECK(contains(story.reload(), "generation=2 changed=nothing workers=2 clients=6"));
    story.all_served_by(2);
  }

  TEST_CASE("an exec that fails leaves the master as it was, with the new generation") {
    Story story(config(2));
    story.server.fail("exec");
    story.server.signal(SIGHUP);
    story.server.await("reloaded generation=2");
    story.server.await("exec failed: the master goes on as the old program");
    story.all_served_by(2);
    story.enter();
    story.reload();
    story.all_served_by(3);
    story.stop();
  }

  TEST_CASE("who dies before the exec is replaced by one of the new generation") {
    RunningMaster server(config(2), "");
    server.await("banterd ready");
    server.fail("exec");
    server.signal(SIGHUP);
    const std::string ready = server.await("worker ready slot=0");
    server.await("exec failed");
    kill(RunningMaster::number(ready, "pid"), SIGKILL);
    CHECK(contains(server.await("worker ready slot=0"), "generation=2"));
  }

  TEST_CASE("after a reload that failed, who dies is replaced by one of the old configuration") {
    RunningMaster server(config(2), "");
    const std::string ready = server.await("worker ready slot=0");
    server.await("banterd ready");
    server.configure(config(2, R"(,"server":{"description":"crash-again-0"})"));
    server.behave("freeze-fails-1");
    server.signal(SIGHUP);
    server.await("reload failed");
    kill(RunningMaster::number(ready, "pid"), SIGKILL);
    server.await("worker died slot=0");
    CHECK(contains(server.await("generation=1"), "worker ready slot=0"));
  }

  TEST_CASE("who comes while the old workers leave is served at once") {
    Story story(config(2), "retire-hangs-1", 2);
    story.server.signal(SIGHUP);
    story.server.await("reloaded generation=2");
    story.enter();
    story.server.signal(SIGUSR1);
    story.server.await("log files reopened");
    CHECK(story.server.past().find("goes on as a new program") == std::string::npos);
  }

  TEST_CASE("the next program goes on reading who was refused") {
    RunningMaster server(config(1, R"(,"limits":{"max_connections":1})",
                                R"({"protocol":"irc","address":"127.0.0.1","port":0})"),
                         "");
    server.await("banterd ready");
    const auto is_refused = [&](LineSource& client) {
      CHECK(client.next() == "ERROR :server is full\r");
      CHECK(client.next() == std::nullopt);
    };
    LineSource inside = server.connect();
    CHECK(starts_with(inside.next(), "slot "));
    LineSource before = server.connect();
    is_refused(before);
    server.signal(SIGHUP);
    server.await("goes on as a new program");
    // The answer to bytes that nobody reads any more would be a reset.
    for (int i = 0; i < 2; ++i) {
      CHECK(send(before.fd(), "x", 1, MSG_NOSIGNAL) == 1);
      LineSource after = server.connect();
      is_refused(after);
    }
  }

  TEST_CASE("an exec waits for its moment, but not a reload for an exec that waits") {
    Story story(config(2));
    // This one has a slot that is down at that moment.
    RunningMaster patient(config(2), "");
    patient.await("banterd ready");
    patient.configure(config(2, R"(,"server":{"description":"crash-again-0"})"));
    patient.behave("babbles-1");
    patient.signal(SIGHUP);
    const std::string ready = patient.await("worker ready slot=0");
    patient.await("reloaded generation=2");

    story.server.behave("babbles");
    story.server.signal(SIGHUP);
    story.server.await("reloaded generation=2");
    story.server.await("the exec waits");
    story.enter();
    story.server.behave("");
    story.server.signal(SIGHUP);
    CHECK(contains(story.await_reload(), "generation=3"));
    story.all_served_by(3);
    story.stop();

    patient.await("the exec waits");
    kill(RunningMaster::number(ready, "pid"), SIGKILL);
    patient.await("worker is started again later slot=0");
    patient.behave("");
    CHECK(contains(patient.await("goes on as a new program"), "generation=2 workers=1"));
    patient.await("worker died slot=0");
  }

  TEST_CASE("a configuration that mends a crash loop comes in, by way of a stand-in") {
    RunningMaster server(config(2, R"(,"server":{"description":"crash-again-0"})"), "");
    const std::string ready = server.await("worker ready slot=0");
    server.await("banterd ready");
    LineSource lost = server.connect();
    CHECK(starts_with(lost.next(), "slot 0 "));
    LineSource kept = server.connect();
    CHECK(starts_with(kept.next(), "slot 1 "));
    kill(RunningMaster::number(ready, "pid"), SIGKILL);
    server.await("wait_ms=1600");  // long enough for all to be told

    // What crashes still refuses the reload, and changes nothing.
    server.signal(SIGHUP);
    CHECK(contains(server.await("reload failed"), "the stand-in of slot 0 has died"));
    server.configure(config(3));
    server.signal(SIGHUP);
    CHECK(contains(server.await("reloaded"), "changed=\"server.description, workers\""));
    server.await("goes on as a new program");
    CHECK(kept.next() == "slot 0 is down");
    std::optional<std::string> answer = kept.ask();
    while (answer == "slot 0 is down") answer = kept.next();
    CHECK(starts_with(answer, "slot 2 generation 2"));
  }

  TEST_CASE("a stop during a reload ends the server in order, whatever the step") {
    const std::map<std::string, std::string> steps = {
        {"check-hangs", "reloading"},
        {"start-hangs-1", "worker ready slot=0"},
        {"freeze-hangs-0", "worker ready slot=1"},
        {"export-hangs-0", "worker ready slot=1"},
        {"import-hangs-0", "worker ready slot=1"},
        {"retire-hangs-0", "reloaded generation=2"},
    };
    for (const auto& [manner, seen] : steps) {
      CAPTURE(manner);
      Story story(config(2));
      story.server.behave(manner);
      story.server.signal(SIGHUP);
      story.server.await("reloading");
      if (seen != "reloading") story.server.await(seen);
      story.stop();
    }
  }

  TEST_CASE("what hangs for long is given up in its time; old workers that stay are killed") {
    const std::map<std::string, std::string> waits = {{"check-hangs", "step=check"},
                                                      {"check-lingers", "step=check"},
                                                      {"start-hangs-0", "step=start"},
                                                      {"export-hangs-0", "step=\"hand over\""},
                                                      {"import-hangs-1", "step=\"hand over\""}};
    std::vector<std::unique_ptr<Story>> stories;
    for (const auto& [manner, seen] : waits) {
      stories.push_back(std::make_unique<Story>(config(2), "", 2));
      stories.back()->server.behave(manner);
      stories.back()->server.signal(SIGHUP);
    }
    Story stayer(config(2), "retire-hangs-1", 2);
    CHECK(contains(stayer.reload(), "generation=2"));
    CHECK(contains(stayer.server.past(), "it does not leave"));
    stayer.all_served_by(2);
    size_t i = 0;
    for (const auto& [manner, seen] : waits) {
      CAPTURE(manner);
      CHECK(contains(stories[i]->server.await("reload failed"), seen));
      stories[i++]->goes_on_after_abort();
    }
  }

  TEST_CASE("systemd is told when a reload begins and how it ended") {
    const NotifySocket manager;
    setenv("WATCHDOG_USEC", "3600000000", 1);
    RunningMaster server(config(2), "");
    unsetenv("WATCHDOG_USEC");
    // At once: who takes the place of an image of this process does not know when it did that last.
    manager.await("WATCHDOG=1");
    manager.await("READY=1");
    server.signal(SIGHUP);
    CHECK(contains(manager.await("RELOADING=1"), "MONOTONIC_USEC="));
    const std::string done = manager.await("READY=1");
    CHECK(contains(done, "STATUS=0 clients, 2 of 2 workers ready; reload 1 done at "));
    CHECK(contains(done, " ms"));
    server.behave("freeze-fails-0");
    server.signal(SIGHUP);
    manager.await("RELOADING=1");
    CHECK(contains(manager.await("READY=1"), "; reload 2 failed: old slot 0: a fake's mood"));
  }
}
