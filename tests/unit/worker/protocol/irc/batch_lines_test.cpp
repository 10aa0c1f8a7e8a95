#include "worker/protocol/irc/batch_lines.h"

#include <doctest/doctest.h>

#include <string>

#include "worker/protocol/irc/message.h"

using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

std::string tagged(std::string_view line, std::string_view tag) {
  std::string out;
  with_tag(out, line, tag);
  return out;
}

std::string labelled(std::string_view lines, std::string_view label = "abc",
                     const ReplyTo& to = kAnn) {
  std::string out;
  label_lines(out, to, lines, label, "r1");
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/batch_lines") {
  TEST_CASE("a tag is put in front of those that a line has") {
    CHECK(tagged(":s PING\r\n", "label=abc") == "@label=abc :s PING\r\n");
    CHECK(tagged("@time=t;bot :s PING\r\n", "label=abc") == "@label=abc;time=t;bot :s PING\r\n");
    CHECK(tagged("PING :a @b\r\n", "a") == "@a PING :a @b\r\n");
  }

  TEST_CASE("with one tag too many the last ones of a line are left out") {
    const std::string had = "a=" + std::string(kMaxTagBytes - 2 - 2 - 4, 'x');
    const std::string line = "@" + had + ";b :s PING\r\n";
    CHECK(tagged(line, "c") == "@c;" + had + ";b :s PING\r\n");
    CHECK(tagged(line, "cc") == "@cc;" + had + " :s PING\r\n");
    CHECK(tagged(line, "cccccc") == "@cccccc :s PING\r\n");
  }

  TEST_CASE("a batch has its type and what belongs to that, and ends by its name") {
    std::string out;
    append_batch_start(out, kAnn, "r1", "chathistory", {"#dev"});
    append_batch_end(out, kAnn, "r1");
    CHECK(out == ":irc.test BATCH +r1 chathistory #dev\r\n:irc.test BATCH -r1\r\n");
  }

  TEST_CASE("tags of a batch's start come before those of the reply") {
    std::string out;
    const ReplyTo to{.server = "irc.test", .nick = "ann", .tags = "batch=outer"};
    append_batch_start(out, to, "r1", "x", {}, "label=abc");
    append_batch_end(out, to, "r1");
    CHECK(out ==
          "@label=abc;batch=outer :irc.test BATCH +r1 x\r\n@batch=outer :irc.test BATCH -r1\r\n");
  }

  TEST_CASE("a command without an answer gets an ACK with its label") {
    CHECK(labelled("") == "@label=abc :irc.test ACK\r\n");
    CHECK(labelled("", "a\\:b\\sc\\\\") == "@label=a\\:b\\sc\\\\ :irc.test ACK\r\n");
  }

  TEST_CASE("an answer of one line has the label, and no batch") {
    CHECK(labelled(":s PONG s :x\r\n") == "@label=abc :s PONG s :x\r\n");
    CHECK(labelled("@time=t :s PONG s :x\r\n", "a\\sb") == "@label=a\\sb;time=t :s PONG s :x\r\n");
    CHECK(labelled("@batch=r0 :s PONG s :x\r\n") == "@label=abc;batch=r0 :s PONG s :x\r\n");
  }

  TEST_CASE("an answer of several lines is a batch whose start has the label") {
    CHECK(labelled(":s 1 a\r\n@time=t :s 2 a\r\n", "abc", {"irc.test", "ann", "time=now"}) ==
          "@label=abc;time=now :irc.test BATCH +r1 labeled-response\r\n"
          "@batch=r1 :s 1 a\r\n"
          "@batch=r1;time=t :s 2 a\r\n"
          "@time=now :irc.test BATCH -r1\r\n");
  }

  TEST_CASE("a batch within the answer is inside of the answer's, and keeps its lines") {
    CHECK(labelled(":s 1 a\r\n"
                   ":s BATCH +in chathistory #dev\r\n"
                   "@batch=in;time=t :s 2 a\r\n"
                   ":s BATCH -in\r\n") ==
          "@label=abc :irc.test BATCH +r1 labeled-response\r\n"
          "@batch=r1 :s 1 a\r\n"
          "@batch=r1 :s BATCH +in chathistory #dev\r\n"
          "@batch=in;time=t :s 2 a\r\n"
          "@batch=r1 :s BATCH -in\r\n"
          ":irc.test BATCH -r1\r\n");
  }

  TEST_CASE("an answer that is one batch has the label on its start, and no batch around it") {
    const std::string rest =
        "@batch=in :s 1 a\r\n"
        "@batch=in :s BATCH +deep x\r\n"
        "@batch=deep :s 2 a\r\n"
        "@batch=in :s BATCH -deep\r\n"
        ":s BATCH -in\r\n";
    CHECK(labelled("@msgid=1 :a!a@a BATCH +in draft/multiline #dev\r\n" + rest) ==
          "@label=abc;msgid=1 :a!a@a BATCH +in draft/multiline #dev\r\n" + rest);
    CHECK(labelled(":s BATCH +in x\r\n:s BATCH -in\r\n") ==
          "@label=abc :s BATCH +in x\r\n:s BATCH -in\r\n");
  }

  TEST_CASE("what only looks like one batch gets one around it") {
    for (const std::string lines : {
             ":s BATCH +a x\r\n:s BATCH -b\r\n",
             ":s BATCH +a x\r\n@batch=a :s 1 a\r\n",
             ":s BATCH +a x\r\n:s BATCH -a\r\n:s 1 a\r\n",
             ":s BATCH +a x\r\n:s BATCH -a\r\n@batch=b :s 1 a\r\n",
             ":s BATCH +a x\r\n:s BATCH -a\r\n:s BATCH +b x\r\n:s BATCH -b\r\n",
             ":s BATCH +a x\r\n:s 1 a\r\n:s BATCH -a\r\n",
             ":s BATCH -a\r\n:s BATCH +a x\r\n",
             ":s PRIVMSG +a\r\n:s BATCH -a\r\n",
             "@xbatch=a :s 1 a\r\n:s 2 a\r\n",
         }) {
      CAPTURE(lines);
      const std::string answer = labelled(lines);
      CHECK(answer.starts_with("@label=abc :irc.test BATCH +r1 labeled-response\r\n@batch=r1"));
      CHECK(answer.ends_with("\r\n:irc.test BATCH -r1\r\n"));
    }
  }

  TEST_CASE("exactly one line of a long answer has the label") {
    std::string lines;
    for (size_t i = 0; i < 20'000; ++i) lines += "@time=t :s 353 ann = #dev :x\r\n";
    const std::string answer = labelled(lines);
    CHECK(answer.find("label=") == 1);
    CHECK(answer.rfind("label=") == 1);
    CHECK(answer.size() > lines.size() + 20'000 * std::string_view("batch=r1;").size());
  }
}
