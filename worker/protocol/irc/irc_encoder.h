// How events look to IRC clients: lines of Modern IRC, with what the IRCv3 extensions that were
// agreed with a client add to them or tell besides. Pure. What only one client gets (the answers to
// his commands, a label, the batch around a history) is his protocol's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chat/command.h"
#include "chat/types.h"
#include "worker/protocol/irc/capabilities.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::irc {

// Those that make a difference to how an event is told. The others make none here.
inline constexpr CapabilitySet kEncodedCapabilities{
    Capability::account_notify, Capability::account_tag,       Capability::away_notify,
    Capability::chghost,        Capability::extended_join,     Capability::invite_notify,
    Capability::message_tags,   Capability::server_time,       Capability::setname,
    Capability::multiline,      Capability::message_redaction,
};

// The encoder for all clients who agreed on this set: one for each distinct part of it that is in
// kEncodedCapabilities, so 2,048 at most. Made when first asked for and kept for the life of the
// process. For the thread of the loop only.
//
// The source of a line is the person as he was, "*" where nobody is known. What is said to a person
// has the delivery's person as its target.
const Encoder& encoder_for(CapabilitySet agreed);

// The value of the tag "time" (IRCv3 "server-time"): 2023-11-15T18:41:52.345Z.
std::string server_time(chat::TimeMs at);

// How many bytes a line has room for behind `:source command target `.
size_t room_behind(size_t source_bytes, std::string_view command, std::string_view target);

// How many bytes of text one line has room for when somebody says it to `target` whose mask has
// `source_bytes`. Longer texts are told in several lines, none of them lost: other protocols have
// longer lines. An IRC client knows that his are cut and does not expect two of one, so his
// protocol cuts what he says to this before it is said.
size_t said_bytes(size_t source_bytes, std::string_view target, chat::Kind kind);

}  // namespace banterd::worker::irc
