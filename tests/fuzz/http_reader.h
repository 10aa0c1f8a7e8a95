// A Reader of HTTP and WebSocket: whole answers, then whole frames of a server, each line in them
// as IRC has it, and nothing behind a close that is sent with it.
#pragma once

#include <string>
#include <string_view>

#include "tests/fuzz/irc_reader.h"
#include "worker/protocol/http/message.h"

namespace banterd::fuzz {

class HttpReader final : public Reader {
 public:
  void take(std::string_view bytes) override;
  void on_taken(std::string_view unit) override;
  void on_answered() override { irc_.on_answered(); }
  void check_rooms(const Rooms& rooms) const override { irc_.check_rooms(rooms); }

 private:
  void take_answer(std::string_view answer);
  void take_frame(worker::http::Opcode opcode, std::string_view payload);

  bool open_ = false;
  bool closed_ = false;
  IrcReader irc_;
  worker::http::MessageReader said_;  // by him
};

}  // namespace banterd::fuzz
