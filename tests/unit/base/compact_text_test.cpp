#include "base/compact_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using banterd::base::CompactText;

TEST_SUITE("base/compact_text") {
  TEST_CASE("a text of any size comes back as it was") {
    for (size_t size = 0; size < 300; ++size) {
      std::string text;
      for (size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7 + size);
      const CompactText compact = text;
      CHECK(compact.view() == text);
      CHECK(compact.size() == size);
      CHECK(compact.empty() == (size == 0));
      CHECK(std::string(compact) == text);
    }
    CHECK(sizeof(CompactText) == 8);
  }

  TEST_CASE("a copy is its own, and what was moved from is empty") {
    for (const char* text : {"short", "longer than what fits in place"}) {
      CompactText first = text;
      CompactText copy = first;
      CompactText moved = std::move(first);
      CHECK(copy.view() == text);
      CHECK(moved.view() == text);
      CHECK(first.empty());  // NOLINT(bugprone-use-after-move)
      first = copy;
      copy = "other";
      CHECK(first.view() == text);
      first = std::move(copy);
      CHECK(first.view() == "other");
      const CompactText& itself = moved;
      moved = itself;
      CHECK(moved.view() == text);
    }
  }

  TEST_CASE("texts are equal by what they say") {
    CHECK(CompactText("1234567") == CompactText(std::string("1234567")));
    CHECK(CompactText("12345678") == std::string_view("12345678"));
    CHECK_FALSE(CompactText("12345678") == CompactText("1234567"));
    CHECK(CompactText() == std::string_view());
    CHECK(CompactText(std::string(1, '\0')).size() == 1);
  }
}
