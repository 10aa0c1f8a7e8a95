#include "base/password.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <fstream>
#include <string>

using namespace banterd::base;

namespace {

// By another implementation, and with other costs than ours.
const std::string kForeign =
    "$argon2id$v=19$m=8192,t=1,p=1$aXJjdGVzdHNhbHQ$8+3jkFXNa4AavfYSJb+3Cne1yfEeop2/1eEZfjn8YjE";

// What RLIMIT_DATA counts, so far (proc(5)).
rlim_t data_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  rlim_t kilobytes = 0;
  while (status >> word && word != "VmData:") continue;
  status >> kilobytes;
  REQUIRE(kilobytes > 0);
  return kilobytes * 1024;
}

}  // namespace

TEST_SUITE("base/password") {
  TEST_CASE("a text matches its hash, and no other text does") {
    const auto hash = hash_password("correct horse");
    REQUIRE(hash);
    CHECK(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
    CHECK(is_password_hash(*hash));
    CHECK(verify_password(*hash, "correct horse"));
    for (const std::string_view wrong : {"", "correct horse ", "Correct horse", "correct"})
      CHECK_FALSE(verify_password(*hash, wrong));
  }

  TEST_CASE("two hashes of one text differ") {
    CHECK(hash_password("same").value() != hash_password("same").value());
  }

  TEST_CASE("an empty text, a long one and one with a NUL have hashes too") {
    using namespace std::string_view_literals;
    const std::string huge(100'000, 'x');
    for (const std::string_view text : {""sv, "a\0b"sv, std::string_view(huge)}) {
      const auto hash = hash_password(text);
      REQUIRE(hash);
      CHECK(verify_password(*hash, text));
      CHECK_FALSE(verify_password(*hash, "a"));
    }
  }

  TEST_CASE("a hash that another program made is checked by what it says of its costs") {
    CHECK(is_password_hash(kForeign));
    CHECK(verify_password(kForeign, "operpassword"));
    CHECK_FALSE(verify_password(kForeign, "operpasswort"));
  }

  TEST_CASE("what is no whole hash of argon2id is none, and matches nothing") {
    using namespace std::string_literals;
    const std::string argon2i =
        "$argon2i$v=19$m=8192,t=3,p=1$aXJjdGVzdHNhbHQ$8+3jkFXNa4AavfYSJb+3Cne1yfEeop2/1eEZfjn8YjE";
    for (const std::string& text :
         {""s, "operpassword"s, "$argon2id$"s, "$argon2id$x"s, argon2i, " " + kForeign,
          kForeign + "$", kForeign + "\n", kForeign + "\0"s, kForeign.substr(0, 40),
          "$argon2id$v=18" + kForeign.substr(14), "$argon2id$v=19$m=99999999999,t=1,p=1$c2FsdA$aA"s,
          "$argon2id$" + std::string(1'000'000, 'x')}) {
      CAPTURE(text.substr(0, 200));
      CHECK_FALSE(is_password_hash(text));
      CHECK_FALSE(verify_password(text, "operpassword"));
      CHECK_FALSE(verify_password(text, ""));
    }
  }

  TEST_CASE("without the memory that they take nothing is hashed, and nothing matches") {
    const std::string hash = hash_password("x").value();
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_DATA, &before) == 0);
    const rlimit scarce{data_bytes() + (32 << 20), before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_DATA, &scarce) == 0);
    const auto hashed = hash_password("x");
    const bool verified = verify_password(hash, "x");
    REQUIRE(setrlimit(RLIMIT_DATA, &before) == 0);
    REQUIRE_FALSE(hashed);
    CHECK(hashed.error().code == Errc::limit);
    CHECK(hashed.error().context == "hash a password: out of memory");
    CHECK_FALSE(verified);
  }
}
