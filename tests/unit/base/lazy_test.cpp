#include "base/lazy.h"

#include <doctest/doctest.h>

#include <string>

using banterd::base::Lazy;

TEST_SUITE("base/lazy") {
  TEST_CASE("a part that was never written reads as a new one, and takes a pointer") {
    const Lazy<std::string> part;
    CHECK(part->empty());
    CHECK_FALSE(part.made());
    CHECK(sizeof part == sizeof(void*));
  }

  TEST_CASE("what is written stays until it is dropped") {
    Lazy<std::string> part;
    part.make() = "x";
    part.make() += "y";
    CHECK(*part == "xy");
    part.drop();
    CHECK_FALSE(part.made());
    CHECK(part->empty());
  }

  TEST_CASE("a copy has a part of its own") {
    Lazy<std::string> part;
    part.make() = "x";
    Lazy<std::string> copy = part;
    copy.make() = "y";
    CHECK(*part == "x");
    part = copy;
    CHECK(*part == "y");
    part = Lazy<std::string>();
    CHECK_FALSE(part.made());
    CHECK(*copy == "y");
  }

  TEST_CASE("two are equal when both are made and hold the same, or neither is") {
    Lazy<std::string> part;
    Lazy<std::string> other;
    CHECK(part == other);
    static_cast<void>(part.make());
    CHECK(part != other);
    static_cast<void>(other.make());
    CHECK(part == other);
    other.make() = "x";
    CHECK(part != other);
  }
}
