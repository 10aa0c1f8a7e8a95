// What IRC clients are told beyond RFC 1459, each by what he has asked for: IRCv3's capabilities,
// client-only tags, labels, and messages to those with a status.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

// ann does things in #dev, new and old look on from other workers: new with all capabilities that
// tell of others, old with none.
struct Onlookers {
  Server server{irc_config(3)};
  IrcGroup group{server};
  IrcClient& ann;
  IrcClient& fresh;
  IrcClient& old;

  explicit Onlookers(std::string_view of_ann = "setname message-tags")
      : ann(group.enter("ann", of_ann)),
        fresh(group.enter("fresh",
                          "away-notify extended-join invite-notify setname chghost account-notify "
                          "account-tag message-tags")),
        old(group.enter("old")) {
    for (IrcClient* one : {&ann, &fresh, &old}) one->ask("JOIN #dev");
    group.start_afresh();
  }

  struct Seen {
    Lines fresh;
    Lines old;
  };
  // What they see of it, without tags.
  Seen see(std::string_view line) {
    ann.ask(line);
    return {without_tags(fresh.fence()), old.fence()};
  }
};

const std::string kAnn = ":ann!ann@127.0.0.1 ";

}  // namespace

TEST_SUITE("system/irc_capability") {
  TEST_CASE("away-notify, setname and extended-join tell who asked for them, and nobody else") {
    Onlookers seen;
    auto away = seen.see("AWAY :gone fishing");
    CHECK(away.fresh == Lines{kAnn + "AWAY :gone fishing"});
    CHECK(away.old == Lines{});
    auto part = seen.see("PART #dev");
    CHECK(part.fresh == Lines{kAnn + "PART #dev"});
    CHECK(part.old == part.fresh);
    auto name = seen.see("SETNAME :Ann the First");
    CHECK(name.fresh == Lines{});  // they share no room
    auto join = seen.see("JOIN #dev");
    CHECK(join.fresh == Lines{kAnn + "JOIN #dev * :Ann the First", kAnn + "AWAY :gone fishing"});
    CHECK(join.old == Lines{kAnn + "JOIN #dev"});
    auto back = seen.see("AWAY");
    CHECK(back.fresh == Lines{kAnn + "AWAY"});
    CHECK(back.old == Lines{});
    name = seen.see("SETNAME :Ann");
    CHECK(name.fresh == Lines{kAnn + "SETNAME Ann"});
    CHECK(name.old == Lines{});
    CHECK(containing(seen.old.ask("WHOIS ann"), " 311 old ann ann 127.0.0.1 * Ann").size() == 1);
  }

  TEST_CASE("who shares several rooms with somebody is told of his new record once") {
    Onlookers seen;
    for (IrcClient* one : {&seen.ann, &seen.fresh, &seen.old}) one->ask("JOIN #a,#b,#c,#d,#e,#f");
    seen.group.start_afresh();
    CHECK(seen.see("AWAY :x").fresh == Lines{kAnn + "AWAY x"});
    CHECK(seen.see("SETNAME :y").fresh == Lines{kAnn + "SETNAME y"});
    auto nick = seen.see("NICK anna");
    CHECK(nick.fresh == Lines{kAnn + "NICK anna"});
    CHECK(nick.old == Lines{kAnn + "NICK anna"});
    seen.ann.say("QUIT");
    seen.ann.until_end();
    CHECK(with_command("QUIT", seen.old.fence()).size() == 1);
    CHECK(with_command("QUIT", seen.fresh.fence()).size() == 1);
  }

  TEST_CASE("invite-notify tells the room's operators or members, the invited is told himself") {
    Onlookers seen;
    IrcClient& guest = seen.group.enter("guest");
    seen.ann.ask("MODE #dev +o fresh");
    seen.ann.ask("MODE #dev +o old");
    seen.group.start_afresh();
    auto invited = seen.see("INVITE guest #dev");
    CHECK(invited.fresh == Lines{kAnn + "INVITE guest #dev"});
    CHECK(invited.old == Lines{});
    CHECK(guest.fence() == Lines{kAnn + "INVITE guest #dev"});
    CHECK(with_command("443", seen.ann.ask("INVITE old #dev")).size() == 1);
    // Who is away is told of as such when he was invited, and else not.
    guest.ask("AWAY :asleep");
    const Lines away = seen.ann.ask("INVITE guest #dev");
    CHECK(with_command("341", away).size() == 1);
    CHECK(with_command("301", away).size() == 1);
    guest.ask("JOIN #dev");
    const Lines refused = seen.ann.ask("INVITE guest #dev");
    CHECK(with_command("443", refused).size() == 1);
    CHECK(with_command("301", refused).empty());
  }

  TEST_CASE("typing, reactions and replies reach those with message-tags, as they were") {
    Onlookers seen;
    seen.ann.ask("@+typing=active TAGMSG #dev");
    Lines heard = seen.fresh.fence();
    REQUIRE(heard.size() == 1);
    CHECK(without_tags(heard) == Lines{kAnn + "TAGMSG #dev"});
    CHECK(tag_of(heard[0], "+typing") == "active");
    CHECK(seen.old.fence() == Lines{});
    seen.ann.ask(
        "@+typing=done;+draft/reply=abc;+draft/react=\xf0\x9f\x91\x8d;time=x;evil PRIVMSG #dev "
        ":yes");
    heard = seen.fresh.fence();
    REQUIRE(heard.size() == 1);
    CHECK(tag_of(heard[0], "+draft/reply") == "abc");
    CHECK(tag_of(heard[0], "+draft/react") == "\xf0\x9f\x91\x8d");
    CHECK(tag_of(heard[0], "time") == std::nullopt);  // only the server may say that
    CHECK(tag_of(heard[0], "evil") == std::nullopt);
    REQUIRE(tag_of(heard[0], "msgid"));
    CHECK(seen.old.fence() == Lines{kAnn + "PRIVMSG #dev yes"});
    // To a person, and a value with escapes.
    seen.ann.ask("@+draft/x=a\\sb\\:c\\\\d TAGMSG fresh");
    heard = seen.fresh.fence();
    REQUIRE(heard.size() == 1);
    CHECK(tag_of(heard[0], "+draft/x") == "a\\sb\\:c\\\\d");
    // Without the capability TAGMSG does not exist, and tags are passed over.
    CHECK(with_command("421", seen.old.ask("@+typing=active TAGMSG #dev")).size() == 1);
    seen.old.ask("@+typing=active PRIVMSG #dev :hello");
    heard = seen.fresh.fence();
    REQUIRE(heard.size() == 1);
    CHECK(tag_of(heard[0], "+typing") == std::nullopt);
  }

  TEST_CASE("msgids are the same for all, and each has one of its own") {
    Onlookers seen;
    IrcClient& other = seen.group.enter("other", "message-tags server-time echo-message");
    other.ask("JOIN #dev");
    seen.group.start_afresh();
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) {
      const Lines echo = other.ask("PRIVMSG #dev :" + std::to_string(i));
      REQUIRE(echo.size() == 1);
      const auto id = tag_of(echo[0], "msgid");
      REQUIRE(id);
      CHECK(tag_of(echo[0], "time").value_or("").size() == 24);
      const Lines heard = seen.fresh.fence();
      REQUIRE(heard.size() == 1);
      CHECK(tag_of(heard[0], "msgid") == id);
      CHECK(tag_of(heard[0], "time") == std::nullopt);
      ids.push_back(*id);
    }
    std::ranges::sort(ids);
    CHECK(std::ranges::adjacent_find(ids) == ids.end());
  }

  TEST_CASE("echo-message gives back what one has said, with labels exactly what was asked") {
    Onlookers seen("echo-message message-tags labeled-response batch");
    IrcClient& ann = seen.ann;
    CHECK(without_tags(ann.ask("PRIVMSG #dev :hello")) == Lines{kAnn + "PRIVMSG #dev hello"});
    CHECK(without_tags(ann.ask("PRIVMSG old :psst")) == Lines{kAnn + "PRIVMSG old psst"});
    CHECK(without_tags(ann.ask("NOTICE #dev :note")) == Lines{kAnn + "NOTICE #dev note"});
    CHECK(without_tags(ann.ask("@+typing=active TAGMSG #dev")) == Lines{kAnn + "TAGMSG #dev"});
    Lines echo = ann.ask("@label=one PRIVMSG #dev :hey");
    REQUIRE(echo.size() == 1);
    CHECK(tag_of(echo[0], "label") == "one");
    // To himself: the echo and the message.
    echo = ann.ask("@label=two PRIVMSG ann :me");
    CHECK(with_command("PRIVMSG", echo).size() == 2);
    CHECK(containing(echo, "label=two").size() == 1);
    echo = ann.ask("@label=three PRIVMSG nobody :x");
    REQUIRE(echo.size() == 1);
    CHECK(without_tags(echo)[0] == ":banter.local 401 ann nobody :No such nick/channel");
    CHECK(tag_of(echo[0], "label") == "three");
    echo = ann.ask("@label=four NOTICE nobody :x");
    REQUIRE(echo.size() == 1);
    CHECK(command_of(echo[0]) == "ACK");
    CHECK(tag_of(echo[0], "label") == "four");
    echo = ann.ask("@label=five PONG x");
    CHECK(containing(echo, "label=five").size() == 1);
    echo = ann.ask("@label=six NAMES #dev");
    CHECK(command_of(echo.front()) == "BATCH");
    CHECK(tag_of(echo.front(), "label") == "six");
    CHECK(command_of(echo.back()) == "BATCH");
    CHECK(containing(echo, "label=").size() == 1);
    echo = ann.ask("@label=seven JOIN #x,#y,#x");
    CHECK(containing(echo, "label=seven").size() == 1);
    CHECK(with_command("366", echo).size() == 2);
    echo = ann.ask("@label=eight NICK anna");
    REQUIRE(echo.size() == 1);
    CHECK(tag_of(echo[0], "label") == "eight");
    // The others know nothing of labels.
    for (const std::string& line : seen.fresh.fence()) CHECK(tag_of(line, "label") == std::nullopt);
  }

  TEST_CASE("what others do meanwhile stands outside of a labelled answer") {
    Onlookers seen("message-tags labeled-response batch");
    for (int i = 0; i < 50; ++i) {
      seen.fresh.say("PRIVMSG #dev :noise");
      seen.ann.say("@label=l" + std::to_string(i) + " WHOIS fresh");
    }
    seen.group.settle({&seen.ann, &seen.fresh});
    size_t noise = 0;
    std::string open;
    size_t answers = 0;
    for (const std::string& line : seen.ann.heard()) {
      const std::string_view command = command_of(line);
      const std::string batch = tag_of(line, "batch").value_or("");
      if (command == "PRIVMSG") {
        ++noise;
        CHECK(batch.empty());
      } else if (command == "BATCH" && open.empty()) {
        open = line.substr(line.find('+') + 1);
        open = open.substr(0, open.find(' '));
        ++answers;
      } else if (command == "BATCH") {
        CHECK(line.ends_with("-" + open));
        open.clear();
      } else if (command != "PONG") {
        CHECK(batch == open);
      }
    }
    CHECK(noise == 50);
    CHECK(answers == 50);
  }

  TEST_CASE("LIST filters by ELIST's conditions, and rooms that are secret are not there") {
    Server server(irc_config(5));
    IrcGroup group(server);
    const auto people = group.enter_many("p", 4);
    for (size_t i = 0; i < people.size(); ++i) {
      for (size_t room = 0; room <= i; ++room) people[i]->ask("JOIN #room" + std::to_string(room));
    }
    people[3]->ask("JOIN #hidden");
    people[3]->ask("MODE #hidden +s");
    people[0]->ask("TOPIC #room0 :the topic");
    IrcClient& asker = group.enter("asker");
    const auto rooms = [&](const std::string& filter) {
      std::string names;
      for (const std::string& line : with_command("322", asker.ask("LIST " + filter)))
        names += line.substr(line.find('#'), line.find(' ', line.find('#')) - line.find('#')) + " ";
      return names;
    };
    CHECK(rooms("") == "#room0 #room1 #room2 #room3 ");
    CHECK(rooms(">1") == "#room0 #room1 #room2 ");
    CHECK(rooms("<3,>0") == "#room2 #room3 ");
    CHECK(rooms("#room1") == "#room1 ");
    CHECK(rooms("#room1,#room3") == "#room1 #room3 ");
    CHECK(rooms("*2") == "#room2 ");
    CHECK(rooms("!*room1") == "#room0 #room2 #room3 ");
    CHECK(rooms("C>60") == "");
    CHECK(rooms("C<60,#room*") == "#room0 #room1 #room2 #room3 ");
    CHECK(rooms("T<60") == "#room0 ");
    CHECK(rooms("#hidden") == "");
    const Lines line = with_command("322", asker.ask("LIST #room0"));
    CHECK(line == Lines{":banter.local 322 asker #room0 4 :the topic"});
    CHECK(containing(people[3]->ask("LIST #hidden"), " #hidden 1 ").size() == 1);
  }

  TEST_CASE("STATUSMSG reaches those of the status and above, and nobody else") {
    Onlookers seen;
    IrcClient& plain = seen.group.enter("plain");
    plain.ask("JOIN #dev");
    seen.ann.ask("MODE #dev +o fresh");
    seen.ann.ask("MODE #dev +v old");
    seen.group.start_afresh();
    plain.ask("PRIVMSG @#dev :to operators");
    CHECK(seen.ann.fence().size() == 1);
    CHECK(without_tags(seen.fresh.fence()) ==
          Lines{":plain!plain@127.0.0.1 PRIVMSG @#dev :to operators"});
    CHECK(seen.old.fence() == Lines{});
    plain.ask("NOTICE +#dev :to voices");
    CHECK(seen.old.fence() == Lines{":plain!plain@127.0.0.1 NOTICE +#dev :to voices"});
    CHECK(seen.fresh.fence().size() == 1);
    CHECK(plain.fence() == Lines{});
  }

  TEST_CASE("several targets each get it once, and too many are told") {
    Server server(irc_config(5));
    IrcGroup group(server);
    const auto people = group.enter_many("p", 22);
    for (IrcClient* one : people) one->ask("JOIN #dev");
    group.start_afresh();
    std::string targets;
    for (size_t i = 1; i < people.size(); ++i)
      targets += (targets.empty() ? "" : ",") + people[i]->nick();
    const Lines answer = people[0]->ask("PRIVMSG " + targets + " :all of you");
    CHECK(with_command("407", answer).size() == 1);
    for (size_t i = 1; i < 21; ++i) {
      CHECK(people[i]->fence() == Lines{people[0]->mask().insert(0, ":") + " PRIVMSG " +
                                        people[i]->nick() + " :all of you"});
    }
    CHECK(people[21]->fence() == Lines{});
    people[0]->ask("KICK #dev p1,p2,p3 :out");
    for (const size_t i : {1, 2, 3}) CHECK(with_command("KICK", people[i]->fence()).size() >= 1);
    CHECK(with_command("KICK", people[4]->fence()).size() == 3);
  }

  TEST_CASE("CHATHISTORY gives the same to all who ask, whichever worker they are with") {
    Server server(irc_config(5));
    IrcGroup group(server);
    const auto people =
        group.enter_many("p", 6, "message-tags server-time batch draft/chathistory");
    for (IrcClient* one : people) one->ask("JOIN #dev");
    std::vector<std::string> ids;
    for (int i = 0; i < 30; ++i)
      people[static_cast<size_t>(i) % people.size()]->ask("PRIVMSG #dev line" + std::to_string(i));
    group.start_afresh();
    const auto texts = [](const Lines& lines) {
      std::string found;
      for (const std::string& line : with_command("PRIVMSG", lines))
        found += line.substr(line.rfind("line") + 4) + " ";
      return found;
    };
    for (IrcClient* one : people) {
      const Lines latest = one->ask("CHATHISTORY LATEST #dev * 5");
      CHECK(texts(latest) == "25 26 27 28 29 ");
      const Lines lines = with_command("PRIVMSG", latest);
      const std::string first = "msgid=" + tag_of(lines[0], "msgid").value_or("");
      const std::string third = "msgid=" + tag_of(lines[2], "msgid").value_or("");
      CHECK(texts(one->ask("CHATHISTORY BEFORE #dev " + first + " 3")) == "22 23 24 ");
      CHECK(texts(one->ask("CHATHISTORY AFTER #dev " + third + " 10")) == "28 29 ");
      CHECK(texts(one->ask("CHATHISTORY AROUND #dev " + third + " 3")) == "26 27 28 ");
      CHECK(texts(one->ask("CHATHISTORY BETWEEN #dev " + first + " " + third + " 10")) == "26 ");
      CHECK(containing(one->ask("CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z "
                                "timestamp=2099-01-01T00:00:00.000Z 10"),
                       " CHATHISTORY TARGETS #dev ")
                .size() == 1);
    }
    IrcClient& stranger = group.enter("stranger", "message-tags batch draft/chathistory");
    CHECK(with_command("FAIL", stranger.ask("CHATHISTORY LATEST #dev * 5")).size() == 1);
  }

  TEST_CASE("MONITOR tells of who comes, goes and is renamed, on whichever worker") {
    Server server(irc_config(5));
    IrcGroup group(server);
    const auto watchers = group.enter_many("w", 5);
    for (IrcClient* one : watchers) {
      CHECK(one->ask("MONITOR + star,Moon") == Lines{":banter.local 731 " + one->nick() + " star",
                                                     ":banter.local 731 " + one->nick() + " Moon"});
    }
    IrcClient& star = group.enter("star");
    for (IrcClient* one : watchers)
      CHECK(one->fence() == Lines{":banter.local 730 " + one->nick() + " star!star@127.0.0.1"});
    star.ask("NICK moon");
    for (IrcClient* one : watchers) {
      Lines told = one->fence();
      std::ranges::sort(told);
      CHECK(told == Lines{":banter.local 730 " + one->nick() + " moon!star@127.0.0.1",
                          ":banter.local 731 " + one->nick() + " star"});
    }
    ClientGroup lines(server);
    lines.enter("star");
    for (IrcClient* one : watchers) {
      CHECK(one->fence() == Lines{":banter.local 730 " + one->nick() + " star!guest@127.0.0.1"});
    }
    star.say("QUIT");
    star.until_end();
    for (IrcClient* one : watchers) CHECK(with_command("731", one->fence()).size() == 1);
    watchers[0]->ask("MONITOR - star");
    lines.all()[0].say("/nick moon");
    lines.all()[0].fence();
    CHECK(with_command("730", watchers[0]->fence()).size() == 1);
    CHECK(with_command("731", watchers[1]->fence()).size() == 1);
  }
}

}  // namespace banterd::tests
