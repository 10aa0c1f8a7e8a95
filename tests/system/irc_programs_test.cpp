// Real IRC clients in the same room as people with nc: irssi and WeeChat join, talk, see what
// happens, stay over a reload and come back after a restart.
#include "tests/support/irc_programs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

// One of the programs, whose person is called prue, and how it words what happens.
struct Kind {
  std::string name;
  std::function<std::unique_ptr<IrcProgram>(uint16_t port)> start;
  std::string topic_set;
  std::string kicked;
};

const std::vector<Kind> kKinds = {
    {"irssi", [](uint16_t port) { return std::make_unique<Irssi>(port, "prue"); },
     "ann changed the topic of #dev to: engines", "prue was kicked from #dev by ann"},
    {"WeeChat", [](uint16_t port) { return std::make_unique<WeeChat>(port, "prue"); },
     "ann has changed topic for #dev from \"welcome here\" to \"engines\"", "ann has kicked prue"},
};

// Of each program a test of its own.
std::optional<Kind> chosen_kind() {
  std::optional<Kind> chosen;
  for (const Kind& kind : kKinds) {
    SUBCASE(kind.name.c_str()) { chosen = kind; }
  }
  return chosen;
}

ServerConfig reloadable(int workers) {
  ServerConfig config = irc_config(workers);
  config.own_copy = true;
  return config;
}

// ann, an operator of #dev by a test's own IRC client, and carl on a line are there before prue.
struct Company {
  Server server;
  ClientGroup lines{server};
  IrcGroup group{server};
  LineClient& carl;
  IrcClient& ann;
  std::unique_ptr<IrcProgram> prue;

  explicit Company(const Kind& kind, const ServerConfig& config = irc_config(3))
      : server(config), carl(lines.enter("carl")), ann(group.enter("ann")) {
    ann.ask("JOIN #dev");
    ann.ask("TOPIC #dev :welcome here");
    carl.say("/join #dev");
    carl.fence();
    prue = kind.start(server.port(1));
    ann_hears("JOIN #dev");
    carl.expect("* prue joined #dev");
    REQUIRE(prue->shows("welcome here"));
  }
  void ann_hears(const std::string& what, const std::string& nick = "prue",
                 std::source_location caller = std::source_location::current()) {
    ann.until(
        [&](const std::string& line) {
          return line.starts_with(":" + nick + "!") && line.ends_with(" " + what);
        },
        nick + " " + what, caller);
  }
  void check_they_talk(const std::string& about) {
    prue->type("what of " + about + "?");
    ann_hears("PRIVMSG #dev :what of " + about + "?");
    carl.expect("<prue> what of " + about + "?");
    ann.say("PRIVMSG #dev :all about " + about);
    CHECK(prue->shows("all about " + about));
  }
};

}  // namespace

TEST_SUITE("system/irc_programs") {
  TEST_CASE("it joins, talks, and shows topics, modes, nicks, joins, parts and kicks") {
    const auto kind = chosen_kind();
    if (!kind) return;
    Company company(*kind);
    IrcProgram& prue = *company.prue;
    company.check_they_talk("tea");
    company.carl.say("said on a line");
    CHECK(prue.shows("said on a line"));
    company.carl.say("/me waves from a line");
    CHECK(prue.shows("carl waves from a line"));
    prue.type("/me waves back");
    company.ann_hears(
        "PRIVMSG #dev :\x01"
        "ACTION waves back\x01");
    company.carl.expect("* prue waves back");
    prue.type("/msg carl only for you");
    company.carl.expect("[private] <prue> only for you");

    company.ann.say("TOPIC #dev :engines");
    CHECK(prue.shows(kind->topic_set));
    company.ann.say("MODE #dev +v prue");
    CHECK(prue.shows("[+v prue] by ann"));
    company.ann.say("MODE #dev +b evil!*@*");
    CHECK(prue.shows("[+b evil!*@*] by ann"));
    company.carl.say("/nick karl");
    CHECK(prue.shows("is now known as karl"));
    IrcClient& guest = company.group.enter("guest");
    guest.say("JOIN #dev");
    CHECK(prue.shows("has joined #dev"));
    guest.say("PART #dev :for lunch");
    CHECK(prue.shows("for lunch"));
    guest.say("JOIN #dev");
    guest.say("QUIT :for good");
    CHECK(prue.shows("for good"));

    prue.type("/nick prudence");
    company.ann_hears("NICK prudence");
    prue.type("/nick prue");
    company.ann_hears("NICK prue", "prudence");
    company.ann.say("MODE #dev +o prue");
    CHECK(prue.shows("[+o prue] by ann"));
    prue.type("/topic a topic of prue's");
    company.carl.expect("* prue set the topic of #dev: a topic of prue's");
    prue.type("/kick karl enough");
    company.carl.expect("* karl was put out of #dev by prue (enough)");
    company.carl.say("/join #dev");

    company.ann.say("KICK #dev prue :out");
    CHECK(prue.shows(kind->kicked));
    prue.type("/join #dev");
    company.ann_hears("JOIN #dev");
    company.check_they_talk("coffee");
    prue.type("/quit so long");
    company.ann_hears("QUIT :Quit: so long");
  }

  TEST_CASE("it stays connected over SIGHUP, with other binaries and other numbers of workers") {
    const auto kind = chosen_kind();
    if (!kind) return;
    Company company(*kind, reloadable(2));
    company.check_they_talk("tea");
    for (const int workers : {3, 5, 2}) {
      company.server.configure(reloadable(workers));
      // Builds whose exports differ, back and forth.
      company.server.replace_binary(workers == 5 ? BANTERD_BINARY : BANTERD_OLDER_BINARY);
      REQUIRE(company.server.reload());
      company.check_they_talk("reload " + std::to_string(workers));
    }
    CHECK(with_command("QUIT", company.ann.heard()).empty());
    CHECK(containing(company.ann.ask("NAMES #dev"), "prue").size() == 1);
  }

  TEST_CASE("it comes back by itself after the server was stopped and started again") {
    const auto kind = chosen_kind();
    if (!kind) return;
    std::optional<Company> company(std::in_place, *kind);
    company->check_they_talk("tea");
    const auto port = std::to_string(company->server.port(1));
    CHECK(company->server.stop().status == 0);
    const std::unique_ptr<IrcProgram> prue = std::move(company->prue);
    company.reset();
    ServerConfig config = irc_config(3);
    config.listeners =
        R"([{"protocol": "line", "port": 0}, {"protocol": "irc", "port": )" + port + "}]";
    Server server(config);
    ClientGroup lines(server);
    IrcGroup group(server);
    LineClient& carl = lines.enter("carl");
    carl.say("/join #dev");
    carl.fence();
    // Who is in the room sees also those who are invisible, as irssi's people are.
    IrcClient& ann = group.enter("ann");
    ann.ask("JOIN #dev");
    CHECK(server.loop().poll_until(
        [&] { return !containing(ann.ask("NAMES #dev"), "prue").empty(); }));
    carl.say("welcome back");
    CHECK(prue->shows("welcome back"));
    prue->type("here again");
    carl.expect("<prue> here again");
  }
}

}  // namespace banterd::tests
