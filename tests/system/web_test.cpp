// The http listener: pages, the WebSocket in the same rooms as all others, who may open one, and
// how it ends.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"
#include "tests/support/web_client.h"

namespace banterd::tests {

namespace {

constexpr size_t kHttpListener = 2;

uint16_t web_port(const Server& server) { return server.port(kHttpListener); }

// The lines of an answer's head, without those that change.
Lines head_of(WebClient& client, const std::string& status) {
  client.expect("HTTP/1.1 " + status);
  Lines head = client.until("");
  std::erase_if(head, [](const std::string& line) { return line.starts_with("Date: "); });
  return head;
}

bool has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

std::string value_in(const Lines& head, const std::string& name) {
  const Lines found = containing(head, name + ": ");
  return found.empty() ? "" : found.front().substr(name.size() + 2);
}

}  // namespace

TEST_SUITE("system/web") {
  TEST_CASE("the page is served, compressed for who takes that, and not again to who has it") {
    Server server(web_config(1));
    WebGroup group(server, web_port(server));
    WebClient& browser = group.connect();
    browser.request("GET /");
    const Lines page = head_of(browser, "200 OK");
    CHECK(has(page, "Content-Type: text/html; charset=utf-8"));
    CHECK(has(page, "X-Content-Type-Options: nosniff"));
    CHECK(has(page, "Referrer-Policy: no-referrer"));
    CHECK(containing(page, "Content-Security-Policy: default-src 'none'").size() == 1);
    CHECK(browser.next() == "<!doctype html>");

    WebClient& second = group.connect();
    second.request("HEAD /", "Accept-Encoding: gzip\r\n");
    const Lines compressed = head_of(second, "200 OK");
    CHECK(has(compressed, "Content-Encoding: gzip"));
    CHECK(std::stoul(value_in(compressed, "Content-Length")) <
          std::stoul(value_in(page, "Content-Length")));
    second.request("GET /", "If-None-Match: " + value_in(page, "ETag") + "\r\n");
    CHECK(value_in(head_of(second, "304 Not Modified"), "ETag") == value_in(page, "ETag"));
  }

  TEST_CASE("requests may be sent without waiting, and wrong ones have their answers") {
    Server server(web_config(2));
    WebGroup group(server, web_port(server));
    WebClient& client = group.connect();
    client.request("GET /health");
    client.request("DELETE /health");
    client.request("GET /../../etc/passwd");
    client.request("GET /ws");
    client.request("GET /health", "Connection: close\r\n");
    client.expect("HTTP/1.1 200 OK");
    client.expect("HTTP/1.1 405 Method Not Allowed");
    client.expect("HTTP/1.1 404 Not Found");
    client.expect("HTTP/1.1 426 Upgrade Required");
    client.expect("HTTP/1.1 200 OK");
    CHECK(client.until_end().back() == "ok");

    WebClient& irc = group.connect();
    irc.send("NICK anna\r\nUSER anna 0 * :Anna\r\n");
    irc.expect("HTTP/1.1 400 Bad Request");
    irc.until_end();
    WebClient& big = group.connect();
    big.request("GET /", "X: " + std::string(9000, 'x') + "\r\n");
    big.expect("HTTP/1.1 431 Request Header Fields Too Large");
    big.until_end();
    WebClient& posting = group.connect();
    posting.request("POST /", "Content-Length: 100000\r\n");
    posting.send(std::string(100000, 'x'));
    posting.expect("HTTP/1.1 413 Content Too Large");
    posting.until_end();  // in order, though all of that was sent
  }

  TEST_CASE("many requests whose answers are not read make the server read no more of them") {
    ServerConfig config = web_config(1);
    config.limits = R"({"send_queue_bytes": 65536})";
    Server server(config);
    WebGroup group(server, web_port(server));
    WebClient& greedy = group.connect();
    greedy.stop_reading();
    constexpr size_t kRequests = 20'000;  // some 60 MB of answers at least
    for (size_t i = 0; i < kRequests; ++i) greedy.request("GET /");
    WebClient& other = group.connect();
    other.request("GET /health", "Connection: close\r\n");
    CHECK(other.until_end().back() == "ok");
    size_t answers = 0;
    greedy.on_line([&](std::string_view line) { answers += line.starts_with("HTTP/1.1 200 OK"); });
    greedy.read_again();
    wait_for(
        server.loop(), [&] { return answers == kRequests || greedy.ended(); }, "all answers");
    CHECK(answers == kRequests);
  }

  TEST_CASE("who is slow with a request is told, who asks nothing is not") {
    ServerConfig config = web_config(1);
    config.limits = R"({"registration_timeout": 1})";
    Server server(config);
    WebGroup group(server, web_port(server));
    WebClient& slow = group.connect();
    WebClient& idle = group.connect();
    WebClient& unregistered = group.connect();
    slow.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-");
    unregistered.open_socket();
    slow.expect("HTTP/1.1 408 Request Timeout");
    slow.until_end();
    CHECK(idle.until_end() == Lines{});
    unregistered.expect("CLOSE 1000 Registration timed out");
    unregistered.until_end();
  }

  TEST_CASE("people on nc, on IRC and on the web meet in one room, in one order") {
    Server server(web_config(3));
    ClientGroup line_group(server);
    IrcGroup irc_group(server);
    WebGroup web_group(server, web_port(server));
    LineClient& nora = line_group.enter("nora");
    IrcClient& ivan = irc_group.enter("ivan");
    WebClient& wera = web_group.enter("wera");
    WebClient& bina = web_group.enter("bina", {}, "Sec-WebSocket-Protocol: binary.ircv3.net\r\n");
    ivan.ask("JOIN #lobby");
    bina.ask("JOIN #lobby");
    CHECK(containing(wera.ask("JOIN #lobby"), " 353 wera = #lobby :").size() == 1);
    line_group.start_afresh();
    settle(server.loop(), {&ivan, &wera, &bina});
    for (IrcClient* one : std::vector<IrcClient*>{&ivan, &wera, &bina}) one->forget();

    constexpr size_t kLines = 50;
    for (size_t i = 0; i < kLines; ++i) {
      nora.say("line " + std::to_string(i));
      for (IrcClient* one : std::vector<IrcClient*>{&ivan, &wera, &bina})
        one->say("PRIVMSG #lobby :line " + std::to_string(i) + " ü");
    }
    settle(server.loop(), {&nora, &ivan, &wera, &bina});
    const auto without = [](const Lines& lines, const std::string& nick) {
      Lines rest;
      for (const std::string& line : lines) {
        if (line.find(nick + "!") != 1) rest.push_back(line);
      }
      return rest;
    };
    const Lines of_ivan = ivan.heard();
    const Lines of_wera = wera.heard();
    const Lines of_bina = bina.heard();
    CHECK(of_ivan.size() >= 3 * kLines);
    CHECK(without(with_command("PRIVMSG", of_ivan), "wera") ==
          without(with_command("PRIVMSG", of_wera), "ivan"));
    CHECK(without(with_command("PRIVMSG", of_ivan), "bina") ==
          without(with_command("PRIVMSG", of_bina), "ivan"));
    CHECK(containing(nora.heard(), "<wera> line ").size() == kLines);

    wera.say("QUIT :bye");
    CHECK(wera.until_end().back() == "CLOSE 1000 Quit: bye");
    nora.expect("* wera quit (Quit: bye)");
  }

  TEST_CASE("what is no WebSocket ends it, and others see that person quit") {
    Server server(web_config(2));
    IrcGroup irc_group(server);
    WebGroup group(server, web_port(server));
    IrcClient& witness = irc_group.enter("witness");
    witness.ask("JOIN #a");
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {std::string("\x81\x01z", 3), "CLOSE 1002 a client's frame is not masked"},
        {masked_frame(0xC1, "a"), "CLOSE 1002 reserved bits are set"},
        {text_frame("\xff"), "CLOSE 1007 a text message is not UTF-8"},
        {text_frame(std::string(20000, 'x')), "CLOSE 1009 message too big"},
        {masked(Opcode::close, close_payload(4000, "mine")), "CLOSE 4000 "},
    };
    for (const auto& [bytes, told] : wrong) {
      CAPTURE(told);
      WebClient& odd = group.enter("odd");
      odd.ask("JOIN #a");
      odd.send(bytes);
      CHECK(odd.until_end().back() == told);
      witness.until([](const std::string& line) { return command_of(line) == "QUIT"; }, "QUIT");
    }
    WebClient& gone = group.enter("gone");
    gone.ask("JOIN #a");
    gone.leave();
    witness.until([](const std::string& line) { return command_of(line) == "QUIT"; }, "QUIT");
  }

