#include "base/cloak.h"

#include <doctest/doctest.h>

#include <set>

using namespace banterd::base;

namespace {

CloakKey key_of(uint8_t first) {
  CloakKey key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(first + i);
  return key;
}

const CloakKey kKey = key_of(0);

}  // namespace

TEST_SUITE("base/cloak") {
  TEST_CASE("a cloak is sixteen letters and digits, and says that it is one") {
    for (const char* address : {"127.0.0.1", "255.255.255.255", "0.0.0.0", "::1", "2001:db8::1"}) {
      const std::string host = cloak_host(kKey, address);
      CAPTURE(host);
      CHECK(host.size() == 22);
      CHECK(host.ends_with(".cloak"));
      CHECK(host.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == 16);
      CHECK(host.find(address) == std::string::npos);
    }
  }

  TEST_CASE("the cloak of an address is what BLAKE2b and base32 give, here and in years") {
    CHECK(cloak_host(kKey, "192.0.2.1") == "tfpgj4bi7fkexil3.cloak");
    CHECK(cloak_host(kKey, "2001:db8:1:2::") == "at2pn76w4bngoyy5.cloak");
  }

  TEST_CASE("one address, one cloak; another key, another cloak") {
    CHECK(cloak_host(kKey, "192.0.2.1") == cloak_host(key_of(0), "192.0.2.1"));
    CHECK(cloak_host(kKey, "192.0.2.1") != cloak_host(key_of(1), "192.0.2.1"));
    CHECK(cloak_host(kKey, "2001:db8::1") != cloak_host(key_of(1), "2001:db8::1"));
  }

  TEST_CASE("every IPv4 address has a cloak of its own") {
    std::set<std::string> hosts;
    for (int i = 0; i < 65'536; ++i)
      hosts.insert(
          cloak_host(kKey, "10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256)));
    CHECK(hosts.size() == 65'536);
  }

  TEST_CASE("the addresses of one /64 share a cloak, those of the next do not") {
    const std::string home = cloak_host(kKey, "2001:db8:1:2:3:4:5:6");
    CHECK(cloak_host(kKey, "2001:db8:1:2::") == home);
    CHECK(cloak_host(kKey, "2001:0DB8:1:2:ffff:ffff:ffff:ffff") == home);
    CHECK(cloak_host(kKey, "2001:db8:1:3::") != home);
    CHECK(cloak_host(kKey, "2001:db9:1:2::") != home);
  }

  TEST_CASE("link-local addresses have a cloak each") {
    CHECK(cloak_host(kKey, "fe80::1") != cloak_host(kKey, "fe80::2"));
    CHECK(cloak_host(kKey, "febf::1") != cloak_host(kKey, "febf::2"));
    CHECK(cloak_host(kKey, "fec0::1") == cloak_host(kKey, "fec0::2"));
  }

  TEST_CASE("an IPv4 address is the same written as an IPv6 one") {
    CHECK(cloak_host(kKey, "::ffff:192.0.2.1") == cloak_host(kKey, "192.0.2.1"));
    CHECK(cloak_host(kKey, "::1") != cloak_host(kKey, "::ffff:127.0.0.1"));
  }

  TEST_CASE("what is no address is given back") {
    CHECK(cloak_host(kKey, "unix") == "unix");
    CHECK(cloak_host(kKey, "") == "");
  }

  TEST_CASE("a key is written as hexadecimal digits and read from these alone") {
    const std::string text = to_hex(kKey);
    CHECK(text == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    CHECK(cloak_key_from_hex(text) == kKey);
    for (const std::string& bad :
         {std::string(), text.substr(1), text.substr(2), text + "0", text + "20", text + "\n",
          "g" + text.substr(1), " " + text.substr(1), std::string(64, 'A'), std::string(64, '\0'),
          std::string(1'000'000, '0')}) {
      CAPTURE(bad.substr(0, 70));
      CHECK_FALSE(cloak_key_from_hex(bad));
    }
  }

  TEST_CASE("random keys differ") {
    CHECK(random_cloak_key().value() != random_cloak_key().value());
  }
}
