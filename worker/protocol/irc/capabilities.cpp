#include "worker/protocol/irc/capabilities.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <vector>

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

namespace {

using C = Capability;

struct Row {
  std::string_view name;
  Capability capability;
  CapabilitySet needs = {};
  std::string_view value = {};
};

// In the order of the enumeration. A value repeats the limits that the handlers keep.
constexpr Row kRows[] = {
    {"account-notify", C::account_notify},
    {"account-tag", C::account_tag},
    {"away-notify", C::away_notify},
    {"batch", C::batch},
    {"cap-notify", C::cap_notify},
    {"chghost", C::chghost},
    {"draft/chathistory", C::chathistory},
    {"draft/message-redaction", C::message_redaction, {C::message_tags}},
    {"draft/multiline", C::multiline, {C::batch}, "max-bytes=4096,max-lines=24"},
    {"draft/read-marker", C::read_marker},
    {"echo-message", C::echo_message},
    {"extended-join", C::extended_join},
    {"extended-monitor", C::extended_monitor},
    {"invite-notify", C::invite_notify},
    {"labeled-response", C::labeled_response, {C::batch}},
    {"message-tags", C::message_tags},
    {"multi-prefix", C::multi_prefix},
    {"server-time", C::server_time},
    {"setname", C::setname},
    {"standard-replies", C::standard_replies},
    {"userhost-in-names", C::userhost_in_names},
};

constexpr bool in_order() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].capability != static_cast<Capability>(i)) return false;
  }
  return std::size(kRows) == kCapabilityCount;
}
static_assert(in_order());

const Row& row_of(Capability capability) { return kRows[static_cast<size_t>(capability)]; }

// Calls `visit(word)` for each word of a list, until it gives false; false then.
template <class Visit>
bool each_word(std::string_view list, Visit visit) {
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
    if (list.empty()) return true;
    const std::string_view word = list.substr(0, list.find(' '));
    if (!visit(word)) return false;
    list.remove_prefix(word.size());
  }
}

// The set as lists of at most `bytes`, one at least.
std::vector<std::string> lists_of(CapabilitySet set, bool with_values, size_t bytes) {
  std::vector<std::string> lists(1);
  set.each([&](Capability capability) {
    const Row& row = row_of(capability);
    std::string word(row.name);
    if (with_values && !row.value.empty()) word.append("=").append(row.value);
    if (!lists.back().empty() && lists.back().size() + 1 + word.size() > bytes)
      lists.emplace_back();
    if (!lists.back().empty()) lists.back().push_back(' ');
    lists.back().append(word);
  });
  return lists;
}

}  // namespace

std::string_view name_of(Capability capability) { return row_of(capability).name; }

std::string_view value_of(Capability capability) { return row_of(capability).value; }

std::optional<Capability> capability_named(std::string_view name) {
  const Row* row = std::ranges::find(kRows, name, &Row::name);
  if (row == std::end(kRows)) return std::nullopt;
  return row->capability;
}

CapabilitySet in_force(CapabilitySet agreed) {
  CapabilitySet effective;
  agreed.each([&](Capability capability) {
    if (agreed.has_all(row_of(capability).needs)) effective.add(capability);
  });
  return effective;
}

std::optional<CapabilitySet> requested(CapabilitySet agreed, CapabilitySet offered,
                                       std::string_view list, uint32_t version) {
  const bool accepted = each_word(list, [&](std::string_view word) {
    const bool ends = word.starts_with('-');
    const auto capability = capability_named(word.substr(ends ? 1 : 0));
    if (!capability) return false;
    if (!ends) {
      if (!offered.has(*capability)) return false;
      agreed.add(*capability);
    } else if (*capability == C::cap_notify && version >= kModernVersion) {
      return false;
    } else {
      agreed.remove(*capability);
    }
    return true;
  });
  if (!accepted) return std::nullopt;
  return agreed;
}

uint32_t cap_version(std::string_view text) {
  uint32_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (end != text.data() + text.size()) return 0;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<uint32_t>::max();
  return error == std::errc() ? version : 0;
}

void append_capabilities(std::string& out, const ReplyTo& to, std::string_view subcommand,
                         CapabilitySet set, uint32_t version) {
  const std::string_view nick = to.nick.empty() ? "*" : to.nick;
  const bool modern = version >= kModernVersion;
  constexpr std::string_view kBetween = ": CAP   * :";
  const size_t taken = kBetween.size() + to.server.size() + nick.size() + subcommand.size();
  const auto lists =
      lists_of(set, modern && subcommand == "LS", kMaxRestBytes - std::min(taken, kMaxRestBytes));
  for (size_t i = 0; i < lists.size(); ++i) {
    Params params;
    params.add(nick);
    params.add(subcommand);
    const bool more = i + 1 < lists.size();
    if (more && modern) params.add("*");
    params.add(lists[i]);
    append_line(out,
                {.tags = to.tags, .source = to.server, .command = "CAP", .params = params.all()});
    if (more && !modern) return;
  }
}

std::string names_of(CapabilitySet set) {
  return lists_of(set, false, std::numeric_limits<size_t>::max()).front();
}

CapabilitySet capabilities_of(std::string_view names) {
  CapabilitySet set;
  each_word(names, [&](std::string_view name) {
    if (const auto capability = capability_named(name)) set.add(*capability);
    return true;
  });
  return set;
}

}  // namespace banterd::worker::irc
