#include "worker/protocol/http/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/take_part.h"

namespace banterd::worker::http {

namespace {

// An address in the form of IPv6, where IPv4 is ::ffff:a.b.c.d: one form to compare.
using Binary = std::array<uint8_t, 16>;
constexpr unsigned kV4Offset = 96;  // bits

struct Address {
  Binary binary{};
  bool is_v4 = false;
  [[nodiscard]] std::string text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(is_v4 ? AF_INET : AF_INET6, binary.data() + (is_v4 ? kV4Offset / 8 : 0), text.data(),
              text.size());
    return text.data();
  }
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string terminated(text);
  Address address;
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET6, terminated.c_str(), address.binary.data()) == 1) {
    constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    address.is_v4 = std::equal(kMapped.begin(), kMapped.end(), address.binary.begin());
    return address;
  }
  address.binary = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  address.is_v4 = true;
  if (inet_pton(AF_INET, terminated.c_str(), address.binary.data() + kV4Offset / 8) == 1)
    return address;
  return std::nullopt;
}

bool same_beginning(const Binary& a, const Binary& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - bits % 8));
  return (a[whole] & mask) == (b[whole] & mask);
}

// `network` is "10.0.0.0/8" or an address; the configuration has been checked.
bool has(std::string_view network, const Address& address) {
  const size_t slash = network.find('/');
  const std::string_view text = network.substr(0, slash);
  const auto base = parse_address(text);
  if (!base || base->is_v4 != address.is_v4) return false;
  // The bits of "::ffff:10.0.0.0/104" count from the front of IPv6's form.
  const unsigned offset = text.find(':') == std::string_view::npos ? kV4Offset : 0;
  unsigned bits = 128 - offset;
  if (slash != std::string_view::npos)
    std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  return same_beginning(base->binary, address.binary, offset + bits);
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711", with or without quotes.
std::optional<Address> address_in(std::string_view node) {
  if (node.size() >= 2 && node.starts_with('"') && node.ends_with('"'))
    node = node.substr(1, node.size() - 2);
  if (node.starts_with('[')) {
    const size_t end = node.find(']');
    return end == std::string_view::npos ? std::nullopt : parse_address(node.substr(1, end - 1));
  }
  if (std::count(node.begin(), node.end(), ':') == 1) node = node.substr(0, node.find(':'));
  return parse_address(node);
}

// The "for" of an element of Forwarded: for=192.0.2.1;proto=https
std::string_view node_of(std::string_view element) {
  constexpr std::string_view kFor = "for=";
  while (!element.empty()) {
    std::string_view pair = base::take_part(element, ';');
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (pair.size() > kFor.size() && same_word(pair.substr(0, kFor.size()), kFor))
      return pair.substr(kFor.size());
  }
  return {};
}

// The nearest proxy's word last.
std::vector<std::optional<Address>> named_addresses(const HttpRequest& request) {
  std::vector<std::optional<Address>> named;
  const std::string forwarded_for = request.field("X-Forwarded-For");
  for (const std::string_view node : list_of(forwarded_for)) named.push_back(address_in(node));
  if (!named.empty()) return named;
  const std::string forwarded = request.field("Forwarded");
  for (const std::string_view element : list_of(forwarded))
    named.push_back(address_in(node_of(element)));
  return named;
}

}  // namespace

bool is_trusted(std::string_view address, const std::vector<std::string>& trusted) {
  const auto parsed = parse_address(address);
  return std::any_of(trusted.begin(), trusted.end(), [&](const std::string& proxy) {
    return parsed ? has(proxy, *parsed) : proxy == address;
  });
}

std::string client_address(const HttpRequest& request, std::string_view peer,
                           const std::vector<std::string>& trusted) {
  std::string found(peer);
  const auto named = named_addresses(request);
  for (auto next = named.rbegin(); next != named.rend() && is_trusted(found, trusted); ++next) {
    if (!*next) break;
    found = (*next)->text();
  }
  return found;
}

}  // namespace banterd::worker::http
