// Reads what a client is sent, as he would, and requires of it what must always hold.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "conf/config.h"

namespace banterd::fuzz {

class Reader {
 public:
  virtual ~Reader() = default;
  // Some lines, each with its end.
  virtual void take(std::string_view lines) = 0;
  // What the client's protocol has taken at once is about to be answered; and all that it asked for
  // is done.
  virtual void on_taken(std::string_view unit) { static_cast<void>(unit); }
  virtual void on_answered() {}
  // Who is in each of the rooms that he is in, by folded names: so much he must know from the lines
  // that he was sent.
  using Rooms = std::map<std::string, std::set<std::string>>;
  virtual void check_rooms(const Rooms& rooms) const { static_cast<void>(rooms); }
};

// Of what a listener with that protocol sends.
std::unique_ptr<Reader> make_reader(conf::ProtocolName protocol);

}  // namespace banterd::fuzz
