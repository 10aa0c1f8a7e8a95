#include "base/cloak.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>

#include <algorithm>
#include <span>

#include "base/sodium.h"

namespace banterd::base {

namespace {

constexpr size_t kNameBytes = 10;  // of the hash: 16 characters of base32, none of them filled up
constexpr size_t kV6PrefixBytes = 8;

std::string base32(std::span<const uint8_t> bytes) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const uint8_t byte : bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += kAlphabet[pending >> (bits - 5) & 31];
  }
  return text;
}

std::string name_of(const CloakKey& key, std::span<const uint8_t> address) {
  std::array<uint8_t, crypto_generichash_BYTES> hash{};
  // It fails only for lengths that are out of range (libsodium, crypto_generichash).
  crypto_generichash(hash.data(), hash.size(), address.data(), address.size(), key.data(),
                     key.size());
  return base32(std::span(hash).first<kNameBytes>()) + ".cloak";
}

// ::ffff:192.0.2.1 (RFC 4291 section 2.5.5.2)
bool mapped_v4(const std::array<uint8_t, sizeof(in6_addr)>& address) {
  constexpr std::array<uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
}

}  // namespace

Result<CloakKey> random_cloak_key() {
  if (auto ready = init_sodium(); !ready) return ready.error();
  CloakKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

std::string to_hex(const CloakKey& key) {
  std::array<char, 2 * kCloakKeyBytes + 1> text{};
  sodium_bin2hex(text.data(), text.size(), key.data(), key.size());
  return text.data();
}

std::optional<CloakKey> cloak_key_from_hex(std::string_view text) {
  CloakKey key{};
  if (!init_sodium()) return std::nullopt;
  if (sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, nullptr, nullptr) !=
      0)
    return std::nullopt;
  // It takes upper case and shorter texts too.
  return to_hex(key) == text ? std::optional(key) : std::nullopt;
}

std::string cloak_host(const CloakKey& key, std::string_view address) {
  const std::string text(address);
  std::array<uint8_t, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return name_of(key, std::span(bytes).first<sizeof(in_addr)>());
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  if (mapped_v4(bytes)) return name_of(key, std::span(bytes).last<sizeof(in_addr)>());
  const bool link_local = bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;  // RFC 4291 section 2.5.6
  return name_of(key, std::span(bytes).first(link_local ? bytes.size() : kV6PrefixBytes));
}

}  // namespace banterd::base
