// Reads described structs (ipc/json.h) out of any JSON, as nlohmann's parser has taken it apart:
// fields in whatever order, with spaces, some of them unknown or missing; and says what is wrong.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/lazy.h"
#include "base/mostly_zero.h"
#include "ipc/json_document.h"
#include "ipc/json_kinds.h"

namespace banterd::ipc {

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
  bool value(const JsonValue& json, base::Lazy<T>& v) {
    return value(json, v.make());
  }
  template <class T>
  bool value(const JsonValue& json, base::MostlyZero<T>& v) {
    return value(json, v.value);
  }
  template <class T>
  bool value(const JsonValue& json, boost::intrusive_ptr<const T>& pointer) {
    boost::intrusive_ptr<T> fresh(new T());
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
    T::fields(v, [&](std::string_view key, auto&& member) {
      JsonValue found = json;
      if (!good || !json.find(key, found) || value(found, member)) return;
      good = false;
      error_.insert(0, std::string(key) + ": ");
    });
    return good;
  }
  bool find_type(const JsonValue& json, std::string_view& type_name) {
    JsonValue type = json;
    if (!json.is_object() || !json.find("type", type) || !type.is_string()) return fail("no type");
    type_name = type.as_string();
    return true;
  }
  template <class... Ts>
  bool variant(const JsonValue& json, std::variant<Ts...>& v) {
    std::string_view type_name;
    if (!find_type(json, type_name)) return false;
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

}  // namespace banterd::ipc
