// Masks: what bans, exceptions and invitations match people by. A plain one is nick!user@host with
// the wildcards of matches(). The lists of rooms have extended ones too (defs.ircdocs.horse,
// EXTBAN):
//   ~a:ACCOUNT  who is logged in to an account that ACCOUNT matches
//   ~m:MASK     whom MASK matches, plain or ~a:, but only as far as speaking goes
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/types.h"

namespace banterd::chat {

// Longest mask, when it is complete, in bytes.
inline constexpr size_t kMaxModeArgumentBytes = 256;

// True when the text can be any parameter of an IRC message, not only the last: not empty, without
// spaces and control characters, and no ':' in front (RFC 1459 section 2.3.1, "middle").
bool is_word(std::string_view text);

// A plain mask with what was left out: nick -> nick!*@*, user@host -> *!user@host, nick!user ->
// nick!user@*. With '.' or ':', which no nick has, it is a host: *!*@host. A complete one stays as
// it is. nullopt: no word, too long, or of an extended mask's form.
std::optional<std::string> complete_mask(std::string_view text);

// The same where extended masks may be: their letter must be known, and what follows it be good.
std::optional<std::string> complete_list_mask(std::string_view text);

// Somebody as masks see him; nick!user@host is put together once. Borrows from the profile.
class MaskSubject {
 public:
  explicit MaskSubject(const Profile& profile)
      : mask_(profile.mask()), account_(profile.account.view()) {}

  // True when a complete mask of a room's list matches him. `speaking`: whether the question is if
  // he may speak, for which alone ~m: counts.
  [[nodiscard]] bool fits(std::string_view list_mask, bool speaking) const;

 private:
  std::string mask_;
  std::string_view account_;
};

}  // namespace banterd::chat
