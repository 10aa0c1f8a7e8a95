// What an IRC client and the server can agree on (IRCv3 "Capability Negotiation"): the table of
// capabilities, sets of them, and the lists that CAP talks in. Pure. The subcommands of CAP, and
// when registration waits for them, are the protocol's.
//
// The table has all that the server knows of. What it offers a client is a set that the protocol
// holds: only that is listed, and may be asked for.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

enum class Capability : uint8_t {
  account_notify,
  account_tag,
  away_notify,
  batch,
  cap_notify,
  chghost,
  chathistory,
  message_redaction,
  multiline,
  read_marker,
  echo_message,
  extended_join,
  extended_monitor,
  invite_notify,
  labeled_response,
  message_tags,
  multi_prefix,
  server_time,
  setname,
  standard_replies,
  userhost_in_names,
};
inline constexpr uint8_t kCapabilityCount = 21;

class CapabilitySet {
 public:
  constexpr CapabilitySet() = default;
  constexpr CapabilitySet(std::initializer_list<Capability> members) {
    for (const Capability member : members) add(member);
  }
  static constexpr CapabilitySet all() {
    CapabilitySet set;
    set.bits_ = (uint32_t{1} << kCapabilityCount) - 1;
    return set;
  }
  constexpr void add(Capability member) { bits_ |= bit(member); }
  constexpr void remove(Capability member) { bits_ &= ~bit(member); }
  [[nodiscard]] constexpr bool has(Capability member) const { return (bits_ & bit(member)) != 0; }
  [[nodiscard]] constexpr bool has_all(CapabilitySet other) const {
    return (other.bits_ & ~bits_) == 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  // A key for what is made once per set, such as encoders. Means nothing outside of the process.
  [[nodiscard]] constexpr uint32_t bits() const { return bits_; }
  [[nodiscard]] constexpr CapabilitySet operator&(CapabilitySet other) const {
    CapabilitySet both;
    both.bits_ = bits_ & other.bits_;
    return both;
  }
  // Calls `visit(capability)` for each, in the order of the enumeration.
  template <class Visit>
  constexpr void each(Visit visit) const {
    for (uint8_t i = 0; i < kCapabilityCount; ++i) {
      if (has(static_cast<Capability>(i))) visit(static_cast<Capability>(i));
    }
  }
  bool operator==(const CapabilitySet&) const = default;

 private:
  static constexpr uint32_t bit(Capability member) {
    return uint32_t{1} << static_cast<uint8_t>(member);
  }

  uint32_t bits_ = 0;
};

std::string_view name_of(Capability capability);
// What CAP LS 302 shows behind the name and '='; empty: nothing.
std::string_view value_of(Capability capability);
// Names are case-sensitive. Nothing: no such capability.
std::optional<Capability> capability_named(std::string_view name);

// Those of `agreed` that can take effect: a few need others, which may be asked for in any order
// and need not be there (IRCv3 "Labeled Responses": batch).
CapabilitySet in_force(CapabilitySet agreed);

// What a client has after `CAP REQ :list`, where he had `agreed`: names, a '-' before those to end,
// done from left to right. Nothing when any of them is unknown, or to begin and not `offered`: then
// all are refused. `version` is that of CAP LS; from 302 on cap-notify cannot be ended.
std::optional<CapabilitySet> requested(CapabilitySet agreed, CapabilitySet offered,
                                       std::string_view list, uint32_t version);

// Of CAP LS: from this one on a client knows values, lists in several lines, and cap-notify.
inline constexpr uint32_t kModernVersion = 302;

// The number in `CAP LS 302`; 0: none, or no number. "9999999999" is a very new version.
uint32_t cap_version(std::string_view text);

// Appends the answer to CAP LS or LIST (`subcommand`): one line at least, of 510 bytes at most.
// From version 302 on all but the last have a "*" before their list, and with LS names have their
// values. Older clients understand one line only: they are not told of what does not fit.
void append_capabilities(std::string& out, const ReplyTo& to, std::string_view subcommand,
                         CapabilitySet set, uint32_t version);

// The same set as text, for a client who moves to another process, and back. Names that this
// version does not know are left out.
std::string names_of(CapabilitySet set);
CapabilitySet capabilities_of(std::string_view names);

}  // namespace banterd::worker::irc