  TEST_CASE("who reads pages is nobody, who has a WebSocket and no name is not known yet") {
    Server server(web_config(2));
    IrcGroup irc_group(server);
    WebGroup group(server, web_port(server));
    IrcClient& witness = irc_group.enter("witness");
    WebClient& reading = group.connect();
    reading.request("GET /health");
    reading.expect("ok");
    CHECK(containing(witness.ask("LUSERS"), " 253 ") == Lines{});
    WebClient& unnamed = group.connect();
    unnamed.open_socket();
    unnamed.expect("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(containing(witness.ask("LUSERS"), " 253 witness 1 :").size() == 1);
    unnamed.introduce("named");
    unnamed.until([](const std::string& line) { return command_of(line) == "001"; }, "a welcome");
    const Lines numbers = witness.ask("LUSERS");
    CHECK(containing(numbers, " 253 ") == Lines{});
    CHECK(containing(numbers, " 266 witness 2 2 :").size() == 1);
    WebClient& gone = group.connect();
    gone.open_socket();
    gone.expect("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    gone.send(masked(Opcode::close, ""));
    gone.until_end();
    CHECK(containing(witness.ask("LUSERS"), " 253 ") == Lines{});
  }

  TEST_CASE("pings of a WebSocket are answered") {
    Server server(web_config(1));
    WebGroup group(server, web_port(server));
    WebClient& client = group.enter("anna");
    client.send(masked(Opcode::ping, "are you there"));
    CHECK(client.next() == "WS-PONG are you there");
  }

  TEST_CASE("a page of another host opens no WebSocket, unless it is listed") {
    {
      Server server(web_config(1));
      WebGroup group(server, web_port(server));
      WebClient& foreign = group.connect();
      foreign.open_socket("Origin: https://evil.example\r\n");
      foreign.expect("HTTP/1.1 403 Forbidden");
      group.enter("own", {}, "Origin: http://localhost\r\n");
    }
    Server server(web_config(1, R"(, "origins": ["https://chat.example"])"));
    WebGroup group(server, web_port(server));
    group.enter("listed", {}, "Origin: https://chat.example\r\n");
    WebClient& own = group.connect();
    own.open_socket("Origin: http://localhost\r\n");
    own.expect("HTTP/1.1 403 Forbidden");
    group.enter("program");
  }

  TEST_CASE("what a trusted proxy says of an address is what K-lines and others see") {
    ServerConfig config = web_config(1, R"(, "trusted_proxies": ["127.0.0.0/8"])");
    config.more += an_operator();
    Server server(config);
    IrcGroup irc_group(server);
    WebGroup group(server, web_port(server));
    const std::string fields = "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n";
    WebClient& far = group.enter("far", {}, fields);
    IrcClient& witness = irc_group.enter("witness");
    CHECK(containing(witness.ask("WHOIS far"), " 311 witness far far 198.51.100.1 ").size() == 1);
    witness.ask("OPER operuser operpassword");
    witness.say("KLINE *@198.51.100.1 :spam");
    CHECK(far.until_end().back() == "CLOSE 1008 Banned: spam");
    WebClient& again = group.connect();
    again.open_socket(fields);
    again.enter_as("again");
    CHECK(again.until_end().back() == "CLOSE 1008 Banned: spam");
    group.enter("other", {}, "X-Forwarded-For: 198.51.100.2\r\n");
  }

  TEST_CASE("nobody else's word on an address counts") {
    Server server(web_config(1));
    IrcGroup irc_group(server);
    WebGroup group(server, web_port(server));
    group.enter("near", {}, "X-Forwarded-For: 198.51.100.1\r\nForwarded: for=198.51.100.1\r\n");
    IrcClient& witness = irc_group.enter("witness");
    CHECK(containing(witness.ask("WHOIS near"), " 311 witness near near 127.0.0.1 ").size() == 1);
  }

  TEST_CASE("a refused connection is told by a 503") {
    ServerConfig config = web_config(1);
    config.limits = R"({"max_connections_per_address": 1})";
    Server server(config);
    WebGroup group(server, web_port(server));
    WebClient& first = group.enter("first");
    WebClient& second = group.connect();
    second.expect("HTTP/1.1 503 Service Unavailable");
    CHECK(second.until_end().back() == "too many connections from your address");
    first.fence();
  }

  TEST_CASE("who connects too often is told by a 503 when he may again") {
    ServerConfig config = web_config(1);
    config.limits = R"({"connections_per_minute_per_address": 1})";
    Server server(config);
    WebGroup group(server, web_port(server));
    WebClient& first = group.enter("first");
    WebClient& second = group.connect();
    CHECK(value_in(head_of(second, "503 Service Unavailable"), "Retry-After") == "60");
    CHECK(second.until_end() == Lines{"your address connects too often: try again in a minute"});
    first.fence();
  }

  TEST_CASE("a shutdown is told by a close, by a 503 to who waits for an answer, else by nothing") {
    Server server(web_config(1));
    WebGroup group(server, web_port(server));
    WebClient& chatting = group.enter("anna");
    WebClient& asking = group.connect();
    WebClient& idle = group.connect();
    asking.request("GET /health");
    asking.expect("ok");
    asking.send("GET /he");
    idle.request("GET /health");
    idle.expect("ok");
    chatting.fence();  // the one worker has read the half by then
    CHECK(server.stop(SIGTERM).status == 0);
    const Lines told = chatting.until_end();
    CHECK(told == Lines{":banter.local NOTICE anna :*** Server is shutting down",
                        "ERROR :Server is shutting down", "CLOSE 1001 Server is shutting down"});
    CHECK(idle.until_end() == Lines{});
    asking.expect("HTTP/1.1 503 Service Unavailable");
    asking.until_end();
  }

  TEST_CASE("who does not read is cut off with a close behind a whole frame") {
    ServerConfig config = web_config(1);
    config.limits = R"({"send_queue_bytes": 65536, "messages_per_second": 1000000,
                        "message_burst": 1000000})";
    Server server(config);
    IrcGroup irc_group(server);
    WebGroup group(server, web_port(server));
    IrcClient& speaker = irc_group.enter("speaker");
    WebClient& slow = group.enter("slow");
    WebClient& witness = group.enter("witness");
    for (IrcClient* one : std::vector<IrcClient*>{&speaker, &slow, &witness}) one->ask("JOIN #a");
    slow.stop_reading();
    const std::string line = "PRIVMSG #a :" + std::string(400, 'x');
    constexpr size_t kMost = 10'000;  // rounds of 40 kB: no kernel holds so much for one connection
    for (size_t rounds = 0; server.count_in_log("client cut off") == 0; ++rounds) {
      REQUIRE(rounds < kMost);
      for (int i = 0; i < 100; ++i) speaker.say(line);
      speaker.fence();
      witness.fence();
    }
    slow.read_again();
    const Lines heard = slow.until_end();
    REQUIRE(heard.size() > 10);
    CHECK(heard.back() == "CLOSE 1008 you are cut off: you do not read what you are sent");
    CHECK(heard[heard.size() - 2] ==
          "ERROR :Closing link: you are cut off: you do not read what you are sent");
  }

  TEST_CASE("the http listener may be a Unix socket") {
    TemporaryFolder folder;
    const std::string path = (folder.path() / "http.sock").string();
    ServerConfig config = web_config(1);
    config.listeners.pop_back();
    config.listeners +=
        R"(, {"protocol": "http", "trusted_proxies": ["unix"], "unix": ")" + path + R"("}])";
    Server server(config);
    IrcGroup irc_group(server);
    WebClient client(server.loop(), Place{.unix_path = path});
    client.open_socket("X-Forwarded-For: 198.51.100.1\r\n");
    client.enter_as("anna");
    client.fence();
    IrcClient& witness = irc_group.enter("witness");
    CHECK(containing(witness.ask("WHOIS anna"), " 311 witness anna anna 198.51.100.1 ").size() ==
          1);
  }

  TEST_CASE("a password is asked for as on IRC") {
    ServerConfig config = web_config(1);
    config.more = R"(, "server": {"password": "sesame", "cloak_hosts": false})";
    Server server(config);
    WebGroup group(server, web_port(server));
    WebClient& wrong = group.connect();
    wrong.open_socket();
    wrong.enter_as("anna");
    CHECK(wrong.until_end().back() == "CLOSE 1000 Password incorrect");
    WebClient& right = group.connect();
    right.open_socket();
    right.expect("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    right.say("PASS sesame");
    right.introduce("anna");
    right.until([](const std::string& line) { return command_of(line) == "001"; }, "a welcome");
  }
}

}  // namespace banterd::tests
