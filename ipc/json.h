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
// described structs with a kType each (written with "type" first), a std::vector, std::optional or
// std::shared_ptr<const T> of any of these, or a value type that checks itself: `static
// std::optional<V> parse(std::string_view)` and `const std::string& str() const`.
//
// An empty optional is left out. On reading, unknown fields are ignored and missing ones keep their
// default, so that two versions understand each other; a field of the wrong type, or a value that
// does not check, is an error. The writer is our own since it is on the path of every message
// (docs/bus.md has the cost); what is read, nlohmann's parser has taken apart
// (ipc/json_document.h). Texts must be valid UTF-8: they are checked
// when they come from a client.
#pragma once

#include <charconv>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ipc/json_document.h"

namespace banterd::ipc {

template <class T>
concept SelfChecking = requires(const T& value, std::string_view text) {
  { T::parse(text) } -> std::same_as<std::optional<T>>;
  { value.str() } -> std::convertible_to<std::string_view>;
};

template <class T>
concept Named = std::is_enum_v<T> && requires(T value) {
  names_of(value).size();
};

template <class T>
struct IsVariant : std::false_type {};
template <class... Ts>
struct IsVariant<std::variant<Ts...>> : std::true_type {};

// Appends `text` as a JSON string, quotes included (RFC 8259 section 7).
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  template <class T>
  void value(const T& v) {
    if constexpr (std::is_same_v<T, bool>) {
      out_ += v ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
      out_.append(digits, end);
    } else if constexpr (Named<T>) {
      append_json_string(out_, names_of(v)[static_cast<size_t>(v)]);
    } else if constexpr (std::is_enum_v<T>) {
      value(static_cast<std::underlying_type_t<T>>(v));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      append_json_string(out_, v);
    } else if constexpr (SelfChecking<T>) {
      append_json_string(out_, v.str());
    } else if constexpr (IsVariant<T>::value) {
      std::visit([this](const auto& alternative) { this->template object<true>(alternative); }, v);
    } else {
      object<false>(v);
    }
  }
  template <class T>
  void value(const std::vector<T>& list) {
    out_ += '[';
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ',';
      value(static_cast<const T&>(list[i]));
    }
    out_ += ']';
  }
  template <class T>
  void value(const std::shared_ptr<const T>& pointer) {
    value(*pointer);
  }

  template <class T>
  void field(std::string_view key, const T& v) {
    separate();
    out_ += '"';
    out_ += key;
    out_ += "\":";
    value(v);
  }
  template <class T>
  void field(std::string_view key, const std::optional<T>& v) {
    if (v) field(key, *v);
  }

 private:
  template <bool with_type, class T>
  void object(const T& v) {
    out_ += '{';
    const bool outer_first = std::exchange(first_, true);
    if constexpr (with_type) field("type", T::kType);
    T::fields(v, [this](std::string_view key, const auto& member) { this->field(key, member); });
    first_ = outer_first;
    out_ += '}';
  }
  void separate() {
    if (!std::exchange(first_, false)) out_ += ',';
  }

  std::string& out_;
  bool first_ = true;
};

class JsonReader {
 public:
  // Reads `json` into `v`. False when something is wrong; error() says what.
  template <class T>
  bool value(const JsonValue& json, T& v) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return fail("a boolean expected");
      v = json.as_bool();
      return true;
    } else if constexpr (std::is_integral_v<T>) {
      return integer(json, v);
    } else if constexpr (Named<T>) {
      return name(json, v);
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      if (!integer(json, number)) return false;
      v = static_cast<T>(number);
      return true;
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return fail("a string expected");
      v = json.as_string();
      return true;
    } else if constexpr (SelfChecking<T>) {
      if (!json.is_string()) return fail("a string expected");
      std::optional<T> checked = T::parse(json.as_string());
      if (!checked) return fail("a text that is not allowed here");
      v = *std::move(checked);
      return true;
    } else if constexpr (IsVariant<T>::value) {
      return variant(json, v);
    } else {
      return object(json, v);
    }
  }
  template <class T>
  bool value(const JsonValue& json, std::vector<T>& list) {
    if (!json.is_array()) return fail("an array expected");
    list.clear();
    list.reserve(json.size());
    bool good = true;
    json.each([&](const JsonValue& element) {
      T element_value{};
      good = value(element, element_value);
      if (good) list.push_back(std::move(element_value));
      return good;
    });
    return good;
  }
  template <class T>
  bool value(const JsonValue& json, std::optional<T>& v) {
    return value(json, v.emplace());
  }
  template <class T>
  bool value(const JsonValue& json, std::shared_ptr<const T>& pointer) {
    auto fresh = std::make_shared<T>();
    if (!value(json, *fresh)) return false;
    pointer = std::move(fresh);
    return true;
  }

  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  template <class T>
  bool integer(const JsonValue& json, T& v) {
    if (json.is_unsigned()) {
      v = static_cast<T>(json.as_unsigned());
      return std::in_range<T>(json.as_unsigned()) || fail("a number out of range");
    }
    if (!json.is_negative()) return fail("an integer expected");
    v = static_cast<T>(json.as_negative());
    return std::in_range<T>(json.as_negative()) || fail("a number out of range");
  }
  template <class T>
  bool name(const JsonValue& json, T& v) {
    if (!json.is_string()) return fail("a name expected");
    const auto& names = names_of(v);
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == json.as_string()) {
        v = static_cast<T>(i);
        return true;
      }
    }
    return fail("an unknown name");
  }
  template <class T>
  bool object(const JsonValue& json, T& v) {
    if (!json.is_object()) return fail("an object expected");
    bool good = true;
    T::fields(v, [&](std::string_view key, auto& member) {
      JsonValue found = json;
      if (!good || !json.find(key, found) || value(found, member)) return;
      good = false;
      error_.insert(0, std::string(key) + ": ");
    });
    return good;
  }
  template <class... Ts>
  bool variant(const JsonValue& json, std::variant<Ts...>& v) {
    JsonValue type = json;
    if (!json.is_object() || !json.find("type", type) || !type.is_string()) return fail("no type");
    const std::string_view type_name = type.as_string();
    bool known = false;
    bool good = false;
    ((type_name == Ts::kType ? (known = true, good = object(json, v.template emplace<Ts>()))
                             : false),
     ...);
    if (!known) return fail("unknown type " + std::string(type_name));
    return good;
  }
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }

  std::string error_;
};

template <class T>
void append_json(std::string& out, const T& v) {
  JsonWriter(out).value(v);
}

template <class T>
std::string to_json(const T& v) {
  std::string out;
  append_json(out, v);
  return out;
}

// Errc::invalid, with the path to the field that is wrong.
template <class T>
base::Result<T> from_json(std::string_view text) {
  JsonDocument document;
  if (!document.parse(text)) return base::Error{base::Errc::invalid, "not JSON"};
  T v{};
  JsonReader reader;
  if (!reader.value(document.root(), v)) return base::Error{base::Errc::invalid, reader.error()};
  return v;
}

}  // namespace banterd::ipc
