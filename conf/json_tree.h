// JSON text with comments, read into a small tree of values that each know their place in the text.
//
// nlohmann/json tells places only for syntax errors and keeps the last of two equal keys, so a DOM
// of its own making could neither say where an unknown key stands nor see a duplicate. Here its SAX
// parser does the reading and the places are kept; what the values mean is object_reader.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conf/mistakes.h"

namespace banterd::conf {

constexpr size_t kMaxDepth = 16;           // of nested lists and objects
constexpr size_t kMaxTextBytes = 1 << 20;  // of a configuration

struct Value {
  enum class Kind { null, boolean, number, string, list, object };

  Kind kind = Kind::null;
  Place place;         // of its first character
  bool truth = false;  // boolean
  std::string text;    // string: its value; number: as written
  std::optional<uint64_t>
      whole;  // number: set if it is a whole one from 0 to 2^64 - 1, written without '.' or 'e'
  std::vector<Value>
      children;  // list: its items; object: its members in the order of the text, also duplicates
  std::string key;  // of a member of an object
  Place key_place;
};

// "a string", "a list", …: for messages.
std::string_view to_string(Value::Kind kind);

// The tree of a text, or the first mistake in it: too large, not UTF-8, a control character, not
// JSON, too deep. May throw std::bad_alloc.
std::variant<Value, Mistake> read_json(std::string_view text);

}  // namespace banterd::conf
