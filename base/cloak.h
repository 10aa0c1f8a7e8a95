// Host names that stand for addresses and do not give them away: "7hq2mzkc5ubvw3ta.cloak". Without
// the key nobody learns the address, not even by trying all of them; with it the same address
// always gets the same name, so that a ban of the name keeps its owner out.
//
// One name stands for one IPv4 address, or for one /64 of IPv6: that is what a household gets, and
// within it a device changes its address as it likes (RFC 8981). Link-local IPv6 addresses, which
// share one /64 everywhere, have a name each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace banterd::base {

constexpr size_t kCloakKeyBytes = 32;
using CloakKey = std::array<uint8_t, kCloakKeyBytes>;

// Errc::system: the kernel gives no random numbers.
[[nodiscard]] Result<CloakKey> random_cloak_key();

// A key as text: 64 lower-case hexadecimal digits. Secret: never log it.
std::string to_hex(const CloakKey& key);
// Nothing for any other text.
std::optional<CloakKey> cloak_key_from_hex(std::string_view text);

// The first 80 bits of the address's keyed BLAKE2b hash (RFC 7693) in base32 (RFC 4648 section 6,
// in lower case), and ".cloak": letters, digits and a dot, fit for an IRC host. What is no literal
// IPv4 or IPv6 address ("unix") says nothing of anybody and is given back as it is.
std::string cloak_host(const CloakKey& key, std::string_view address);

}  // namespace banterd::base
