// The line from which a client's requests come, while they are not all met: his slot's next life
// takes it again (docs/architecture.md, "Keeping clients"). It cannot once the line has had an
// effect, unless all that it asks for is commands: then those that were sent already are left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker/protocol/protocol.h"

namespace banterd::worker {

// Something is said, and that is all.
[[nodiscard]] bool is_talk(const Request& request);

class UnfinishedLine {
 public:
  // ---- what happens, in this order, in a turn in which lines are taken ----
  // `amid`: its beginning was taken before.
  void begin(bool amid);
  // It asks for something; or an answer does, if no line is being taken.
  void on_request(const Request& request);
  // Something was done, or the client was told something.
  void on_effect() { effect_ = true; }
  // It has been taken: `line` lives until the turn ends. False when it was talk alone, which
  // changes nothing of what is known of the client: but what was unfinished before is so no more.
  bool end(std::string_view line);
  // `unmet`: there are requests that wait. True when that changes what is known of him.
  bool end_turn(bool unmet);

  // A command is met. True when an earlier life has sent it.
  bool on_command();
  // An earlier life has sent so many of those that come first.
  void skip_commands(uint32_t count) { skips_ = count; }
  // How many the next life is to leave out: those that this one had to and has not met yet, and, of
  // a line that is taken `again`, those that were sent.
  [[nodiscard]] uint32_t commands_to_skip(bool again) const {
    return skips_ + (again && flat_ ? met_ : 0);
  }
  // While requests wait: the line, as it came. Empty: it cannot be taken again.
  [[nodiscard]] std::string_view to_take_again() const {
    return flat_ || !effect_ ? std::string_view(line_) : std::string_view();
  }

 private:
  // Of the line that was taken last.
  bool taking_ = false;     // it is being taken
  bool flat_ = false;       // all that it asks for is commands to owners
  bool talks_ = false;      // all of these are talk
  bool effect_ = false;     // it has had one
  bool amid_ = false;       // its beginning was taken before
  bool asked_ = false;      // it has asked for anything
  uint32_t met_ = 0;        // commands of it that were sent
  uint32_t skips_ = 0;      // it is taken again, and so many of its commands were sent before
  std::string_view fresh_;  // the line, during his turn
  std::string line_;        // while its requests are not all met
};

}  // namespace banterd::worker
