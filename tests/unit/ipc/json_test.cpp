#include "ipc/json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace banterd;
using ipc::from_json;
using ipc::to_json;

namespace {

enum class Colour { red, dark_blue };
const std::array<std::string_view, 2>& names_of(Colour) {
  static constexpr std::array<std::string_view, 2> kNames = {"red", "dark_blue"};
  return kNames;
}

// A value that checks itself.
class Name {
 public:
  Name() = default;
  static std::optional<Name> parse(std::string_view text) {
    if (text.empty() || text[0] != '#') return std::nullopt;
    Name name;
    name.text_ = text;
    return name;
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
};

struct Inner {
  int16_t number = 0;
  static void fields(auto& self, auto&& field) { field("number", self.number); }
};

struct Shared : boost::intrusive_ref_counter<Shared> {
  explicit Shared(int its_number = 0) : number(its_number) {}
  int number = 0;
  static void fields(auto& self, auto&& field) { field("number", self.number); }
};

struct Text {
  static constexpr std::string_view kType = "text";
  std::string text;
  static void fields(auto& self, auto&& field) { field("text", self.text); }
};
struct Nothing {
  static constexpr std::string_view kType = "nothing";
  static void fields(auto&, auto&&) {}
};
struct Nested {
  static constexpr std::string_view kType = "nested";
  std::vector<std::variant<Text, Nothing>> events;
  bool last = false;
  static void fields(auto& self, auto&& field) {
    field("events", self.events);
    field("last", self.last);
  }
};
using Message = std::variant<Text, Nothing, Nested>;

struct Everything {
  bool yes = false;
  uint64_t large = 0;
  int64_t negative = 0;
  uint8_t small = 0;
  std::string text;
  Colour colour = Colour::red;
  Inner inner;
  std::vector<Inner> list;
  std::vector<std::string> texts;
  std::optional<std::string> maybe;
  std::optional<uint32_t> perhaps;
  base::Lazy<std::string> lazy;
  base::Lazy<std::string> lazier;
  boost::intrusive_ptr<const Shared> shared{new Shared};
  Name name;
  uint32_t seldom = 0;
  Colour seldom_blue = Colour::red;
  static void fields(auto& self, auto&& field) {
    field("yes", self.yes);
    field("large", self.large);
    field("negative", self.negative);
    field("small", self.small);
    field("text", self.text);
    field("colour", self.colour);
    field("inner", self.inner);
    field("list", self.list);
    field("texts", self.texts);
    field("maybe", self.maybe);
    field("perhaps", self.perhaps);
    field("lazy", self.lazy);
    field("lazier", self.lazier);
    field("shared", self.shared);
    field("name", self.name);
    field("seldom", base::mostly_zero(self.seldom));
    field("seldom_blue", base::mostly_zero(self.seldom_blue));
  }
};

Everything example() {
  Everything all;
  all.yes = true;
  all.large = std::numeric_limits<uint64_t>::max();
  all.negative = std::numeric_limits<int64_t>::min();
  all.small = 255;
  all.text = "text";
  all.colour = Colour::dark_blue;
  all.inner.number = -7;
  all.list = {{1}, {2}};
  all.texts = {"a", ""};
  all.maybe = "there";
  all.lazy.make() = "made";
  all.shared.reset(new Shared(9));
  all.name = *Name::parse("#room");
  return all;
}

template <class T>
std::string error_of(std::string_view text) {
  const auto read = from_json<T>(text);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == base::Errc::invalid);
  return read.error().context;
}

}  // namespace

