// A few pointers, mostly one or none: that one stands in place, others in an array beside it. For
// what each of ten thousand objects has. In no order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/lazy.h"

namespace banterd::base {

template <class T>
class Few {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] size_t size() const { return empty() ? 0 : 1 + others_->size(); }
  // Not null.
  void add(T* pointer) {
    if (first_ != nullptr) others_.make().push_back(first_);
    first_ = pointer;
  }
  // Nothing happens when it is not there.
  void remove(const T* pointer) {
    if (pointer == first_) {
      first_ = others_->empty() ? nullptr : others_->back();
      if (first_ != nullptr) others_.make().pop_back();
    } else if (others_.made()) {
      std::erase(others_.make(), pointer);
    }
    if (others_.made() && others_->empty()) others_.drop();
  }
  // Nothing may be added or removed meanwhile.
  template <class Visit>
  void each(Visit visit) const {
    if (first_ != nullptr) visit(*first_);
    for (T* pointer : *others_) visit(*pointer);
  }

 private:
  T* first_ = nullptr;
  Lazy<std::vector<T*>> others_;
};

}  // namespace banterd::base
