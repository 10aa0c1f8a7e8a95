#include "master/state_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "ipc/contract.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/master/running_master.h"

using namespace banterd;
using master::keep_cloak_key;
using master::LineSource;
using master::read_cloak_key;
using master::RunningMaster;
namespace fs = std::filesystem;

namespace {

struct Folder : tests::TemporaryFolder {
  std::string path() const { return TemporaryFolder::path(); }
  std::string key_file() const { return file("cloak.key"); }
};

std::string config_in(const std::string& directory, const std::string& more = "") {
  return R"({"workers":2,"listeners":[{"protocol":"line","address":"127.0.0.1","port":0}],)"
         R"("state_directory":)" +
         (directory.empty() ? "null" : '"' + directory + '"') + more + "}";
}

// What the worker that serves a new connection has been told.
struct Told {
  std::string key;
  std::string directory;
  bool operator==(const Told&) const = default;
};
Told ask(const RunningMaster& server) {
  LineSource client = server.connect();
  client.next();
  const std::string answer = client.ask("state").value_or("");
  REQUIRE(answer.starts_with("cloak_key "));
  return {answer.substr(10, 64), answer.substr(answer.find("directory ") + 10)};
}

void reload(RunningMaster& server) {
  server.signal(SIGHUP);
  server.await("reloaded generation=");
  server.await("the master goes on as a new program");
}

// What a user without privileges is told of the folder, whoever runs the tests.
std::string told_unprivileged(const std::string& directory) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) < 0) _exit(1);
    const auto key = read_cloak_key(directory);
    const std::string told = key ? "good" : key.error().context;
    _exit(write(ends[1], told.data(), told.size()) < 0 ? 1 : 0);
  }
  writing.reset();
  waitpid(child, nullptr, 0);
  char buffer[1000];
  const ssize_t got = read(reading.get(), buffer, sizeof buffer);
  return {buffer, static_cast<size_t>(std::max<ssize_t>(got, 0))};
}

base::CloakKey key_of(uint8_t byte) {
  base::CloakKey key;
  key.fill(byte);
  return key;
}

}  // namespace

