#include "master/hash_password.h"

#include <doctest/doctest.h>

#include <string>

using banterd::master::check_password;

TEST_SUITE("master/hash_password") {
  TEST_CASE("a password is a text that a client can give") {
    for (const std::string& good :
         {std::string("x"), std::string(200, 'x'), std::string("two words"),
          std::string("pässwörd"), std::string(" ")})
      CHECK(check_password(good));
    const std::string nul(1, '\0');
    for (const std::string& bad :
         {std::string(), std::string(201, 'x'), std::string("a\tb"), std::string("a\rb"),
          std::string("\x7F"), std::string("\xFF"), std::string("\xC3"), "a" + nul})
      CHECK_FALSE(check_password(bad));
    CHECK(check_password("").error().context == "the password is empty");
  }
}
