// One list of a room (its bans, exceptions or invitation masks): in the order in which they were
// set, each found by its folded mask. Neither takes longer with 10,000 of them than with ten.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "chat/types.h"

namespace banterd::chat {

struct ListEntry {
  std::string list;  // "b", "e" or "I"
  std::string mask;  // complete (chat/mask.h)
  std::string author;
  TimeMs at = 0;
  static void fields(auto& self, auto&& field) {
    field("list", self.list);
    field("mask", self.mask);
    field("author", self.author);
    field("at", self.at);
  }
};

class MaskList {
 public:
  // The oldest first; the numbers mean no more than the order.
  [[nodiscard]] const std::map<uint64_t, ListEntry>& entries() const { return entries_; }
  [[nodiscard]] size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] bool has(std::string_view mask) const { return numbers_.contains(fold(mask)); }

  // Nothing happens if it has the mask already, whatever its case.
  void add(ListEntry entry) {
    if (!numbers_.try_emplace(fold(entry.mask), next_).second) return;
    entries_.emplace(next_++, std::move(entry));
  }
  // Nothing happens if it does not have the mask.
  void remove(std::string_view mask) {
    const auto number = numbers_.find(fold(mask));
    if (number == numbers_.end()) return;
    entries_.erase(number->second);
    numbers_.erase(number);
  }

 private:
  std::map<uint64_t, ListEntry> entries_;
  std::map<std::string, uint64_t> numbers_;  // by folded mask
  uint64_t next_ = 0;
};

}  // namespace banterd::chat
