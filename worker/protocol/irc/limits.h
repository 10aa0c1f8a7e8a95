// Limits of IRC alone, announced by ISUPPORT. Lengths are in bytes.
#pragma once

#include <cstddef>

namespace banterd::worker::irc {

inline constexpr size_t kMaxTargets = 20;  // of PRIVMSG, NOTICE, TAGMSG and KICK each
inline constexpr size_t kMaxAwayBytes = 300;
inline constexpr size_t kMaxHistoryLines = 100;  // in one answer to CHATHISTORY

}  // namespace banterd::worker::irc
