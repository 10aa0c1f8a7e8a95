#include "base/password.h"

#include <sodium.h>

#include <array>

#include "base/sodium.h"

namespace banterd::base {

Result<std::string> hash_password(std::string_view text) {
  if (auto ready = init_sodium(); !ready) return ready.error();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), text.data(), text.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    return Error{Errc::limit, "hash a password: out of memory"};
  return std::string(hash.data());
}

bool verify_password(const std::string& hash, std::string_view text) {
  return init_sodium() && is_password_hash(hash) &&
         crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

bool is_password_hash(std::string_view text) {
  if (!text.starts_with(crypto_pwhash_argon2id_STRPREFIX)) return false;
  if (text.find('\0') != std::string_view::npos) return false;
  // It takes the text apart as the check does; what it says of the costs is of no interest.
  const std::string terminated(text);
  return crypto_pwhash_str_needs_rehash(terminated.c_str(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                        crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
}

}  // namespace banterd::base
