// Structs to JSON and back, from one description each: what is written is what is read.
//
// A struct describes itself once, without knowing JSON:
//     struct Ping {
//       static constexpr std::string_view kType = "ping";
//       uint64_t number = 0;
//       static void fields(auto& self, auto&& field) { field("number", self.number); }
//     };
// A field may be a bool, an integer, a string, an enumeration (by its names where `names_of(E)`
// gives them, else as its number: a strong id), another described struct, a std::variant of
// described structs with a kType each (written with "type" first), a std::vector, std::optional,
// base::Lazy or boost::intrusive_ptr<const T> of any of these, or a value type that checks itself:
// `static std::optional<V> parse(std::string_view)` and `str() const`, which gives a text.
//
// An empty optional is left out, and so are a Lazy that was not made and what is
// base::mostly_zero() and zero. On reading, unknown fields are ignored and missing ones keep their
// default, so that two versions understand each other; a field of the wrong type, or a value that
// does not check, is an error. Texts must be valid UTF-8: they are checked when they come from a
// client.
//
// Three classes do it: JsonWriter; JsonScanner, for what a JsonWriter of this build has written;
// JsonReader, for everything else.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ipc/json_reader.h"
#include "ipc/json_scanner.h"
#include "ipc/json_writer.h"

namespace banterd::ipc {

template <class T>
void append_json(std::string& out, const T& v) {
  JsonWriter(out).value(v);
}

// The same of a struct as it stands in a variant: its type first.
template <class T>
void append_json_alternative(std::string& out, const T& v) {
  JsonWriter(out).alternative_value(v);
}

template <class T>
std::string to_json(const T& v) {
  std::string out;
  append_json(out, v);
  return out;
}

// Reads any JSON, also what the scanner would. Errc::invalid, with the path to the field that is
// wrong.
template <class T>
base::Result<T> from_any_json(std::string_view text) {
  JsonDocument document;
  if (!document.parse(text)) return base::Error{base::Errc::invalid, "not JSON"};
  T v{};
  JsonReader reader;
  if (!reader.value(document.root(), v)) return base::Error{base::Errc::invalid, reader.error()};
  return v;
}

// Reads into `v`, whose memory is used again as far as it fits: for many messages, one after the
// other. Errors as above; `v` is of no use then.
template <class T>
base::Result<void> read_json(std::string_view text, T& v) {
  if (JsonScanner(text).read(v)) return {};
  auto read = from_any_json<T>(text);
  if (!read) return std::move(read).error();
  v = *std::move(read);
  return {};
}

template <class T>
base::Result<T> from_json(std::string_view text) {
  T v{};
  if (auto read = read_json(text, v); !read) return std::move(read).error();
  return v;
}

}  // namespace banterd::ipc
