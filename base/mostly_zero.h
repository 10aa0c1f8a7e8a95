// A number or an enumeration that is zero in most of its struct's values: whoever writes them by
// their description (ipc/json.h) leaves it out then, and whoever reads them takes it for zero.
#pragma once

namespace banterd::base {

template <class T>
struct MostlyZero {
  T& value;  // a field's, of the struct that describes itself
  [[nodiscard]] bool is_zero() const { return value == T{}; }
};

template <class T>
MostlyZero<T> mostly_zero(T& value) {
  return {value};
}

}  // namespace banterd::base
