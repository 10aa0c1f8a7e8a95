// Passwords as they are kept: argon2id hashes in their usual form,
// "$argon2id$v=19$m=…,t=…,p=…$salt$hash" (RFC 9106, made by libsodium). The hash says how dear it
// is to check. From any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace banterd::base {

// A new hash, with a salt of its own: two of the same text differ. Takes tens of milliseconds and
// 64 MiB (libsodium's limits for interactive use). Errc::limit: out of memory.
[[nodiscard]] Result<std::string> hash_password(std::string_view text);

// Whether the hash was made from that text. Takes as long and as much memory as the hash asks for:
// not for an event loop. False too for what is no hash, and when there is not that much memory:
// libsodium does not tell the one from the other.
[[nodiscard]] bool verify_password(const std::string& hash, std::string_view text);

// Whether the text is a whole hash of argon2id, as verify_password() can check it.
[[nodiscard]] bool is_password_hash(std::string_view text);

}  // namespace banterd::base
