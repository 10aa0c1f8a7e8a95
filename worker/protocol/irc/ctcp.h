// CTCP, as far as the server looks at it: "/me waves" is an action on every protocol, and
// "\x01ACTION waves\x01" on IRC (modern.ircdocs.horse/ctcp). All other CTCP is passed on as it is.
// Pure. IRC's formatting codes are taken out for line clients by worker/text.h.
#pragma once

#include <string>
#include <string_view>

#include "chat/command.h"

namespace banterd::worker::irc {

struct Spoken {
  chat::Kind kind = chat::Kind::message;
  std::string_view text;  // points into what was given
  bool operator==(const Spoken&) const = default;
};

// What the text of a PRIVMSG, or of a NOTICE, says. An ACTION may lack its last \x01, which other
// servers and clients cut off. A NOTICE is never an action: it would be the answer to one.
Spoken spoken(bool notice, std::string_view text);

// The text of the PRIVMSG or NOTICE that says it, which may be made in `scratch`; spoken() is its
// inverse. A message whose text is itself written as an action becomes one.
std::string_view ctcp_text(chat::Kind kind, std::string_view text, std::string& scratch);

}  // namespace banterd::worker::irc
