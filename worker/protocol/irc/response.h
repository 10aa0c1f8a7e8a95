// What one client is answered: lines go out at once, unless the command that they answer has a
// label (IRCv3 "Labeled Responses"). Then they wait for the end of the command, when their number
// is known; only what he himself does in a room keeps its place among what others say there: it
// goes out at once, with the label if it is all of the answer, else in a batch that is open from
// then on.
//
//   no label ──begin()──► held ──event, the only answer──► answered ──end()──► no label
//                          │ └──event, one of several──► streaming ──end()──► no label
//                          └────────────────────────────────────────end()──►
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/lazy.h"
#include "worker/protocol/irc/numerics.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::irc {

class Response {
 public:
  // `session` outlives it.
  explicit Response(Session& session) : session_(session) {}

  // Handlers append their lines here; then flush().
  std::string& out() { return out_.make(); }
  // What they have appended and is not flushed, which is forgotten.
  std::string take();
  void flush();

  // `label` is escaped, as it came. `events`: how many things the command makes him do at most.
  void begin(std::string label, size_t events);
  [[nodiscard]] bool is_labelled() const { return state_ != State::none; }
  // What he did himself, and all that belongs to it.
  void send_event(std::string_view lines);
  void end();

 private:
  enum class State : uint8_t { none, held, answered, streaming };
  void start_batch();
  void send_in_batch(std::string_view lines);

  // Of a command with a label.
  struct Labelled {
    std::string label;
    std::string reference;
    size_t events = 0;
  };
  [[nodiscard]] ReplyTo sender() const { return {session_.config().server.name, {}, {}}; }

  Session& session_;
  base::Lazy<std::string> out_;  // made while there are any
  State state_ = State::none;
  uint32_t last_reference_ = 0;
  base::Lazy<Labelled> labelled_;
};

}  // namespace banterd::worker::irc
