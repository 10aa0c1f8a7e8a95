#include "ipc/json_document.h"

#include <doctest/doctest.h>

#include <string>

using namespace banterd::ipc;

namespace {

JsonDocument parsed(std::string_view text) {
  JsonDocument document;
  REQUIRE(document.parse(text));
  return document;
}

// The member, which must be there.
JsonValue member(const JsonValue& object, std::string_view key) {
  JsonValue found = object;
  REQUIRE(object.find(key, found));
  return found;
}

}  // namespace

TEST_SUITE("ipc/json_document") {
  TEST_CASE("each kind of value is what it is") {
    const JsonDocument document = parsed(
        R"({"s":"a\u00e4\n","t":true,"f":false,"n":7,"m":-7,"big":18446744073709551615,
            "null":null,"float":1.5,"beyond":18446744073709551616,"list":[],"object":{}})");
    const JsonValue root = document.root();
    CHECK(root.is_object());
    CHECK(root.size() == 11);
    CHECK(member(root, "s").as_string() == "aä\n");
    CHECK(member(root, "t").as_bool());
    CHECK(member(root, "f").is_boolean());
    CHECK_FALSE(member(root, "f").as_bool());
    CHECK(member(root, "n").as_unsigned() == 7);
    CHECK(member(root, "m").is_negative());
    CHECK(member(root, "m").as_negative() == -7);
    CHECK(member(root, "big").as_unsigned() == UINT64_MAX);
    for (const char* key : {"null", "float", "beyond"}) {
      CAPTURE(key);
      const JsonValue other = member(root, key);
      CHECK_FALSE((other.is_boolean() || other.is_string() || other.is_array() ||
                   other.is_object() || other.is_unsigned() || other.is_negative()));
    }
    CHECK(member(root, "list").is_array());
    CHECK(member(root, "list").size() == 0);
    CHECK(member(root, "object").is_object());
  }

  TEST_CASE("a value's children are its own, however deep their own go") {
    const JsonDocument document =
        parsed(R"({"a":[{"b":[1,2,[3]]},{"b":[]},4],"b":"outer","c":{"b":{"b":5}}})");
    const JsonValue root = document.root();
    CHECK(member(root, "b").as_string() == "outer");
    CHECK(member(member(member(root, "c"), "b"), "b").as_unsigned() == 5);
    std::string kinds;
    member(root, "a").each([&](const JsonValue& element) {
      kinds += element.is_object() ? 'o' : element.is_unsigned() ? 'n' : '?';
      return true;
    });
    CHECK(kinds == "oon");
    JsonValue none = root;
    CHECK_FALSE(root.find("d", none));
    CHECK_FALSE(member(root, "c").find("a", none));
  }

  TEST_CASE("of members with one name the last counts, and an array is left when it is told to") {
    const JsonDocument document = parsed(R"({"a":1,"a":2,"l":[1,2,3]})");
    CHECK(member(document.root(), "a").as_unsigned() == 2);
    int seen = 0;
    member(document.root(), "l").each([&](const JsonValue&) { return ++seen < 2; });
    CHECK(seen == 2);
  }

  TEST_CASE("what is no JSON is none, and the document can be used again") {
    JsonDocument document;
    for (const char* text : {"", "{", "[1,", R"({"a")", "nul", "1 2", "\"\xff\"", "{]"}) {
      CAPTURE(text);
      CHECK_FALSE(document.parse(text));
    }
    CHECK(document.parse("[1]"));
    CHECK(document.root().size() == 1);
  }

  TEST_CASE("nesting costs no stack") {
    const size_t depth = 400'000;
    CHECK(parsed(std::string(depth, '[') + std::string(depth, ']')).root().is_array());
  }
}