TEST_SUITE("master/state_directory") {
  TEST_CASE("the configured folder counts, else systemd's first, else there is none") {
    conf::Config config;
    unsetenv("STATE_DIRECTORY");
    CHECK(master::state_directory(config).empty());
    setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
    CHECK(master::state_directory(config) == "/var/lib/a");
    setenv("STATE_DIRECTORY", "/var/lib/a", 1);
    CHECK(master::state_directory(config) == "/var/lib/a");
    config.state_directory = "/s";
    CHECK(master::state_directory(config) == "/s");
    unsetenv("STATE_DIRECTORY");
    CHECK(master::state_directory(config) == "/s");
  }

  TEST_CASE("a folder without a key keeps the first that comes, for its owner's eyes") {
    const Folder folder;
    CHECK_FALSE(read_cloak_key(folder.path()).value());
    CHECK(keep_cloak_key(folder.path(), key_of(1)).value() == key_of(1));
    CHECK(keep_cloak_key(folder.path(), key_of(2)).value() == key_of(1));
    CHECK(read_cloak_key(folder.path()).value() == key_of(1));
    CHECK(base::read_file(folder.key_file(), 1000).value() == base::to_hex(key_of(1)) + "\n");
    struct stat status {};
    REQUIRE(stat(folder.key_file().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }

  TEST_CASE("without a folder every key is kept for as long as it is held") {
    CHECK(keep_cloak_key("", key_of(1)).value() == key_of(1));
    CHECK(keep_cloak_key("", key_of(2)).value() == key_of(2));
  }

  TEST_CASE("a file that holds no key is an error that names it, and stays as it is") {
    const Folder folder;
    for (const std::string& damaged :
         {std::string(), std::string("\n"), std::string(63, '0'), std::string(64, 'G'),
          std::string(64, '0') + "\n\n", std::string(100'000, '0'), std::string(64, '\0')}) {
      std::ofstream(folder.key_file()) << damaged;
      const auto kept = keep_cloak_key(folder.path(), key_of(1));
      REQUIRE_FALSE(kept);
      CHECK(kept.error().context.starts_with(folder.key_file() + ": "));
      CHECK(base::read_file(folder.key_file(), 1'000'000).value() == damaged);
    }
    std::ofstream(folder.key_file()) << "x";
    CHECK(read_cloak_key(folder.path()).error().code == base::Errc::corrupt);
    CHECK(read_cloak_key(folder.path()).error().context ==
          folder.key_file() + ": is no key of 64 lower-case hexadecimal digits");
  }

  TEST_CASE("a folder that is not there, and a file in its place, are errors") {
    const Folder folder;
    const std::string missing = folder.path() + "/no";
    CHECK(read_cloak_key(missing).error().context == missing + ": No such file or directory");
    CHECK_FALSE(keep_cloak_key(missing, key_of(1)));
    std::ofstream(folder.path() + "/file") << "x";
    CHECK_FALSE(read_cloak_key(folder.path() + "/file"));
  }

  TEST_CASE("a folder that cannot be written to is an error, with a key in it too") {
    const Folder folder;
    for (const bool has_key : {false, true}) {
      CAPTURE(has_key);
      if (has_key) std::ofstream(folder.key_file()) << std::string(64, '0') << "\n";
      chmod(folder.path().c_str(), 0555);
      CHECK(told_unprivileged(folder.path()) == folder.path() + ": Permission denied");
      chmod(folder.path().c_str(), 0777);
      CHECK(told_unprivileged(folder.path()) == "good");
    }
  }

  TEST_CASE("without a folder all workers have one key for as long as the server runs") {
    unsetenv("STATE_DIRECTORY");
    RunningMaster server(config_in(""), "");
    const int pid = RunningMaster::number(server.await("worker ready"), "pid");
    server.await("banterd ready");
    const Told told = ask(server);
    CHECK(base::cloak_key_from_hex(told.key));
    CHECK(told.directory.empty());
    kill(pid, SIGKILL);
    server.await("worker died");
    server.await("worker ready");
    for (int i = 0; i < 4; ++i) CHECK(ask(server) == told);
    for (int i = 0; i < 2; ++i) {
      reload(server);
      CHECK(ask(server) == told);
    }
    RunningMaster other(config_in(""), "");
    other.await("banterd ready");
    CHECK(ask(other).key != told.key);
  }

  TEST_CASE("with a folder the key outlives the server") {
    const Folder folder;
    std::string key;
    for (int run = 0; run < 2; ++run) {
      RunningMaster server(config_in(folder.path()), "");
      server.await("banterd ready");
      const Told told = ask(server);
      CHECK(told.directory == folder.path());
      CHECK(told.key + "\n" == base::read_file(folder.key_file(), 1000).value());
      if (run > 0) CHECK(told.key == key);
      key = told.key;
    }
  }

  TEST_CASE("a folder that a reload brings gets the key there is, or brings its own") {
    unsetenv("STATE_DIRECTORY");
    const Folder fresh;
    const Folder used;
    REQUIRE(keep_cloak_key(used.path(), key_of(7)));
    RunningMaster server(config_in(""), "");
    server.await("banterd ready");
    const std::string first = ask(server).key;
    server.configure(config_in(fresh.path()));
    reload(server);
    CHECK(ask(server) == Told{first, fresh.path()});
    CHECK(base::to_hex(**read_cloak_key(fresh.path())) == first);
    server.configure(config_in(used.path()));
    reload(server);
    CHECK(ask(server) == Told{base::to_hex(key_of(7)), used.path()});
  }

  TEST_CASE("a folder gets no key by a reload that fails, however late") {
    unsetenv("STATE_DIRECTORY");
    const Folder folder;
    RunningMaster server(config_in(""), "");
    server.await("banterd ready");
    const std::string first = ask(server).key;
    server.configure(config_in(folder.path()));
    for (const std::string step : {"check", "listen", "start", "pipes"}) {
      CAPTURE(step);
      server.fail(step);
      server.signal(SIGHUP);
      server.await("reload failed");
      CHECK(fs::is_empty(folder.path()));
    }
    reload(server);
    CHECK(base::to_hex(**read_cloak_key(folder.path())) == first);
  }

  TEST_CASE("with a damaged key a reload is refused, and a start is") {
    unsetenv("STATE_DIRECTORY");
    const Folder folder;
    std::ofstream(folder.key_file()) << "damaged";
    RunningMaster server(config_in(""), "");
    server.await("banterd ready");
    server.configure(config_in(folder.path()));
    server.signal(SIGHUP);
    const std::string place = "test:1:" + std::to_string(config_in("").find("null") + 1);
    server.await("reload refused: " + place + ": " + folder.key_file() + ": is no key");
    server.await("reload failed step=check");
    RunningMaster other(config_in(folder.path()), "");
    other.await(folder.key_file() + ": is no key");
    CHECK(other.wait() == ipc::exit_cannot_start);
  }
}
