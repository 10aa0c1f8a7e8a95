#include "base/result.h"

#include <doctest/doctest.h>
#include <uv.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>

using namespace banterd::base;

namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error{Errc::invalid, "odd"};
  return number / 2;
}

Result<void> check(bool good) {
  if (!good) return Error{Errc::denied, "not good"};
  return {};
}

}  // namespace

TEST_SUITE("base/result") {
  TEST_CASE("a result is a value or an error") {
    const Result<int> good = half_of(8);
    REQUIRE(good.has_value());
    CHECK(*good == 4);
    CHECK(good.value() == 4);
    const Result<int> bad = half_of(7);
    CHECK_FALSE(bad);
    CHECK(bad.error().code == Errc::invalid);
    CHECK(bad.error().context == "odd");
  }

  TEST_CASE("a result without a value says only whether it went well") {
    CHECK(check(true).has_value());
    const Result<void> bad = check(false);
    CHECK_FALSE(bad.has_value());
    CHECK(bad.error().code == Errc::denied);
  }

  TEST_CASE("reading the side that is not there throws") {
    CHECK_THROWS_AS(static_cast<void>(half_of(7).value()), std::bad_variant_access);
    CHECK_THROWS_AS(static_cast<void>(half_of(8).error()), std::bad_variant_access);
  }

  TEST_CASE("what can only be moved is moved out") {
    Result<std::unique_ptr<int>> made = std::make_unique<int>(5);
    const std::unique_ptr<int> taken = *std::move(made);
    CHECK(*taken == 5);
  }

  TEST_CASE("the value is reached and changed in place") {
    Result<std::string> text = std::string("ab");
    text->push_back('c');
    *text += 'd';
    CHECK(text.value() == "abcd");
  }

  TEST_CASE("an error from errno says what was tried and why it failed") {
    const Error error = from_errno("open /x", ENOENT);
    CHECK(error.code == Errc::not_found);
    CHECK(error.context == "open /x: No such file or directory");
  }

  TEST_CASE("errno and libuv's results give the same kinds") {
    struct Row {
      int number;
      Errc code;
    };
    for (const Row& row :
         {Row{EMFILE, Errc::out_of_descriptors}, Row{ENFILE, Errc::out_of_descriptors},
          Row{ENOENT, Errc::not_found}, Row{EEXIST, Errc::exists}, Row{EADDRINUSE, Errc::exists},
          Row{EACCES, Errc::denied}, Row{EPERM, Errc::denied}, Row{EPIPE, Errc::closed},
          Row{ECONNRESET, Errc::closed}, Row{EIO, Errc::system}}) {
      CAPTURE(row.number);
      CHECK(from_errno("x", row.number).code == row.code);
      CHECK(from_uv("x", -row.number).code == row.code);
    }
    CHECK(from_uv("bind", UV_EADDRINUSE).context == "bind: address already in use");
  }

  TEST_CASE("each kind of error has a name of its own") {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(Errc::system); ++code)
      names.insert(to_string(static_cast<Errc>(code)));
    CHECK(names.size() == static_cast<size_t>(Errc::system) + 1);
    CHECK(names.count("unknown") == 0);
    CHECK(to_string(Errc::frame_too_large) == "frame_too_large");
  }
}
