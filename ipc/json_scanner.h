// Reads described structs (ipc/json.h) out of the very form in which JsonWriter writes them: fields
// in their order, none missing but what JsonWriter leaves out, none that is not known, no spaces.
// That is what another process of the same build says, so this is the way of nearly every message:
// one pass over the text, without a document, and into memory that the struct has already.
//
// Whatever is in another form is not judged here: value() is false, and JsonReader has to look.
// What is read is what that one reads (tests/fuzz/bus_fuzz.cpp compares them).
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

#include "base/lazy.h"
#include "base/mostly_zero.h"
#include "ipc/json_kinds.h"

namespace banterd::ipc {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  // Reads all of the text into `v`, whatever that holds. False: it is in another form, and `v` is
  // of no use.
  template <class T>
  bool read(T& v) {
    return value(v) && at_ == end_;
  }

 private:
  template <class T>
  bool value(T& v) {
    if constexpr (std::is_same_v<T, bool>) {
      v = take("true");
      return v || take("false");
    } else if constexpr (std::is_integral_v<T>) {
      return number(v);
    } else if constexpr (Named<T>) {
      return name(v);
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number_of{};
      const bool good = number(number_of);
      v = static_cast<T>(number_of);
      return good;
    } else if constexpr (std::is_same_v<T, std::string>) {
      return text(v);
    } else if constexpr (SelfChecking<T>) {
      return checked(v);
    } else if constexpr (IsVariant<T>::value) {
      return variant(v);
    } else {
      return members('{', v);
    }
  }
  template <class T>
  bool value(std::vector<T>& list) {
    list.clear();
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      T element{};
      if (!value(element)) return false;
      list.push_back(std::move(element));
    } while (take(','));
    return take(']');
  }
  template <class T>
  bool value(boost::intrusive_ptr<const T>& pointer) {
    boost::intrusive_ptr<T> fresh(new T());
    if (!value(*fresh)) return false;
    pointer = std::move(fresh);
    return true;
  }

  // The rest of an object, from the character before its first key.
  template <class T>
  bool members(char before, T& v) {
    bool good = true;
    T::fields(v,
              [&](const auto& name, auto&& member) { good = good && field(before, name, member); });
    return good && (before == ',' || take('{')) && take('}');
  }
  template <size_t size, class T>
  bool field(char& before, Literal<size> name, T& v) {
    return take_key(before, name) && value(v);
  }
  template <size_t size, class T>
  bool field(char& before, Literal<size> name, base::Lazy<T>& v) {
    if (take_key(before, name)) return value(v.make());
    v.drop();
    return true;
  }
  template <size_t size, class T>
  bool field(char& before, Literal<size> name, std::optional<T>& v) {
    if (!take_key(before, name)) {
      v.reset();
      return true;
    }
    return value(v ? *v : v.emplace());
  }
  template <size_t size, class T>
  bool field(char& before, Literal<size> name, base::MostlyZero<T>& v) {
    if (take_key(before, name)) return value(v.value);
    v.value = T{};
    return true;
  }
  template <class... Ts>
  bool variant(std::variant<Ts...>& v) {
    char before = '{';
    if (!take_key(before, "type")) return false;
    bool good = false;
    static_cast<void>(((take_quoted(Ts::kType) && (good = alternative<Ts>(v), true)) || ...));
    return good;
  }
  template <class T, class Variant>
  bool alternative(Variant& v) {
    T* there = std::get_if<T>(&v);
    return members(',', there != nullptr ? *there : v.template emplace<T>());
  }
  template <class T>
  bool name(T& v) {
    const auto& names = names_of(v);
    for (size_t i = 0; i < names.size(); ++i) {
      if (!take_quoted(names[i])) continue;
      v = static_cast<T>(i);
      return true;
    }
    return false;
  }
  template <class T>
  bool number(T& v) {
    // No zeros in front, and no "-0", which a library may take for a fraction.
    const char* digits = at_ + (end_ - at_ > 1 && *at_ == '-' ? 1 : 0);
    const bool leads_with_zero = digits < end_ && *digits == '0';
    const auto [end, error] = std::from_chars(at_, end_, v);
    if (error != std::errc() || (leads_with_zero && end - at_ > 1)) return false;
    at_ = end;
    return true;
  }
  bool text(std::string& v) {
    std::string_view plain;
    if (!plain_text(plain)) return escaped_text(v);
    v = plain;
    return true;
  }
  template <class T>
  bool checked(T& v) {
    std::string_view plain;
    std::string unescaped;
    if (!plain_text(plain)) {
      if (!escaped_text(unescaped)) return false;
      plain = unescaped;
    }
    std::optional<T> good = T::parse(plain);
    if (!good) return false;
    v = *std::move(good);
    return true;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view text) {
    if (static_cast<size_t>(end_ - at_) < text.size() ||
        std::memcmp(at_, text.data(), text.size()) != 0)
      return false;
    at_ += text.size();
    return true;
  }
  bool take_quoted(std::string_view text) {
    const size_t bytes = text.size() + 2;
    if (static_cast<size_t>(end_ - at_) < bytes || at_[0] != '"' || at_[bytes - 1] != '"' ||
        std::memcmp(at_ + 1, text.data(), text.size()) != 0)
      return false;
    at_ += bytes;
    return true;
  }
  // `before`, then "name": and from then on there is a comma before the next.
  template <size_t size>
  bool take_key(char& before, Literal<size> name) {
    constexpr size_t kLength = size - 1;
    constexpr size_t kBytes = kLength + 4;
    if (static_cast<size_t>(end_ - at_) < kBytes || at_[0] != before || at_[1] != '"' ||
        std::memcmp(at_ + 2, name, kLength) != 0 || at_[kBytes - 2] != '"' ||
        at_[kBytes - 1] != ':')
      return false;
    at_ += kBytes;
    before = ',';
    return true;
  }
  // A string of ASCII without escapes; `text` lies in what is read. Nothing is taken of another.
  bool plain_text(std::string_view& text);
  // Any string as JsonWriter writes it.
  bool escaped_text(std::string& text);

  const char* at_;
  const char* end_;
};

}  // namespace banterd::ipc
