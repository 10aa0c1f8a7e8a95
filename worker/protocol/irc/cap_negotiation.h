// CAP (IRCv3 "Capability Negotiation"): what one client and the server have agreed on, and whether
// his registration waits for him to end the negotiation. Lives as long as the client: CAP works
// after registration too. Pure.
//
//              LS, REQ                     END
//   closed ────────────────► open ────────────────► closed
//
// LIST changes nothing. END, also a second one, is never answered. After registration nobody asks
// whether it is open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "worker/protocol/irc/capabilities.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

class CapNegotiation {
 public:
  // `offered`: what the server has; never more is agreed on.
  explicit CapNegotiation(CapabilitySet offered) : offered_(offered) {}

  // Takes a CAP message with a subcommand in any case, and appends the answer: LS or LIST, ACK or
  // NAK, 410 for a subcommand that there is not. A list is refused as a whole; NAK repeats it as it
  // was typed, as far as it fits the line; ACK repeats all of it, in several lines if need be.
  void take(const Message& cap, const ReplyTo& to, std::string& out);

  // Registration waits for CAP END.
  [[nodiscard]] bool open() const { return open_; }
  // All that was acknowledged, cap-notify included where version 302 implies it. What of it takes
  // effect is in_force(agreed()).
  [[nodiscard]] CapabilitySet agreed() const { return agreed_; }
  // The greatest that he gave with CAP LS; 0: none yet.
  [[nodiscard]] uint32_t version() const { return version_; }

  // For a client who moves to another process, and back into a negotiation that was just made. The
  // other process may offer more or less: what it does not offer is agreed on no longer, and with
  // cap-notify he is told, by CAP DEL and CAP NEW. Errc::invalid: the text is none of save(), and
  // nothing has changed.
  [[nodiscard]] std::string save() const;
  base::Result<void> restore(std::string_view saved, const ReplyTo& to, std::string& out);

 private:
  void list_offered(std::string_view version, const ReplyTo& to, std::string& out);
  void request(std::string_view list, const ReplyTo& to, std::string& out);

  CapabilitySet offered_;
  CapabilitySet agreed_;
  uint32_t version_ = 0;
  bool open_ = false;
};

}  // namespace banterd::worker::irc
