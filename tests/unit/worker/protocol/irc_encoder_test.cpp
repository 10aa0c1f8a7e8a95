#include "worker/protocol/irc/irc_encoder.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/chat/room_fixture.h"
#include "worker/message_id.h"
#include "worker/protocol/irc/message.h"

using namespace banterd;
using namespace banterd::worker;
using irc::Capability;
using irc::CapabilitySet;

namespace {

// 2023-11-15T18:41:52.345Z.
constexpr chat::TimeMs kTime = 1'700'073'712'345;
constexpr std::string_view kTimeTag = "time=2023-11-15T18:41:52.345Z";

chat::ProfilePtr person(uint64_t client, std::string_view nick, auto&& change) {
  auto profile = chat::make_profile(*chat::profile_of(client, nick));
  change(*profile);
  return profile;
}

// Without an account and not away; with all that a record can have.
const chat::ProfilePtr ann =
    person(1, "ann", [](chat::Profile& profile) { profile.realname = "Ann Example"; });
const chat::ProfilePtr bob = chat::profile_of(2, "Bob");
const chat::ProfilePtr robot = person(3, "robot", [](chat::Profile& profile) {
  profile.realname = "A Robot";
  profile.account = "machine";
  profile.away.make() = "recharging";
  profile.bot = true;
});

struct Told {
  chat::EventBody body;
  std::string_view room = "#dev";
  chat::ProfilePtr actor = ann;
  chat::ProfilePtr subject = nullptr;
  chat::ProfilePtr renewed = nullptr;
  uint64_t position = 0;
  bool past = false;
  std::string_view person = {};

  std::string to(CapabilitySet agreed) const {
    const chat::Event event{{}, {}, {}, kTime, std::nullopt, body};
    std::string out;
    irc::encoder_for(agreed).encode(
        {event, room, actor.get(), subject.get(), renewed.get(), position, past, person}, out);
    return out;
  }
  std::string id() const { return message_id(position, room.empty() ? person : room, kTime); }
};

// Every line begins with the tag of the time where all is agreed: checked and taken away here.
std::string without_time(std::string_view lines) {
  std::string rest;
  while (!lines.empty()) {
    const size_t end = lines.find("\r\n") + 2;
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end);
    REQUIRE(line.starts_with('@'));
    REQUIRE(line.substr(1, kTimeTag.size()) == kTimeTag);
    line.remove_prefix(1 + kTimeTag.size());
    if (line.starts_with(';')) {
      rest.append("@").append(line.substr(1));
    } else {
      rest.append(line.substr(1));
    }
  }
  return rest;
}

void check(const Told& told, const std::string& bare, const std::string& with_all) {
  CHECK(told.to({}) == bare);
  CHECK(without_time(told.to(CapabilitySet::all())) == with_all);
}
void check(const Told& told, const std::string& always) { check(told, always, always); }

chat::Said said(std::string text, chat::Kind kind = chat::Kind::message) {
  return {kind, std::move(text)};
}

// What Ann does to Bob alone.
Told to_bob(chat::EventBody body) {
  return {std::move(body), "", ann, nullptr, nullptr, 0, false, "Bob"};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 2);
  }
  return lines;
}

}  // namespace

