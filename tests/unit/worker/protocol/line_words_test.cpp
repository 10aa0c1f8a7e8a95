#include "worker/protocol/line/line_words.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd;
using namespace banterd::worker;
using namespace banterd::worker::line;

namespace {

using Words = std::pair<std::string_view, std::string_view>;

std::string refused(chat::Refusal why, const chat::CommandBody& asked = chat::Say{}) {
  return refusal_line("#dev", asked, why);
}

}  // namespace

TEST_SUITE("worker/protocol/line_words") {
  TEST_CASE("the first word is split from the rest at the spaces between them") {
    CHECK(split_word("a b c") == Words("a", "b c"));
    CHECK(split_word("  a   b  c ") == Words("a", "b  c "));
    CHECK(split_word("a") == Words("a", ""));
    CHECK(split_word("a   ") == Words("a", ""));
    CHECK(split_word("") == Words("", ""));
    CHECK(split_word("   ") == Words("", ""));
  }

  TEST_CASE("what an IRC client begins with is told from what people say") {
    for (const char* line :
         {"CAP LS", "CAP LS 302", "CAP REQ :sasl", "PASS sesame", "PASS :open it",
          "USER ada 0 * :Ada Lovelace", "USER ada localhost 127.0.0.1 Ada"}) {
      CAPTURE(line);
      CHECK(begins_irc(line));
      CHECK_FALSE(is_irc_nick(line));
    }
    CHECK(is_irc_nick("NICK ada"));
    for (const char* line :
         {"", "CAP", "CAP that", "PASS", "PASS me the salt", "pass sesame", "PASSWORD x", "USER",
          "USER of the year", "NICK", "NICK is here", "nick ada", "NICKs ada", "hello"}) {
      CAPTURE(line);
      CHECK_FALSE(begins_irc(line));
      CHECK_FALSE(is_irc_nick(line));
    }
    CHECK_FALSE(begins_irc("NICK ada"));
  }

  TEST_CASE("the port of IRC is named where there is one") {
    conf::Config config = conf::defaults();
    CHECK(no_irc_text(config) == "IRC is not spoken here, but on port 6667");
    std::erase_if(config.listeners, [](const conf::Listener& listener) {
      return listener.protocol == conf::ProtocolName::irc;
    });
    CHECK(no_irc_text(config) == "IRC is not spoken here");
    conf::Listener irc;
    irc.protocol = conf::ProtocolName::irc;
    irc.unix_path = "/run/irc.sock";
    config.listeners.push_back(irc);
    CHECK(no_irc_text(config) == "IRC is not spoken here");
    irc.port = 6697;
    config.listeners.push_back(irc);
    CHECK(no_irc_text(config) == "IRC is not spoken here, but on port 6697");
  }

  TEST_CASE("a topic is shown with who set it, without control characters") {
    chat::RoomHead head;
    CHECK(topic_line("#dev", nullptr) == "! you are not in #dev\n");
    CHECK(topic_line("#dev", &head) == "* #dev has no topic\n");
    head.topic =
        "\x03"
        "4,2plans\x1b[31m";
    head.topic_author = "ann";
    CHECK(topic_line("#dev", &head) == "* The topic of #dev is: plans (set by ann)\n");
  }

  TEST_CASE("one person is, several people are") {
    CHECK(who_lines("#dev", {}) == "* 0 people are in #dev:\n");
    CHECK(who_lines("#dev", {chat::profile_of(1, "ann")}) == "* 1 person is in #dev: ann\n");
    CHECK(who_lines("#dev", {chat::profile_of(1, "ann"), chat::profile_of(2, "bob")}) ==
          "* 2 people are in #dev: ann bob\n");
  }

  TEST_CASE("people are shown in the order of their nicks, whoever came first") {
    const std::vector<chat::ProfilePtr> room = {
        chat::profile_of(1, "zoe"), chat::profile_of(2, "Bob"), chat::profile_of(3, "al")};
    CHECK(who_lines("#dev", room) == "* 3 people are in #dev: al Bob zoe\n");
  }

  TEST_CASE("many people are shown in lines of bounded length, all of them, all lines notices") {
    std::vector<chat::ProfilePtr> members;
    std::string names;
    for (uint64_t i = 0; i < 300; ++i) {
      const std::string nick = "nick" + std::to_string(1000 + i);
      members.push_back(chat::profile_of(i, nick));
      names += " " + nick;
    }
    const std::string text = who_lines("#dev", members);
    std::string joined;
    size_t begin = 0;
    size_t lines = 0;
    while (begin < text.size()) {
      const size_t end = text.find('\n', begin);
      const std::string line = text.substr(begin, end - begin);
      CHECK(line.size() < 500);
      const std::string head = lines++ == 0 ? "* 300 people are in #dev:" : "*  ";
      REQUIRE(line.starts_with(head));
      joined += line.substr(head.size());
      begin = end + 1;
    }
    CHECK(lines > 3);
    CHECK(joined == names);
  }

  TEST_CASE("a list of rooms has one line each and their number") {
    CHECK(rooms_lines({}) == "* 0 rooms in all\n");
    CHECK(rooms_lines({{.name = "#a", .members = 1, .topic = ""}}) ==
          "* #a 1 person\n* 1 room in all\n");
    CHECK(rooms_lines({{.name = "#a", .members = 0, .topic = ""},
                       {.name = "#b", .members = 2, .topic = "to\x07pic"}}) ==
          "* #a 0 people\n* #b 2 people: topic\n* 2 rooms in all\n");
  }

  TEST_CASE("rooms are listed in the order of their names, those that are secret not at all") {
    CHECK(rooms_lines({{.name = "#Z", .members = 1, .topic = ""},
                       {.name = "#b", .members = 1, .topic = "", .secret = true},
                       {.name = "#a", .members = 1, .topic = ""}}) ==
          "* #a 1 person\n* #Z 1 person\n* 2 rooms in all\n");
  }

  TEST_CASE("each refusal has its line, but that nothing changed") {
    using chat::Refusal;
    CHECK(refused(Refusal::nothing_changed) == "");
    CHECK(refused(Refusal::no_such_room) == "! you are not in #dev\n");
    CHECK(refused(Refusal::not_a_member) == "! you are not in #dev\n");
    CHECK(refusal_line("bob", chat::Say{}, Refusal::no_such_nick) == "! nobody is called bob\n");
    CHECK(refusal_line("bob", chat::Claim{}, Refusal::nick_in_use) ==
          "! somebody else is called bob\n");
    CHECK(refused(Refusal::target_not_there) == "! that person is not in #dev\n");
    CHECK(refused(Refusal::cannot_speak) == "! you may not speak in #dev\n");
    CHECK(refused(Refusal::need_operator, chat::SetTopic{}) ==
          "! only an operator of #dev may set its topic\n");
    CHECK(refused(Refusal::need_operator, chat::Kick{}) ==
          "! only an operator of #dev may do that\n");
    CHECK(refused(Refusal::invite_only) == "! #dev is open to invited people only\n");
    CHECK(refused(Refusal::wrong_key) == "! #dev needs a key: /join #dev KEY\n");
    CHECK(refused(Refusal::full) == "! #dev is full\n");
    CHECK(refused(Refusal::banned) == "! you are banned from #dev\n");
    CHECK(refused(Refusal::list_full) == "! that list of #dev is full\n");
    CHECK(refused(Refusal::invalid) == "! that cannot be done to #dev\n");
    for (size_t i = 1; i < names_of(Refusal{}).size(); ++i) {
      const std::string line = refused(static_cast<Refusal>(i));
      CHECK(line.starts_with("! "));
      CHECK(line.back() == '\n');
    }
  }
}
