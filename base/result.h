// How a function says that it failed: a value or an Error, shaped like C++23's std::expected so
// that it can become one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace banterd::base {

enum class Errc {
  invalid,             // the input breaks a rule: a name, a number, a message
  not_found,           // no such file, room, nick
  exists,              // taken already: an address, a nick
  denied,              // the system or a rule forbids it
  limit,               // a bound was reached
  frame_too_large,     // a frame above ipc::kMaxFrameBytes: close the channel
  corrupt,             // bytes that fail their checksum or make no sense
  closed,              // the other side is gone
  out_of_descriptors,  // EMFILE, ENFILE
  system,              // any other failed call; the context says which
};

std::string_view to_string(Errc code);

// What went wrong: the kind, and a sentence for a person: "listen on 127.0.0.1:7000: address
// already in use".
struct Error {
  Errc code = Errc::system;
  std::string context;
};

// An Error from errno, with Errc chosen by its value. `what` is what was tried.
Error from_errno(std::string_view what, int error_number);

// An Error from a negative libuv result.
Error from_uv(std::string_view what, int uv_result);

// A value or an Error. Reading the side that is not there is a programming error and throws
// std::bad_variant_access.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by intent
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by intent

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by intent

  [[nodiscard]] bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace banterd::base
