// MONITOR: what is asked, and the lists that answer it (IRCv3 "Monitor"). Pure, and linear in the
// length of the lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

enum class MonitorAction : uint8_t {
  add,      // +
  remove,   // -
  clear,    // C
  list,     // L
  status,   // S
  unknown,  // anything else
};

struct MonitorWords {
  MonitorAction action = MonitorAction::unknown;
  // Of add and remove, each once; both are empty when nobody was named (461 ERR_NEEDMOREPARAMS).
  std::vector<std::string_view> nicks;
  std::vector<std::string_view>
      invalid;  // no nicks: masks, for instance (432 ERR_ERRONEUSNICKNAME)
};

// `params` are those of MONITOR.
MonitorWords parse_monitor(std::span<const std::string_view> params);

// 732, in as many lines as the nicks need, and 733.
void append_monitor_list(std::string& out, const ReplyTo& to, std::span<const std::string> nicks);
// 730, with nick!user@host of each, and 731: in as many lines as they need, none if there is
// nobody.
void append_online(std::string& out, const ReplyTo& to, std::span<const std::string> masks);
void append_offline(std::string& out, const ReplyTo& to, std::span<const std::string> nicks);
// 734, with those who found no room in a list of `limit` nicks.
void append_monitor_full(std::string& out, const ReplyTo& to, size_t limit,
                         std::span<const std::string_view> nicks);

}  // namespace banterd::worker::irc
