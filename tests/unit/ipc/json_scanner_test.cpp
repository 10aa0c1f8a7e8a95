#include "ipc/json_scanner.h"

#include <doctest/doctest.h>

#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ipc/json.h"

using namespace banterd;

namespace {

struct Nothing {
  static constexpr std::string_view kType = "nothing";
  static void fields(auto&, auto&&) {}
};
struct Text {
  static constexpr std::string_view kType = "text";
  std::string text;
  static void fields(auto& self, auto&& field) { field("text", self.text); }
};
struct Shared : boost::intrusive_ref_counter<Shared> {
  explicit Shared(std::string its_text = {}) : text(std::move(its_text)) {}
  std::string text;
  static void fields(auto& self, auto&& field) { field("text", self.text); }
};
struct Numbers {
  static constexpr std::string_view kType = "numbers";
  uint64_t large = 0;
  int16_t small = 0;
  std::optional<int64_t> maybe;
  std::vector<uint8_t> list;
  boost::intrusive_ptr<const Shared> shared{new Shared};
  base::Lazy<std::string> lazy;
  static void fields(auto& self, auto&& field) {
    field("large", self.large);
    field("small", self.small);
    field("maybe", self.maybe);
    field("list", self.list);
    field("shared", self.shared);
    field("lazy", self.lazy);
  }
};
using Message = std::variant<Text, Nothing, Numbers>;

template <class T>
bool scans(std::string_view text, T& v) {
  return ipc::JsonScanner(text).read(v);
}
template <class T>
bool scans(std::string_view text) {
  T v{};
  return scans(text, v);
}

}  // namespace

TEST_SUITE("ipc/json_scanner") {
  TEST_CASE("whatever the writer writes is read, into whatever memory") {
    Numbers numbers{std::numeric_limits<uint64_t>::max(), -32768, 0, {0, 255}, {}, {}};
    numbers.shared.reset(new Shared("shared"));
    numbers.lazy.make() = "made";
    std::string every_byte = "ä€\U0001F600";
    for (int c = 0; c < 0x80; ++c) every_byte += static_cast<char>(c);
    Message read;
    for (const Message& message :
         {Message(Nothing{}), Message(Text{"plain"}), Message(Text{every_byte}), Message(Text{""}),
          Message(numbers), Message(Numbers{}), Message(Nothing{}), Message(numbers)}) {
      const std::string json = ipc::to_json(message);
      CAPTURE(json);
      REQUIRE(scans(json, read));
      CHECK(ipc::to_json(read) == json);
    }
  }

  TEST_CASE("an optional that is left out leaves nothing of what was there before") {
    Numbers read;
    read.maybe = 5;
    read.lazy.make() = "made";
    read.list = {1, 2, 3};
    REQUIRE(scans(R"({"large":1,"small":2,"list":[],"shared":{"text":""}})", read));
    CHECK_FALSE(read.maybe.has_value());
    CHECK_FALSE(read.lazy.made());
    CHECK(read.list.empty());
  }

  TEST_CASE("any other form is left to the reader, which takes it") {
    for (const std::string_view text :
         {R"( {"text":"a"})", R"({"text":"a"} )", R"({ "text":"a"})", R"({"text": "a"})",
          R"({"text":"a","more":1})", R"({"more":1,"text":"a"})", R"({"text":"x","text":"a"})",
          R"({"text":"\u0061"})", R"({})"}) {
      CAPTURE(text);
      CHECK_FALSE(scans<Text>(text));
      const auto read = ipc::from_json<Text>(text);
      REQUIRE(read.has_value());
      CHECK(read->text == (text == "{}" ? "" : "a"));
    }
    for (const std::string_view text :
         {R"("\n")", R"("\/")", R"("\u001F")", R"("\u0020")", R"("\u00e4")", R"("\ud83d\ude00")"}) {
      CAPTURE(text);
      const std::string json = "{\"text\":" + std::string(text) + "}";
      CHECK_FALSE(scans<Text>(json));
      CHECK(ipc::from_json<Text>(json).has_value());
    }
  }

  TEST_CASE("what is no JSON, or of no such value, is not read") {
    for (const std::string_view text :
         {"", "{", "{}", R"({"text")", R"({"text":)", R"({"text":")", R"({"text":"a)",
          R"({"text":"a")", R"({"text":"a"}})", R"({"text":"\)", R"({"text":"\u00)",
          R"({"text":"\u001)", R"({"text":"\u0020"})", R"({"text":1})", "{\"text\":\"\x1f\"}",
          "{\"text\":\"\xff\"}", "{\"text\":\"\xc3\"}", "{\"text\":\"\xed\xa0\x80\"}"}) {
      CAPTURE(text);
      CHECK_FALSE(scans<Text>(text));
    }
  }

  TEST_CASE("a number is one that the writer writes, and fits") {
    const auto reads = [](const std::string& number) {
      return scans<std::vector<int16_t>>("[" + number + "]");
    };
    for (const char* good : {"0", "7", "-7", "32767", "-32768"}) CHECK(reads(good));
    for (const char* bad : {"-", "-0", "00", "07", "-07", "+7", "7.0", "7e0", "7 ", "32768",
                            "-32769", "99999999999999999999999", "\"7\"", "true", "7,"}) {
      CAPTURE(bad);
      CHECK_FALSE(reads(bad));
    }
    CHECK_FALSE(scans<std::vector<uint8_t>>("[-1]"));
  }

  TEST_CASE("a variant's type comes first, and is known") {
    CHECK(scans<Message>(R"({"type":"text","text":"x"})"));
    CHECK(scans<Message>(R"({"type":"nothing"})"));
    for (const std::string_view text :
         {R"({"text":"x","type":"text"})", R"({"type":"later"})", R"({"type":"text"})",
          R"({"type":"nothing","text":"x"})", R"({"type":"tex","text":"x"})", R"({"type":1})"}) {
      CAPTURE(text);
      CHECK_FALSE(scans<Message>(text));
    }
  }
}
