// A part that most objects of a kind never need: nothing but a pointer until it is first written.
// Copies deeply; one that was never written reads as a T as it is made.
#pragma once

#include <memory>
#include <utility>

namespace banterd::base {

template <class T>
class Lazy {
 public:
  Lazy() = default;
  Lazy(const Lazy& other) : part_(other.part_ ? std::make_unique<T>(*other.part_) : nullptr) {}
  Lazy(Lazy&&) noexcept = default;
  Lazy& operator=(const Lazy& other) { return *this = Lazy(other); }
  Lazy& operator=(Lazy&&) noexcept = default;

  [[nodiscard]] bool made() const { return part_ != nullptr; }
  // Valid until the part is next made or dropped.
  [[nodiscard]] const T& operator*() const { return part_ ? *part_ : nothing(); }
  [[nodiscard]] const T* operator->() const { return &**this; }
  // For writing: makes it.
  [[nodiscard]] T& make() {
    if (!part_) part_ = std::make_unique<T>();
    return *part_;
  }
  // Gives the memory back: it reads as nothing again.
  void drop() { part_.reset(); }
  // One that was never written is like no other that was.
  friend bool operator==(const Lazy& a, const Lazy& b) { return a.made() == b.made() && *a == *b; }

 private:
  static const T& nothing() {
    static const T kNothing{};
    return kNothing;
  }
  std::unique_ptr<T> part_;
};

}  // namespace banterd::base
