// A text that does not change and is shared by all copies of it, in eight bytes. For what is said:
// the command, its event and the room's history have one text, however often it is passed on. For
// one thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/slab.h"

namespace banterd::base {

class SharedText {
 public:
  SharedText() = default;
  // Implicit, as from one string type to another. Panics at 4 GiB.
  SharedText(std::string_view text) { store(text); }
  SharedText(const std::string& text) { store(text); }
  SharedText(const char* text) { store(text); }
  SharedText(const SharedText& other) : shared_(other.shared_) {
    if (shared_ != nullptr) ++shared_->uses;
  }
  SharedText(SharedText&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  ~SharedText() {
    if (shared_ != nullptr && --shared_->uses == 0)
      give_back_small(shared_, sizeof(Shared) + shared_->size);
  }

  [[nodiscard]] std::string_view view() const {
    if (shared_ == nullptr) return "";  // an address, also of nothing
    return {reinterpret_cast<const char*>(shared_ + 1), shared_->size};
  }
  operator std::string_view() const { return view(); }
  explicit operator std::string() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return shared_ == nullptr; }
  [[nodiscard]] size_t size() const { return view().size(); }
  // With any text.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const SharedText& a, const Text& b) {
    return a.view() == std::string_view(b);
  }
  friend std::ostream& operator<<(std::ostream& out, const SharedText& text) {
    return out << text.view();
  }

  // As a value that checks itself (ipc/json.h): any text.
  static std::optional<SharedText> parse(std::string_view text) { return SharedText(text); }
  [[nodiscard]] std::string_view str() const { return view(); }

 private:
  // The text follows.
  struct Shared {
    uint32_t uses;
    uint32_t size;
  };

  void store(std::string_view text) {
    if (text.empty()) return;
    if (text.size() > std::numeric_limits<uint32_t>::max()) panic("a shared text of gigabytes");
    shared_ = new (take_small(sizeof(Shared) + text.size()))
        Shared{1, static_cast<uint32_t>(text.size())};
    std::memcpy(shared_ + 1, text.data(), text.size());
  }

  Shared* shared_ = nullptr;  // null: empty
};

}  // namespace banterd::base
