// What kinds of value a described struct may have; see ipc/json.h.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

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

// A key: its length is known when this is compiled, and it is written and compared without a call.
template <size_t size>
using Literal = const char (&)[size];

template <class T>
struct IsVariant : std::false_type {};
template <class... Ts>
struct IsVariant<std::variant<Ts...>> : std::true_type {};

}  // namespace banterd::ipc
