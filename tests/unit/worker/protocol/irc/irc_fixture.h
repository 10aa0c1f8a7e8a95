// An IRC client without a worker.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "tests/unit/worker/protocol/fake_session.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/message.h"

namespace banterd::worker::irc {

struct IrcFixture {
  FakeSession session;
  conf::Listener listener;
  IrcProtocol irc;

  explicit IrcFixture(const conf::Config& config = {})
      : irc(listener, configured(session, config)) {
    base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
    irc.on_open();
  }

  static FakeSession& configured(FakeSession& session, const conf::Config& config) {
    session.settings = config;
    return session;
  }

  // What he asks for by typing these lines, one after the other, each when the one before is done.
  std::string type(std::string_view lines) {
    std::string input(lines);
    std::string asked;
    input += "\r\n";
    while (!input.empty()) {
      const size_t taken = irc.take(input, false).bytes;
      REQUIRE(taken > 0);
      input.erase(0, taken);
      asked += session.meet();
    }
    return asked;
  }
  std::string sent() { return session.take_sent(); }
  // The commands and numbers of what he was sent since the last time.
  std::string numbers() {
    std::string all;
    const std::string text = sent();
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find("\r\n", begin);
      REQUIRE(end != std::string::npos);
      const Parsed parsed = parse(std::string_view(text).substr(begin, end - begin), kMaxTagBytes);
      REQUIRE(parsed);
      all.append(parsed.message.command).append(" ");
      begin = end + 2;
    }
    return all;
  }
  // What he is answered; he asks for nothing.
  std::string answer(std::string_view lines) {
    sent();
    CHECK(type(lines) == "");
    return sent();
  }
  std::string answer_numbers(std::string_view lines) {
    sent();
    CHECK(type(lines) == "");
    return numbers();
  }

  // His claim comes true.
  void enter(std::string_view nick) {
    session.self.nick = *chat::Nick::parse(nick);
    irc.on_entered();
    CHECK(session.meet() == "");
  }
  // Becomes Ann, with these capabilities, and has read what he was told.
  void come_in(const std::string& capabilities = "") {
    if (!capabilities.empty()) type("CAP REQ :" + capabilities);
    type("NICK ann\r\nUSER a 0 * :Ann Example\r\nCAP END");
    enter("ann");
    sent();
  }
  // With Bob (client 2), who is an operator there.
  void join(const std::string& room, uint8_t prefixes = 0) {
    chat::Room::Part part;
    part.head.emplace();
    part.members = {{session.self.client, chat::make_profile(session.self), {}, prefixes},
                    {chat::ClientId{2}, chat::profile_of(2, "bob"), {}, chat::room_operator}};
    session.put_room(room, part);
  }
  static Findings people(std::initializer_list<chat::ProfilePtr> profiles) {
    Findings found;
    for (const chat::ProfilePtr& profile : profiles)
      found.people.push_back({profile, {}, "192.0.2.9", 1'700'000'000'000, 60});
    return found;
  }
};

}  // namespace banterd::worker::irc
