// A few pointers, mostly one or none, in eight bytes: one stands in place, more in an array beside
// it. For what each of ten thousand objects has. In no order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace banterd::base {

template <class T>
class Few {
 public:
  Few() = default;
  Few(Few&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Few& operator=(Few&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Few() {
    if (is_array()) delete array();
  }

  [[nodiscard]] bool empty() const { return word_ == 0; }
  [[nodiscard]] size_t size() const { return is_array() ? array()->size() : empty() ? 0 : 1; }
  // Not null.
  void add(T* pointer) {
    static_assert(alignof(T) > 1, "the lowest bit of the address has a meaning");
    if (is_array()) {
      array()->push_back(pointer);
    } else if (empty()) {
      word_ = reinterpret_cast<uintptr_t>(pointer);
    } else {
      word_ = reinterpret_cast<uintptr_t>(new Array{the_one(), pointer}) | kIsArray;
    }
  }
  // Nothing happens when it is not there.
  void remove(const T* pointer) {
    if (!is_array()) {
      if (the_one() == pointer) word_ = 0;
      return;
    }
    Array* const all = array();
    std::erase(*all, pointer);
    if (all->size() > 1) return;
    word_ = reinterpret_cast<uintptr_t>(all->front());
    delete all;
  }
  // Nothing may be added or removed meanwhile.
  template <class Visit>
  void each(Visit visit) const {
    if (is_array()) {
      for (T* pointer : *array()) visit(*pointer);
    } else if (!empty()) {
      visit(*the_one());
    }
  }

 private:
  using Array = std::vector<T*>;  // of two or more
  static constexpr uintptr_t kIsArray = 1;
  [[nodiscard]] bool is_array() const { return (word_ & kIsArray) != 0; }
  [[nodiscard]] Array* array() const { return reinterpret_cast<Array*>(word_ & ~kIsArray); }
  [[nodiscard]] T* the_one() const { return reinterpret_cast<T*>(word_); }

  uintptr_t word_ = 0;  // the address of the one, or of an array of them; 0: none
};

}  // namespace banterd::base
