#include "base/shared_text.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace banterd::base {

TEST_SUITE("base/shared_text") {
  TEST_CASE("it is the text that it was made of, of any length") {
    for (const size_t size : {0, 1, 7, 8, 247, 248, 249, 70'000}) {
      CAPTURE(size);
      const std::string text(size, 'x');
      const SharedText shared = text;
      CHECK(shared == text);
      CHECK(shared.size() == size);
      CHECK(shared.empty() == (size == 0));
      CHECK(shared.view().data() != nullptr);
      CHECK(std::string(shared) == text);
    }
    CHECK(SharedText("a\0b") == "a");
    CHECK(SharedText(std::string_view("a\0b", 3)).size() == 3);
  }

  TEST_CASE("copies share it, and it lives as long as one of them") {
    auto first = SharedText("what was said");
    SharedText second = first;
    CHECK(second.view().data() == first.view().data());
    const SharedText moved = std::move(first);
    CHECK(moved.view().data() == second.view().data());
    second = "another";
    CHECK(moved == "what was said");
    CHECK(second == "another");
  }

  TEST_CASE("a part of itself may be put in its place") {
    SharedText text = "what was said";
    text = text.view().substr(0, 4);
    CHECK(text == "what");
    const SharedText& same = text;
    text = same;
    CHECK(text == "what");
  }
}

}  // namespace banterd::base
