#include "worker/protocol/irc/monitor_words.h"

#include <initializer_list>

#include "chat/types.h"
#include "worker/protocol/irc/list_reply.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/targets.h"

namespace banterd::worker::irc {

namespace {

MonitorAction action_of(std::string_view word) {
  const std::string folded = chat::fold(word);
  if (folded == "+") return MonitorAction::add;
  if (folded == "-") return MonitorAction::remove;
  if (folded == "c") return MonitorAction::clear;
  if (folded == "l") return MonitorAction::list;
  if (folded == "s") return MonitorAction::status;
  return MonitorAction::unknown;
}

template <class Names>
void append_names_in_lines(std::string& out, const ReplyTo& to, const Numeric& numeric,
                           std::initializer_list<std::string_view> params, const Names& names) {
  ListReply list(out, to, numeric, params, ',');
  for (const auto& name : names) list.add(name);
  list.finish();
}

}  // namespace

MonitorWords parse_monitor(std::span<const std::string_view> params) {
  MonitorWords words;
  if (params.empty()) return words;
  words.action = action_of(params[0]);
  const bool has_names =
      words.action == MonitorAction::add || words.action == MonitorAction::remove;
  if (!has_names || params.size() < 2) return words;
  // A line has no more names than bytes.
  for (const std::string_view name : split_targets(params[1], kMaxRestBytes).names)
    (chat::Nick::parse(name) ? words.nicks : words.invalid).push_back(name);
  return words;
}

void append_monitor_list(std::string& out, const ReplyTo& to, std::span<const std::string> nicks) {
  append_names_in_lines(out, to, kRplMonList, {}, nicks);
  append_reply(out, to, kRplEndOfMonList);
}

void append_online(std::string& out, const ReplyTo& to, std::span<const std::string> masks) {
  append_names_in_lines(out, to, kRplMonOnline, {}, masks);
}

void append_offline(std::string& out, const ReplyTo& to, std::span<const std::string> nicks) {
  append_names_in_lines(out, to, kRplMonOffline, {}, nicks);
}

void append_monitor_full(std::string& out, const ReplyTo& to, size_t limit,
                         std::span<const std::string_view> nicks) {
  append_names_in_lines(out, to, kErrMonListFull, {std::to_string(limit)}, nicks);
}

}  // namespace banterd::worker::irc
