// G2 and G3 for HTTP and WebSocket: SIGHUP moves every client, whatever he is in the middle of.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/half_sent.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"
#include "tests/support/web_client.h"

namespace banterd::tests {

namespace {

constexpr size_t kHttpListener = 2;

ServerConfig reloadable(int workers) {
  ServerConfig config = web_config(workers);
  config.own_copy = true;
  return config;
}

void reload_with(Server& server, int workers) {
  server.configure(reloadable(workers));
  REQUIRE(server.reload());
  REQUIRE(server.workers().size() == static_cast<size_t>(workers));
}

}  // namespace

TEST_SUITE("system/web_reload") {
  TEST_CASE("G3: half a request, half a frame and half a message move, each to its end") {
    Server server(reloadable(2));
    WebGroup group(server, server.port(kHttpListener));
    WebClient& asking = group.connect();
    asking.request("GET /health");
    asking.expect("ok");
    WebClient& framing = group.enter("framing", {}, "Sec-WebSocket-Protocol: binary.ircv3.net\r\n");
    HalfSent half_sent(asking, framing, group.enter("splitting"));
    WebClient& opening = group.connect();
    opening.open_socket("");
    opening.expect("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

    const int workers[] = {3, 1, 2, 2};
    for (size_t round = 0; round < std::size(workers); ++round) {
      half_sent.begin(1 + round * 3);
      reload_with(server, workers[round]);
      half_sent.finish();
    }
    opening.introduce("opening");
    opening.until([](const std::string& line) { return command_of(line) == "001"; }, "a welcome");
  }

  TEST_CASE("G2: talk from the web goes on through reloads, each line once and in order") {
    Server server(reloadable(3));
    IrcGroup irc_group(server);
    WebGroup group(server, server.port(kHttpListener));
    std::vector<IrcClient*> people;
    for (int i = 0; i < 6; ++i)
      people.push_back(&group.enter("web" + std::to_string(i), i % 2 == 0 ? "server-time" : ""));
    people.push_back(&irc_group.enter("irc"));
    for (IrcClient* one : people) one->ask("JOIN #a");
    settle(server.loop(), {people.begin(), people.end()});
    for (IrcClient* one : people) one->forget();

    constexpr int kLines = 300;
    const int workers[] = {2, 4, 3};
    int said = 0;
    for (const int count : workers) {
      server.configure(reloadable(count));
      server.signal(SIGHUP);
      for (int i = 0; i < kLines / 3; ++i, ++said) {
        for (size_t speaker = 0; speaker < 3; ++speaker)
          people[speaker]->say("PRIVMSG #a :" + std::to_string(said));
      }
      REQUIRE(server.wait_for_reload());
    }
    settle(server.loop(), {people.begin(), people.end()});
    Lines order;
    for (size_t listener = 3; listener < people.size(); ++listener) {
      Lines heard = with_command("PRIVMSG", without_tags(people[listener]->heard()));
      CHECK(heard.size() == 3 * kLines);
      if (order.empty()) order = heard;
      CHECK(heard == order);
    }
    for (int speaker = 0; speaker < 3; ++speaker) {
      const Lines his = containing(order, ":web" + std::to_string(speaker) + "!");
      REQUIRE(his.size() == kLines);
      for (int i = 0; i < kLines; ++i)
        CHECK(his[static_cast<size_t>(i)].ends_with(" " + std::to_string(i)));
    }
  }

  TEST_CASE("a worker that dies closes its web clients, and they can come back") {
    Server server(web_config(2));
    IrcGroup irc_group(server);
    WebGroup group(server, server.port(kHttpListener));
    WebClient& one = group.enter("one");
    WebClient& two = group.enter("two");
    one.ask("JOIN #a");
    two.ask("JOIN #a");
    one.stay();
    two.stay();
    const pid_t before = server.worker(0);
    server.kill_worker(0);
    server.wait_for_respawn(0, before);
    wait_for(
        server.loop(), [&] { return one.ended() != two.ended(); }, "the end of one of them");
    WebClient& left = one.ended() ? two : one;
    left.until([](const std::string& line) { return command_of(line) == "QUIT"; }, "the quit");
    WebClient& back = group.enter(one.ended() ? "one" : "two");
    CHECK(containing(back.ask("JOIN #a"), " 353 ").size() == 1);
    left.until([](const std::string& line) { return command_of(line) == "JOIN"; }, "the return");
  }
}

}  // namespace banterd::tests
