#include "worker/protocol/irc/list_reply.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "worker/protocol/irc/message.h"

using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

std::string reply(const std::vector<std::string>& words, char separator = ' ',
                  const ReplyTo& to = kAnn) {
  std::string out;
  ListReply list(out, to, kRplNamReply, {"=", "#dev"}, separator);
  for (const std::string& word : words) list.add(word);
  list.finish();
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/list_reply") {
  TEST_CASE("no words make no line, a few make one") {
    CHECK(reply({}).empty());
    CHECK(reply({"bob"}) == ":irc.test 353 ann = #dev :bob\r\n");
    CHECK(reply({"bob", "@ann"}) == ":irc.test 353 ann = #dev :bob @ann\r\n");
    CHECK(reply({"bob", "ann"}, ',') == ":irc.test 353 ann = #dev :bob,ann\r\n");
  }

  TEST_CASE("a list that fills a line to the byte is one line, with one byte more it is two") {
    const size_t room = kMaxRestBytes - std::string_view(":irc.test 353 ann = #dev :").size();
    const std::string first(room - 4, 'x');
    CHECK(reply({first, "bob"}) == ":irc.test 353 ann = #dev :" + first + " bob\r\n");
    CHECK(reply({first, "bob"}).size() == kMaxRestBytes + 2);
    CHECK(reply({first + "x", "bob"}) ==
          ":irc.test 353 ann = #dev :" + first + "x\r\n:irc.test 353 ann = #dev :bob\r\n");
  }

  TEST_CASE("a reply that ends with a text has room for it in every line") {
    std::string out;
    ListReply list(out, kAnn, kErrMonListFull, {"100"}, ',');
    for (size_t i = 0; i < 100; ++i) list.add("nick" + std::to_string(i));
    list.finish();
    size_t lines = 0;
    for (size_t begin = 0; begin < out.size(); ++lines) {
      const size_t end = out.find("\r\n", begin);
      const std::string_view line = std::string_view(out).substr(begin, end - begin);
      CHECK(line.size() <= kMaxRestBytes);
      CHECK(line.ends_with(" :Monitor list is full."));
      begin = end + 2;
    }
    CHECK(lines == 2);
  }

  TEST_CASE("every line has the tags that are given, which need no room of the words") {
    const std::string tags = "label=" + std::string(600, 'x');
    const ReplyTo to{.server = "irc.test", .nick = "ann", .tags = tags};
    CHECK(reply({"a", "b"}, ' ', to) == "@" + tags + " :irc.test 353 ann = #dev :a b\r\n");
  }

  TEST_CASE("a word longer than a line has a line of its own, cut to it") {
    const std::string out = reply({"a", std::string(600, 'x'), "b"});
    CHECK(out.starts_with(":irc.test 353 ann = #dev :a\r\n:irc.test 353 ann = #dev :xxx"));
    CHECK(out.ends_with("xxx\r\n:irc.test 353 ann = #dev :b\r\n"));
  }
}
