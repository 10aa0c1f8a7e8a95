// Writes described structs as JSON (ipc/json.h). Our own, since every message takes this way
// (docs/performance.md has the cost).
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_scan.h"
#include "base/lazy.h"
#include "base/mostly_zero.h"
#include "ipc/json_kinds.h"

namespace banterd::ipc {

class JsonWriter {
 public:
  // Appends to `out`, which is its owner's again when the writer is gone.
  explicit JsonWriter(std::string& out) : out_(out), end_(out.size()) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { out_.resize(end_); }

  template <class T>
  void value(const T& v) {
    if constexpr (std::is_same_v<T, bool>) {
      append(v ? "true" : "false");
    } else if constexpr (std::is_integral_v<T>) {
      number(v);
    } else if constexpr (Named<T>) {
      plain_text(names_of(v)[static_cast<size_t>(v)]);
    } else if constexpr (std::is_enum_v<T>) {
      number(static_cast<std::underlying_type_t<T>>(v));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      text(v);
    } else if constexpr (SelfChecking<T>) {
      text(v.str());
    } else if constexpr (IsVariant<T>::value) {
      std::visit([this](const auto& alternative) { this->alternative_value(alternative); }, v);
    } else {
      object<false>(v);
    }
  }
  template <class T>
  void value(const std::vector<T>& list) {
    put('[');
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) put(',');
      value(static_cast<const T&>(list[i]));
    }
    put(']');
  }
  template <class T>
  void value(const boost::intrusive_ptr<const T>& pointer) {
    value(*pointer);
  }

  // A struct as it stands in a variant: its type first.
  template <class T>
  void alternative_value(const T& v) {
    object<true>(v);
  }

 private:
  template <bool with_type, class T>
  void object(const T& v) {
    // Stands before the next key.
    char before = '{';
    if constexpr (with_type) {
      key(before, "type");
      plain_text(T::kType);
    }
    T::fields(v, [&](const auto& name, const auto& member) { field(before, name, member); });
    if (before == '{') put('{');
    put('}');
  }
  template <size_t size, class T>
  void field(char& before, Literal<size> name, const T& v) {
    key(before, name);
    value(v);
  }
  template <size_t size, class T>
  void field(char& before, Literal<size> name, const base::Lazy<T>& v) {
    if (v.made()) field(before, name, *v);
  }
  template <size_t size, class T>
  void field(char& before, Literal<size> name, const std::optional<T>& v) {
    if (v) field(before, name, *v);
  }
  template <size_t size, class T>
  void field(char& before, Literal<size> name, const base::MostlyZero<T>& v) {
    if (!v.is_zero()) field(before, name, v.value);
  }
  template <size_t size>
  void key(char& before, Literal<size> name) {
    constexpr size_t kLength = size - 1;
    char* at = room(kLength + 4);
    at[0] = std::exchange(before, ',');
    at[1] = '"';
    std::memcpy(at + 2, name, kLength);
    at[kLength + 2] = '"';
    at[kLength + 3] = ':';
    end_ += kLength + 4;
  }
  template <class T>
  void number(T v) {
    constexpr size_t kMostDigits = 20;  // of -2^63 and of 2^64 - 1
    char* at = room(kMostDigits);
    end_ += static_cast<size_t>(std::to_chars(at, at + kMostDigits, v).ptr - at);
  }
  // RFC 8259 section 7.
  void text(std::string_view text) {
    const size_t plain = base::find_byte(text, [](base::Bytes bytes) {
      return base::below(bytes, 0x20) | base::equal(bytes, '"') | base::equal(bytes, '\\');
    });
    return plain == text.size() ? plain_text(text) : escaped(text);
  }
  // Of a text in which nothing needs an escape.
  void plain_text(std::string_view text) {
    char* at = room(text.size() + 2);
    *at++ = '"';
    std::memcpy(at, text.data(), text.size());
    at[text.size()] = '"';
    end_ += text.size() + 2;
  }
  void escaped(std::string_view text);
  void append(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    end_ += text.size();
  }
  void put(char c) {
    *room(1) = c;
    ++end_;
  }

  // Where the next `bytes` may be written.
  char* room(size_t bytes) {
    if (out_.size() - end_ < bytes) out_.resize(end_ + bytes + kSpareBytes);
    return out_.data() + end_;
  }

  // The string is made longer by so much at a time, and cut at the end.
  static constexpr size_t kSpareBytes = 512;
  std::string& out_;
  size_t end_;  // of what is written
};

}  // namespace banterd::ipc