TEST_SUITE("worker/protocol/irc_encoder") {
  TEST_CASE("what is said in a room is told with who said it") {
    check({said("hi there")}, ":ann!user@home.example PRIVMSG #dev :hi there\r\n");
    check({said("hi", chat::Kind::notice)}, ":ann!user@home.example NOTICE #dev :hi\r\n");
    check({said("waves", chat::Kind::action)},
          ":ann!user@home.example PRIVMSG #dev :\x01"
          "ACTION waves\x01\r\n");
    check({said("")}, ":ann!user@home.example PRIVMSG #dev :\r\n");
    check({said(":-) ok")}, ":ann!user@home.example PRIVMSG #dev ::-) ok\r\n");
  }

  TEST_CASE("what is said to one person has his nick as its target") {
    check(to_bob(said("psst")), ":ann!user@home.example PRIVMSG Bob :psst\r\n");
    check(to_bob(said("psst", chat::Kind::notice)), ":ann!user@home.example NOTICE Bob :psst\r\n");
  }

  TEST_CASE("what is said to a rank has the rank's sign before the room") {
    const std::pair<uint8_t, std::string_view> ranks[] = {
        {chat::voice, "+#dev"}, {chat::half_operator, "%#dev"}, {chat::room_operator, "@#dev"}};
    for (const auto& [rank, target] : ranks) {
      chat::Said to_rank = said("psst");
      to_rank.rank = rank;
      check({to_rank}, ":ann!user@home.example PRIVMSG " + std::string(target) + " :psst\r\n");
    }
  }

  TEST_CASE("tags of clients are for those who agreed on tags, alone or with a text") {
    chat::Said typing = said("", chat::Kind::tags);
    typing.tags = "+typing=active;+draft/x";
    CHECK(Told{typing}.to({}) == "");
    CHECK(Told{typing}.to({Capability::server_time}) == "");
    CHECK(Told{typing}.to({Capability::message_tags}) ==
          "@+typing=active;+draft/x :ann!user@home.example TAGMSG #dev\r\n");
    chat::Said reply = said("yes");
    reply.tags = "+draft/reply=7-abc";
    CHECK(Told{reply}.to({}) == ":ann!user@home.example PRIVMSG #dev :yes\r\n");
    CHECK(Told{reply}.to({Capability::message_tags}) ==
          "@+draft/reply=7-abc :ann!user@home.example PRIVMSG #dev :yes\r\n");
  }

  TEST_CASE(
      "a message of several lines is a batch, or one line after the other without the blank") {
    chat::Said several = said("one\n\ntwo goes on");
    several.lines = {{"one", false}, {"", false}, {"two", false}, {" goes on", true}};
    Told told{several};
    told.position = 7;
    CHECK(told.to({}) ==
          ":ann!user@home.example PRIVMSG #dev :one\r\n"
          ":ann!user@home.example PRIVMSG #dev :two\r\n"
          ":ann!user@home.example PRIVMSG #dev : goes on\r\n");
    const std::string source = " :ann!user@home.example ";
    const std::string batch = "@batch=" + told.id();
    CHECK(told.to({Capability::multiline, Capability::message_tags}) ==
          "@msgid=" + told.id() + source + "BATCH +" + told.id() + " draft/multiline #dev\r\n" +
              batch + source + "PRIVMSG #dev :one\r\n" +  //
              batch + source + "PRIVMSG #dev :\r\n" +     //
              batch + source + "PRIVMSG #dev :two\r\n" +  //
              batch + ";draft/multiline-concat" + source + "PRIVMSG #dev : goes on\r\n" +
              source.substr(1) + "BATCH -" + told.id() + "\r\n");
    // The id is the first line's.
    CHECK(told.to({Capability::message_tags})
              .starts_with("@msgid=" + told.id() + source + "PRIVMSG #dev :one\r\n:ann!"));
  }

  TEST_CASE("a long line of several is told in parts, none of them lost") {
    const std::string longest = std::string(300, 'a') + std::string(600, 'b');
    chat::Said several = said(longest + "\nend");
    several.lines = {{longest, false}, {"end", false}};
    Told told{several};
    told.position = 7;
    std::string together;
    for (const std::string& line : lines_of(told.to({Capability::multiline}))) {
      const irc::Parsed parsed = irc::parse(line, irc::kMaxTagBytes);
      REQUIRE(parsed);
      if (parsed.message.command != "PRIVMSG") continue;
      const bool joins = parsed.message.tags.value("draft/multiline-concat").has_value();
      if (!joins && !together.empty()) together += '\n';
      together += parsed.message.params[1];
    }
    CHECK(together == longest + "\nend");
  }

  TEST_CASE("what is taken back is told to those who agreed on it") {
    const std::string line = ":ann!user@home.example REDACT #dev 7-abc";
    CHECK(Told{chat::Redacted{"7-abc", ""}}.to({}) == "");
    CHECK(Told{chat::Redacted{"7-abc", ""}}.to({Capability::message_redaction}) == line + "\r\n");
    CHECK(Told{chat::Redacted{"7-abc", "a typo"}}.to({Capability::message_redaction}) ==
          line + " :a typo\r\n");
  }

  TEST_CASE("CTCP that is no action passes as it is") {
    check(to_bob(said("\x01VERSION\x01")),
          ":ann!user@home.example PRIVMSG Bob :\x01VERSION\x01\r\n");
    check(to_bob(said("\x01PING 1 2\x01", chat::Kind::notice)),
          ":ann!user@home.example NOTICE Bob :\x01PING 1 2\x01\r\n");
  }

  TEST_CASE("a text that is too long for one line is told in several, whole") {
    for (const chat::Kind kind : {chat::Kind::message, chat::Kind::notice, chat::Kind::action}) {
      std::string text;
      while (text.size() < 4000) text += "a word, \xe2\x82\xac 5; ";
      Told told{said(text, kind)};
      told.position = 7;
      const auto lines = lines_of(told.to({Capability::message_tags}));
      CHECK(lines.size() > 8);
      std::string together;
      for (const std::string& line : lines) {
        const irc::Parsed parsed = irc::parse(line, irc::kMaxTagBytes);
        REQUIRE(parsed);  // neither too long nor with half a character
        // One event has one id.
        CHECK(parsed.message.tags.empty() == (&line != &lines.front()));
        std::string_view part = parsed.message.params[1];
        if (kind == chat::Kind::action) {
          REQUIRE(
              part.starts_with("\x01"
                               "ACTION "));
          REQUIRE(part.ends_with('\x01'));
          part = part.substr(8, part.size() - 9);
        }
        together += part;
      }
      CHECK(together == text);
    }
  }

  TEST_CASE("a text of as many bytes as one line has room for is told in one") {
    for (const chat::Kind kind : {chat::Kind::message, chat::Kind::notice, chat::Kind::action}) {
      const size_t most = irc::said_bytes(ann->mask_bytes(), "#dev", kind);
      const std::string text = "a " + std::string(most - 2, 'x');
      const auto fits = lines_of(Told{said(text, kind)}.to({}));
      REQUIRE(fits.size() == 1);
      CHECK(fits[0].size() == irc::kMaxRestBytes);
      CHECK(lines_of(Told{said(text + "x", kind)}.to({})).size() == 2);
    }
  }

  TEST_CASE("names that fill a line leave room for a character at least") {
    CHECK(irc::said_bytes(600, "#dev", chat::Kind::message) == 4);
    const auto huge =
        person(9, "ann", [](chat::Profile& profile) { profile.host = std::string(600, 'h'); });
    CHECK(lines_of(Told{said("hi"), "#dev", huge}.to({})).size() == 1);
  }

  TEST_CASE("CTCP that is too long is cut, not split") {
    const std::string text = "\x01" + std::string(600, 'x') + "\x01";
    const auto lines = lines_of(Told{said(text)}.to({}));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].size() == irc::kMaxRestBytes);
    CHECK(lines[0].ends_with("x\x01"));
  }

  TEST_CASE("nobody puts a line of his own into another's") {
    check({said("a\r\nQUIT :b")}, ":ann!user@home.example PRIVMSG #dev :aQUIT :b\r\n");
    check({chat::Parted{std::string("x\n\0y", 4)}}, ":ann!user@home.example PART #dev :xy\r\n");
    check({chat::TopicSet{"t\r\nz", "ann"}}, ":ann!user@home.example TOPIC #dev :tz\r\n");
  }

  TEST_CASE("who comes is told, and with extended-join who he is") {
    check({chat::Joined{}}, ":ann!user@home.example JOIN #dev\r\n",
          ":ann!user@home.example JOIN #dev * :Ann Example\r\n");
    const Told told{chat::Joined{}, "#dev", robot};
    CHECK(told.to({Capability::extended_join}) ==
          ":robot!user@home.example JOIN #dev machine :A Robot\r\n");
    CHECK(told.to({Capability::away_notify}) ==
          ":robot!user@home.example JOIN #dev\r\n:robot!user@home.example AWAY :recharging\r\n");
    check(told, ":robot!user@home.example JOIN #dev\r\n",
          "@account=machine;bot :robot!user@home.example JOIN #dev machine :A Robot\r\n"
          "@account=machine;bot :robot!user@home.example AWAY :recharging\r\n");
  }

  TEST_CASE("who goes is told") {
    check({chat::Parted{}}, ":ann!user@home.example PART #dev\r\n");
    check({chat::Parted{"for lunch"}}, ":ann!user@home.example PART #dev :for lunch\r\n");
    check({chat::HasQuit{}, ""}, ":ann!user@home.example QUIT :\r\n");
    check({chat::HasQuit{"to sleep"}, ""}, ":ann!user@home.example QUIT :to sleep\r\n");
    check({chat::SlotLost{}, "", nullptr, bob}, ":Bob!user@home.example QUIT :connection lost\r\n");
  }

  TEST_CASE("a kick is told, with the nick of who kicks for want of a reason") {
    check({chat::Kicked{bob->client, "much noise"}, "#dev", ann, bob},
          ":ann!user@home.example KICK #dev Bob :much noise\r\n");
    check({chat::Kicked{bob->client, ""}, "#dev", ann, bob},
          ":ann!user@home.example KICK #dev Bob :ann\r\n");
  }

  TEST_CASE("a new nick is told to everybody") {
    check({chat::Renewed{}, "", ann, nullptr,
           person(1, "Anna", [](chat::Profile& p) { p.realname = "Ann Example"; })},
          ":ann!user@home.example NICK Anna\r\n");
  }

  TEST_CASE("another change of a record is told to those who asked for its kind") {
    const auto renewed = [](auto&& change) {
      Told told{chat::Renewed{}, ""};
      auto newer = chat::make_profile(*ann);
      newer->version = 1;
      change(*newer);
      told.renewed = newer;
      return told;
    };
    const auto only = [](const Told& told, Capability capability, const std::string& line) {
      CHECK(told.to({}) == "");
      CHECK(told.to({capability}) == line);
      CapabilitySet others = CapabilitySet::all();
      others.remove(capability);
      CHECK(told.to(others) == "");
    };
    only(renewed([](chat::Profile& p) { p.host = "cloak.example"; }), Capability::chghost,
         ":ann!user@home.example CHGHOST user cloak.example\r\n");
    only(renewed([](chat::Profile& p) { p.user = "other"; }), Capability::chghost,
         ":ann!user@home.example CHGHOST other home.example\r\n");
    only(renewed([](chat::Profile& p) { p.realname = "New Name"; }), Capability::setname,
         ":ann!user@home.example SETNAME :New Name\r\n");
    only(renewed([](chat::Profile& p) { p.away.make() = "gone fishing"; }), Capability::away_notify,
         ":ann!user@home.example AWAY :gone fishing\r\n");
    only(renewed([](chat::Profile& p) { p.account = "annie"; }), Capability::account_notify,
         ":ann!user@home.example ACCOUNT annie\r\n");
    check(renewed([](chat::Profile& p) { p.bot = p.server_operator = true; }), "");
  }

  TEST_CASE("who comes back, or logs out, is told of without a parameter, or with *") {
    auto newer = chat::make_profile(*robot);
    newer->away.drop();
    newer->account.clear();
    const Told told{chat::Renewed{}, "", robot, nullptr, newer};
    CHECK(told.to({Capability::away_notify}) == ":robot!user@home.example AWAY\r\n");
    CHECK(told.to({Capability::account_notify}) == ":robot!user@home.example ACCOUNT *\r\n");
  }

  TEST_CASE("each line about a record has its person as the lines before have left him") {
    auto newer = chat::make_profile(*ann);
    newer->nick = *chat::Nick::parse("Anna");
    newer->host = "cloak.example";
    newer->account = "annie";
    newer->realname = "Anna Example";
    newer->away.make() = "out";
    check({chat::Renewed{}, "", ann, nullptr, newer}, ":ann!user@home.example NICK Anna\r\n",
          ":ann!user@home.example NICK Anna\r\n"
          ":Anna!user@home.example CHGHOST user cloak.example\r\n"
          "@account=annie :Anna!user@cloak.example ACCOUNT annie\r\n"
          "@account=annie :Anna!user@cloak.example SETNAME :Anna Example\r\n"
          "@account=annie :Anna!user@cloak.example AWAY :out\r\n");
  }

  TEST_CASE("a topic that is set or taken away is told") {
    check({chat::TopicSet{"new plans", "ann"}}, ":ann!user@home.example TOPIC #dev :new plans\r\n");
    check({chat::TopicSet{"", "ann"}}, ":ann!user@home.example TOPIC #dev :\r\n");
  }

  TEST_CASE("modes are told in one line, each with its parameter") {
    check({chat::ModesSet{{{true, "m", "", {}},
                           {true, "o", "Bob", bob->client},
                           {true, "l", "5", {}},
                           {false, "s", "", {}},
                           {false, "b", "bad!*@*", {}},
                           {true, "k", "sesame", {}}},
                          "ann"}},
          ":ann!user@home.example MODE #dev +mol-sb+k Bob 5 bad!*@* sesame\r\n");
  }

  TEST_CASE("a mode has a parameter where clients expect one, and only there") {
    check({chat::ModesSet{{{false, "k", "guess", {}}, {false, "l", "5", {}}}, "ann"}},
          ":ann!user@home.example MODE #dev -kl *\r\n");
    check({chat::ModesSet{{{true, "v", "", bob->client}, {true, "i", "x", {}}}, "ann"}},
          ":ann!user@home.example MODE #dev +vi *\r\n");
  }

  TEST_CASE("modes that are too many for one line are told in several, none of them cut") {
    const auto changes_of = [](size_t count, const std::string& end) {
      chat::ModesSet modes;
      for (size_t i = 0; i < count; ++i)
        modes.changes.push_back({true, "b", std::to_string(i) + end, {}});
      return modes;
    };
    for (const std::string& end : {std::string("!*@*"), "!*@" + std::string(240, 'h')}) {
      const chat::ModesSet modes = changes_of(40, end);
      Told told{modes};
      told.position = 7;
      const auto lines = lines_of(told.to({Capability::message_tags}));
      std::vector<std::string> masks;
      for (const std::string& line : lines) {
        const irc::Parsed parsed = irc::parse(line, irc::kMaxTagBytes);
        REQUIRE(parsed);
        CHECK(parsed.message.tags.empty() == (&line != &lines.front()));
        const auto params = parsed.message.params.all();
        CHECK(params[1] == "+" + std::string(params.size() - 2, 'b'));
        masks.insert(masks.end(), params.begin() + 2, params.end());
      }
      REQUIRE(masks.size() == modes.changes.size());
      for (size_t i = 0; i < masks.size(); ++i) CHECK(masks[i] == modes.changes[i].argument);
    }
    chat::ModesSet flags;
    for (int i = 0; i < 400; ++i) flags.changes.push_back({i % 2 == 0, "m", "", {}});
    for (const std::string& line : lines_of(Told{flags}.to({}))) CHECK(irc::parse(line));
  }

  TEST_CASE("an invitation is told to whom it is for") {
    check(to_bob(chat::Invited{bob->client, "Bob", "#Dev"}),
          ":ann!user@home.example INVITE Bob #Dev\r\n");
  }

  TEST_CASE("an invitation is told to members who asked for that") {
    const Told told{chat::Invited{bob->client, "Bob", "#dev"}, "#dev", ann};
    check(told, "", ":ann!user@home.example INVITE Bob #dev\r\n");
    CHECK(told.to({Capability::invite_notify}) == ":ann!user@home.example INVITE Bob #dev\r\n");
  }

  TEST_CASE("what is between owners and workers is not told") {
    for (const chat::EventBody& body :
         {chat::EventBody(chat::Claimed{}), chat::EventBody(chat::Departing{}),
          chat::EventBody(chat::Released{}), chat::EventBody(chat::Refused{}),
          chat::EventBody(chat::Watching{}), chat::EventBody(chat::Unwatched{}),
          chat::EventBody(chat::Killed{}), chat::EventBody(chat::Banned{}),
          chat::EventBody(chat::Unbanned{})}) {
      check({body}, "");
    }
    check({chat::Renewed{}, ""}, "");
  }

  TEST_CASE("each tag is for those who agreed on it") {
    Told told{said("beep"), "#dev", robot};
    told.position = 7;
    const std::string line = " :robot!user@home.example PRIVMSG #dev :beep\r\n";
    CHECK(told.to({}) == line.substr(1));
    CHECK(told.to({Capability::server_time}) == "@" + std::string(kTimeTag) + line);
    CHECK(told.to({Capability::account_tag}) == "@account=machine" + line);
    CHECK(told.to({Capability::message_tags}) == "@msgid=" + told.id() + ";bot" + line);
    CHECK(told.to(CapabilitySet::all()) ==
          "@" + std::string(kTimeTag) + ";msgid=" + told.id() + ";account=machine;bot" + line);
  }

  TEST_CASE("the tags are those of whom the line is from") {
    check({chat::SlotLost{}, "", nullptr, robot},
          ":robot!user@home.example QUIT :connection lost\r\n",
          "@account=machine;bot :robot!user@home.example QUIT :connection lost\r\n");
    check({chat::Kicked{robot->client, "x"}, "#dev", ann, robot},
          ":ann!user@home.example KICK #dev robot :x\r\n");
  }

  TEST_CASE("the past is told as the present, with the time when it was and the same id") {
    Told told{said("hi")};
    told.position = 7;
    Told past = told;
    past.past = true;
    for (const CapabilitySet agreed : {CapabilitySet(), CapabilitySet::all()})
      CHECK(past.to(agreed) == told.to(agreed));
  }

  TEST_CASE("what is said to one person has an id by his nick, what has no position has none") {
    Told told = to_bob(said("psst"));
    CHECK(told.to({Capability::message_tags}) == ":ann!user@home.example PRIVMSG Bob :psst\r\n");
    told.position = 7;
    CHECK(told.to({Capability::message_tags}) ==
          "@msgid=" + message_id(7, "Bob", kTime) +
              " :ann!user@home.example PRIVMSG Bob :psst\r\n");
  }

  TEST_CASE(
      "what one room tells has an id, what somebody's rooms tell once between them has none") {
    auto newer = chat::make_profile(*ann);
    newer->nick = *chat::Nick::parse("Anna");
    const std::vector<std::pair<Told, bool>> table{
        {{said("hi")}, true},
        {{chat::Joined{}}, true},
        {{chat::Parted{}}, true},
        {{chat::TopicSet{"x", "ann"}}, true},
        {{chat::ModesSet{{{true, "m", "", {}}}, "ann"}}, true},
        {{chat::Kicked{}, "#dev", ann, bob}, true},
        {{chat::Invited{bob->client, "Bob", "#dev"}, "#dev", ann}, true},
        {{chat::Redacted{"7-abc", ""}}, true},
        {{chat::HasQuit{}, ""}, false},
        {{chat::SlotLost{}, "", nullptr, bob}, false},
        {{chat::Renewed{}, "", ann, nullptr, newer}, false},
    };
    for (const auto& [event, with_id] : table) {
      Told told = event;
      told.position = 7;
      INFO(chat::type_of(told.body));
      const std::string line = told.to(
          {Capability::message_tags, Capability::invite_notify, Capability::message_redaction});
      CHECK(line.starts_with("@msgid=" + told.id() + " ") == with_id);
      CHECK(line.starts_with('@') == with_id);
    }
  }

  TEST_CASE("an event without anybody behind it is from *") {
    check({said("hi"), "#dev", nullptr}, ":* PRIVMSG #dev :hi\r\n");
    check({chat::Joined{}, "#dev", nullptr}, ":* JOIN #dev\r\n");
    check({chat::Kicked{}, "#dev", nullptr}, ":* KICK #dev * :*\r\n");
    check({chat::Renewed{}, "", nullptr, nullptr, bob}, "");
  }

  TEST_CASE("an encoder adds to what is there") {
    const chat::Event event{{}, {}, {}, kTime, std::nullopt, said("hi")};
    std::string out = "before\r\n";
    irc::encoder_for({}).encode({event, "#dev", bob.get()}, out);
    CHECK(out == "before\r\n:Bob!user@home.example PRIVMSG #dev :hi\r\n");
  }

  TEST_CASE("times are written in UTC, to the millisecond") {
    CHECK(irc::server_time(kTime) == "2023-11-15T18:41:52.345Z");
    CHECK(irc::server_time(0) == "1970-01-01T00:00:00.000Z");
    CHECK(irc::server_time(951'782'400'007) == "2000-02-29T00:00:00.007Z");
    CHECK(irc::server_time(-1) == "1969-12-31T23:59:59.999Z");
  }

  TEST_CASE("sets that differ only in what makes no difference share one encoder") {
    const CapabilitySet time{Capability::server_time};
    CHECK(&irc::encoder_for(time) == &irc::encoder_for(time));
    CHECK(&irc::encoder_for({Capability::server_time, Capability::echo_message, Capability::batch,
                             Capability::labeled_response, Capability::cap_notify}) ==
          &irc::encoder_for(time));
    CHECK(&irc::encoder_for(CapabilitySet::all()) == &irc::encoder_for(irc::kEncodedCapabilities));
    CHECK(&irc::encoder_for({}) == &irc::encoder_for({Capability::multi_prefix}));
  }

  TEST_CASE("sets that differ in what makes a difference do not") {
    std::vector<const Encoder*> encoders{&irc::encoder_for({})};
    irc::kEncodedCapabilities.each([&](Capability capability) {
      for (const Encoder* other : encoders) CHECK(&irc::encoder_for({capability}) != other);
      encoders.push_back(&irc::encoder_for({capability}));
    });
    CHECK(encoders.size() == 12);
    // What was made first has not moved.
    CHECK(encoders.front() == &irc::encoder_for({}));
  }
}
