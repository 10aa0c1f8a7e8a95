// A text in eight bytes: up to seven of its own stand in place, more in memory of its own. For
// records that are kept by the ten thousand and rarely change; a std::string takes 32.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/slab.h"

namespace banterd::base {

class CompactText {
  using Size = uint16_t;

 public:
  CompactText() = default;
  // Implicit, as from one string type to another. Panics above 64 KiB.
  CompactText(std::string_view text) { store(text); }
  CompactText(const std::string& text) { store(text); }
  CompactText(const char* text) { store(text); }
  CompactText(const CompactText& other) { store(other.view()); }
  CompactText(CompactText&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  CompactText& operator=(CompactText other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~CompactText() {
    if (has_memory()) give_back_small(memory(), sizeof(Size) + view().size());
  }

  [[nodiscard]] std::string_view view() const {
    if (!has_memory())
      return {reinterpret_cast<const char*>(&word_) + 1, size_t{static_cast<uint8_t>(word_)} >> 1};
    Size size = 0;
    std::memcpy(&size, memory(), sizeof size);
    return {memory() + sizeof size, size};
  }
  operator std::string_view() const { return view(); }
  explicit operator std::string() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return view().empty(); }
  [[nodiscard]] size_t size() const { return view().size(); }
  void clear() { *this = {}; }
  // With any text.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const CompactText& a, const Text& b) {
    return a.view() == std::string_view(b);
  }
  friend std::ostream& operator<<(std::ostream& out, const CompactText& text) {
    return out << text.view();
  }

  // As a value that checks itself (ipc/json.h): anything that it can hold.
  static std::optional<CompactText> parse(std::string_view text) {
    if (text.size() > std::numeric_limits<Size>::max()) return std::nullopt;
    return CompactText(text);
  }
  [[nodiscard]] std::string_view str() const { return view(); }

 private:
  static constexpr size_t kInPlace = 7;
  // In place: the first byte is twice the size, and one unless that is zero; the text follows. Else
  // the address of size and text, which is even.
  static_assert(std::endian::native == std::endian::little);
  static_assert(sizeof(uintptr_t) == 8);

  [[nodiscard]] bool has_memory() const { return word_ != 0 && (word_ & 1) == 0; }
  [[nodiscard]] char* memory() const { return reinterpret_cast<char*>(word_); }

  void store(std::string_view text) {
    if (text.empty()) return;
    if (text.size() <= kInPlace) {
      std::memcpy(reinterpret_cast<char*>(&word_) + 1, text.data(), text.size());
      word_ |= text.size() << 1 | 1;
      return;
    }
    if (text.size() > std::numeric_limits<Size>::max()) panic("a compact text of megabytes");
    const auto size = static_cast<Size>(text.size());
    auto* memory = static_cast<char*>(take_small(sizeof size + text.size()));
    std::memcpy(memory, &size, sizeof size);
    std::memcpy(memory + sizeof size, text.data(), text.size());
    word_ = reinterpret_cast<uintptr_t>(memory);
  }

  uintptr_t word_ = 0;
};

}  // namespace banterd::base
