#include "conf/json_tree.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::conf {

namespace {

Value tree(std::string_view text) {
  auto result = read_json(text);
  if (const auto* mistake = std::get_if<Mistake>(&result)) FAIL(mistake->text);
  return std::get<Value>(std::move(result));
}

// "LINE:COLUMN: text" of the mistake, or "none".
std::string mistake(std::string_view text) {
  const auto result = read_json(text);
  const auto* found = std::get_if<Mistake>(&result);
  if (found == nullptr) return "none";
  return std::to_string(found->place.line) + ":" + std::to_string(found->place.column) + ": " +
         found->text;
}

// Where the mistake is: "LINE:COLUMN".
std::string mistake_place(std::string_view text) {
  const std::string shown = mistake(text);
  return shown.substr(0, shown.find(": "));
}

}  // namespace

TEST_SUITE("conf/json_tree") {
  TEST_CASE("every kind of value is read") {
    const Value value = tree(
        R"({"n": null, "t": true, "i": 12, "neg": -1, "f": 1.5, "s": "x\ny", "l": [1, 2], "o": {}})");
    REQUIRE(value.kind == Value::Kind::object);
    REQUIRE(value.children.size() == 8);
    CHECK(value.children[0].kind == Value::Kind::null);
    CHECK(value.children[1].truth);
    CHECK(value.children[2].whole == 12);
    CHECK_FALSE(value.children[3].whole);
    CHECK(value.children[3].text == "-1");
    CHECK_FALSE(value.children[4].whole);
    CHECK(value.children[4].text == "1.5");
    CHECK(value.children[5].text == "x\ny");
    CHECK(value.children[6].children.size() == 2);
    CHECK(value.children[7].kind == Value::Kind::object);
    CHECK(value.children[7].key == "o");
  }

  TEST_CASE("keys and values know the line and column of their first character") {
    const Value value = tree("{\n  \"a\" : 12,\n\t\"b\":[3 , 4],\"c\":{ \"d\":\"e\" }\n}");
    CHECK(value.place == Place{1, 1});
    const Value& a = value.children[0];
    CHECK(a.key_place == Place{2, 3});
    CHECK(a.place == Place{2, 9});
    const Value& b = value.children[1];
    CHECK(b.key_place == Place{3, 2});
    CHECK(b.place == Place{3, 6});
    CHECK(b.children[0].place == Place{3, 7});
    CHECK(b.children[1].place == Place{3, 11});
    const Value& c = value.children[2];
    CHECK(c.key_place == Place{3, 14});
    CHECK(c.place == Place{3, 18});
    CHECK(c.children[0].key_place == Place{3, 20});
    CHECK(c.children[0].place == Place{3, 24});
  }

  TEST_CASE("comments move no place, whatever stands in them and wherever they stand") {
    const Value value = tree(
        "// \"x\": {[\n/* , : * / // */ { /**/\"a\"/*:*/:/*\n*/1//,\n,\"b\":2/* \" */} // end");
    CHECK(value.place == Place{2, 18});
    CHECK(value.children[0].key_place == Place{2, 24});
    CHECK(value.children[0].place == Place{3, 3});
    CHECK(value.children[1].key_place == Place{4, 2});
    CHECK(value.children[1].place == Place{4, 6});
  }

  TEST_CASE("a number right before a comment is not taken for more than it is") {
    const Value value = tree("[1/**/,2//\n]");
    CHECK(value.children[0].text == "1");
    CHECK(value.children[1].place == Place{1, 8});
    CHECK(value.children[1].text == "2");
  }

  TEST_CASE("a comment ends at a carriage return as well, as the parser has it") {
    const Value value = tree("// c\r{\"a\": 1}\r\n");
    CHECK(value.children[0].whole == 1);
  }

  TEST_CASE("columns count characters, not bytes") {
    CHECK(tree("[\"äöü\", \"😀\", 1]").children[2].place == Place{1, 14});
  }

  TEST_CASE("a byte order mark is passed over and takes no column") {
    CHECK(tree("\xEF\xBB\xBF[1]").children[0].place == Place{1, 2});
  }

  TEST_CASE("escaped quotes and brackets in strings move no place") {
    CHECK(tree(R"(["\"]\\", "[,:", 1])").children[2].place == Place{1, 18});
  }

  TEST_CASE("duplicate keys are both kept") {
    CHECK(tree(R"({"a": 1, "a": 2})").children.size() == 2);
  }

  TEST_CASE("a syntax error is told where the wrong token begins") {
    CHECK(mistake("{\n  \"a\": 1,\n}") ==
          "3:1: syntax error while parsing object key - unexpected '}'; expected string literal");
    CHECK(mistake_place("[1,,2]") == "1:4");
    CHECK(mistake_place("[,]") == "1:2");
    CHECK(mistake_place("[1:2]") == "1:3");
    CHECK(mistake_place("[1 2]") == "1:4");
    CHECK(mistake_place("{\"a\" 1}") == "1:6");
    CHECK(mistake_place("{\"a\": tru}") == "1:7");
    CHECK(mistake_place("{} x") == "1:4");
    CHECK(mistake_place("[1, \"abc\n\"]") == "1:5");
    CHECK(mistake_place("[1, /* open") == "1:5");
  }

  TEST_CASE("a text that ends too early is told at its end") {
    CHECK(mistake_place("") == "1:1");
    CHECK(mistake_place("// nothing\n") == "2:1");
    CHECK(mistake_place("{\"a\": [1,") == "1:10");
    CHECK(mistake_place("[1,") == "1:4");
  }

  TEST_CASE("a syntax error does not repeat the text, which may be a password") {
    CHECK(mistake("{\"password\": \"hunter2\n\"}").find("hunter2") == std::string::npos);
    CHECK(mistake("[\"last\", hunter2 '; expected ]").find("hunter2") == std::string::npos);
  }

  TEST_CASE("a number beyond every type is a mistake, not an exception") {
    CHECK(mistake("[1, 1e400]") == "1:5: number overflow parsing '1e400'");
    CHECK_FALSE(tree("[18446744073709551616]").children[0].whole);
  }

  TEST_CASE("text that is not UTF-8 is refused, in comments too") {
    CHECK(mistake("{\n // \xC3\x28\n}") == "2:5: this is not valid UTF-8");
    for (std::string_view bad :
         {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF"}) {
      CHECK(mistake("//" + std::string(bad)) == "1:3: this is not valid UTF-8");
    }
    for (std::string_view good : {"\xC2\xA0", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF",
                                  "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
      CHECK(mistake("{}//" + std::string(good)) == "none");
    }
  }

  TEST_CASE("what follows a NUL does not go unread") {
    CHECK(mistake(std::string_view("{}\0x", 4)) == "1:3: control characters are not allowed");
  }

  TEST_CASE("nesting of sixteen is read, deeper is refused where it begins") {
    CHECK(mistake(std::string(16, '[') + std::string(16, ']')) == "none");
    CHECK(mistake(std::string(17, '[') + std::string(17, ']')) == "1:17: nested more than 16 deep");
    CHECK(mistake(std::string(100'000, '[')) == "1:17: nested more than 16 deep");
  }

  TEST_CASE("a text above a mebibyte is refused") {
    CHECK(mistake("{}" + std::string(kMaxTextBytes - 2, ' ')) == "none");
    CHECK(mistake("{}" + std::string(kMaxTextBytes - 1, ' ')) ==
          "1:1: a configuration has at most 1 MiB");
  }
}

}  // namespace banterd::conf