TEST_SUITE("ipc/json") {
  TEST_CASE("a struct is written field by field, as it describes itself") {
    CHECK(
        to_json(example()) ==
        R"({"yes":true,"large":18446744073709551615,"negative":-9223372036854775808,"small":255,)"
        R"("text":"text","colour":"dark_blue","inner":{"number":-7},"list":[{"number":1},{"number":2}],)"
        R"("texts":["a",""],"maybe":"there","lazy":"made","shared":{"number":9},"name":"#room"})");
  }

  TEST_CASE("what is written is what is read") {
    const auto read = from_json<Everything>(to_json(example()));
    REQUIRE(read.has_value());
    CHECK(to_json(*read) == to_json(example()));
    CHECK(read->large == std::numeric_limits<uint64_t>::max());
    CHECK(read->colour == Colour::dark_blue);
    CHECK(read->name.str() == "#room");
    CHECK_FALSE(read->perhaps.has_value());
  }

  TEST_CASE("what is mostly zero is left out when it is, also in memory that was used before") {
    Everything all = example();
    all.seldom = 7;
    all.seldom_blue = Colour::dark_blue;
    const std::string with = to_json(all);
    CHECK(with.ends_with(R"(,"seldom":7,"seldom_blue":"dark_blue"})"));
    CHECK(to_json(*from_json<Everything>(with)) == with);
    CHECK(to_json(*ipc::from_any_json<Everything>(with)) == with);

    const std::string without = to_json(example());
    CHECK(ipc::JsonScanner(without).read(all));
    CHECK(to_json(all) == without);
    CHECK(from_json<Everything>(R"({"seldom":0,"seldom_blue":"red"})").has_value());
    CHECK(error_of<Everything>(R"({"seldom":"7"})") == "seldom: an integer expected");
  }

  TEST_CASE("every byte that JSON must escape survives, and all else is left as it is") {
    std::string text = "ä€\U0001F600 / \x7f";
    for (char c = 0; c < 0x20; ++c) text += c;
    text += "\"\\";
    const std::string json = to_json(Text{text});
    CHECK(json.find("ä€\U0001F600 / \x7f") != std::string::npos);
    CHECK(std::all_of(json.begin(), json.end(), [](unsigned char c) { return c >= 0x20; }));
    const auto read = from_json<Text>(json);
    REQUIRE(read.has_value());
    CHECK(read->text == text);
  }

  TEST_CASE("a variant carries its type and is read back as that alternative") {
    const Message message = Nested{{Text{"one"}, Nothing{}, Text{"two"}}, true};
    const std::string json = to_json(message);
    CHECK(json == R"({"type":"nested","events":[{"type":"text","text":"one"},{"type":"nothing"},)"
                  R"({"type":"text","text":"two"}],"last":true})");
    const auto read = from_json<Message>(json);
    REQUIRE(read.has_value());
    CHECK(to_json(*read) == json);
    CHECK(to_json(Message(Nothing{})) == R"({"type":"nothing"})");
  }

  TEST_CASE("unknown fields are ignored and missing ones keep their default") {
    const auto read = from_json<Everything>(R"({"new":[1,{"x":null}],"text":"here"})");
    REQUIRE(read.has_value());
    CHECK(read->text == "here");
    CHECK(read->large == 0);
    CHECK(read->shared->number == 0);
  }

  TEST_CASE("an error names the way to the field that is wrong") {
    CHECK(error_of<Everything>(R"({"yes":1})") == "yes: a boolean expected");
    CHECK(error_of<Everything>(R"({"text":1})") == "text: a string expected");
    CHECK(error_of<Everything>(R"({"inner":{"number":"x"}})") ==
          "inner: number: an integer expected");
    CHECK(error_of<Everything>(R"({"inner":[]})") == "inner: an object expected");
    CHECK(error_of<Everything>(R"({"list":{}})") == "list: an array expected");
    CHECK(error_of<Everything>(R"({"list":[{"number":1},{"number":1.5}]})") ==
          "list: number: an integer expected");
    CHECK(error_of<Everything>(R"({"colour":"green"})") == "colour: an unknown name");
    CHECK(error_of<Everything>(R"({"name":"no hash"})") == "name: a text that is not allowed here");
    CHECK(error_of<Everything>(R"({"perhaps":null})") == "perhaps: an integer expected");
    CHECK(error_of<Everything>("[]") == "an object expected");
  }

  TEST_CASE("a number that does not fit its field is an error, never cut") {
    const char* context = "small: a number out of range";
    CHECK(error_of<Everything>(R"({"small":256})") == context);
    CHECK(error_of<Everything>(R"({"small":-1})") == context);
    CHECK(error_of<Everything>(R"({"large":-1})") == "large: a number out of range");
    CHECK(error_of<Everything>(R"({"negative":9223372036854775808})") ==
          "negative: a number out of range");
    // Beyond 64 bits the reader makes a fraction of it.
    CHECK(error_of<Everything>(R"({"large":18446744073709551616})") ==
          "large: an integer expected");
    CHECK(error_of<Inner>(R"({"number":-32769})") == "number: a number out of range");
  }

  TEST_CASE("a variant without a known type is an error") {
    CHECK(error_of<Message>(R"({"text":"x"})") == "no type");
    CHECK(error_of<Message>(R"({"type":5})") == "no type");
    CHECK(error_of<Message>(R"([])") == "no type");
    CHECK(error_of<Message>(R"({"type":"later"})") == "unknown type later");
    CHECK(error_of<Message>(R"({"type":"nested","events":[{"type":"text","text":[]}]})") ==
          "events: text: a string expected");
  }

  TEST_CASE("what is no JSON is an error, not an exception") {
    for (const std::string_view text :
         {"", "{", "nonsense", "{\"text\":\"\xff\"}", "{\"large\":1e400}", "{\"text\":\"a\"} b"}) {
      CAPTURE(text);
      CHECK(error_of<Everything>(text) == "not JSON");
    }
  }
}
