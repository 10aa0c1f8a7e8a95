// Hash tables of small values, for what a server has of each of its connections: one array that is
// three quarters to seven eighths full, whatever the number, since room is made in steps of a
// quarter (a table that doubles is half empty just after). Values move when others come or go: no
// pointer into it outlives a change.
//
// IdTable: by number. A value has a public member `id`, which is 0 in one as it is made: that marks
// a free place. TextTable: by text; a value has a public member `key` of CompactText, and the empty
// text marks a free place. PackedTable: by whatever its `By` says. At most 4 billion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/compact_text.h"

namespace banterd::base {

struct ById {
  using Key = uint64_t;
  static Key& of(auto& value) { return value.id; }
  static Key of(const auto& value) { return value.id; }
  static bool is_free(const auto& value) { return value.id == 0; }
  // Multiplied, numbers that follow each other lie far apart.
  static uint64_t hash(Key id) { return id * 0x9E3779B97F4A7C15; }  // 2^64 by the golden ratio
};

struct ByText {
  using Key = std::string_view;
  static CompactText& of(auto& value) { return value.key; }
  static Key of(const auto& value) { return value.key; }
  static bool is_free(const auto& value) { return value.key.empty(); }
  static uint64_t hash(Key text) { return std::hash<Key>()(text); }
};

// `By` says what a value's key is, and which values are none, as one that is made is.
template <class Value, class By>
class PackedTable {
  using Key = typename By::Key;

 public:
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool contains(Key key) const { return find(key) != nullptr; }
  // Null: there is none.
  [[nodiscard]] const Value* find(Key key) const {
    if (size_ == 0) return nullptr;
    for (size_t place = home(key); !is_free(place); place = behind(place)) {
      if (By::of(places_[place]) == key) return &places_[place];
    }
    return nullptr;
  }
  [[nodiscard]] Value* find(Key key) { return const_cast<Value*>(std::as_const(*this).find(key)); }
  // One whose key is not there yet.
  Value& insert(Value value) {
    if (size_ >= places_.size() / 8 * 7) resize(size_ + size_ / 4);
    ++size_;
    return places_[free_place(By::of(std::as_const(value)))] = std::move(value);
  }
  // The value of that key; made, but for its key, if there was none. Not of a free place's key.
  Value& at(Key key) {
    if (Value* known = find(key)) return *known;
    Value added{};
    By::of(added) = key;
    return insert(std::move(added));
  }
  // False: there was none.
  bool erase(Key key) {
    Value* const known = find(key);
    if (known == nullptr) return false;
    free_up(static_cast<size_t>(known - places_.data()));
    --size_;
    if (size_ < places_.size() / 2 && places_.size() > 2 * kLeastPlaces) resize(size_ + size_ / 4);
    return true;
  }
  // Asks once of each.
  template <class Predicate>
  void erase_if(Predicate predicate) {
    static_assert(!std::is_same_v<Key, std::string_view>, "a text would move with its value");
    std::vector<Key> gone;
    each([&](const Value& value) {
      if (predicate(value)) gone.push_back(By::of(value));
    });
    for (const Key key : gone) erase(key);
  }
  // In no order. Nothing may be added or erased meanwhile.
  template <class Visit>
  void each(Visit visit) const {
    for (const Value& value : places_) {
      if (!By::is_free(value)) visit(value);
    }
  }
  template <class Visit>
  void each(Visit visit) {
    for (Value& value : places_) {
      if (!By::is_free(value)) visit(value);
    }
  }

 private:
  static constexpr size_t kLeastPlaces = 8;

  [[nodiscard]] bool is_free(size_t place) const { return By::is_free(places_[place]); }
  // Where the search for a key begins.
  [[nodiscard]] size_t home(Key key) const { return (By::hash(key) >> 32) * places_.size() >> 32; }
  [[nodiscard]] size_t behind(size_t place) const {
    return place + 1 == places_.size() ? 0 : place + 1;
  }
  [[nodiscard]] size_t free_place(Key key) const {
    size_t place = home(key);
    while (!is_free(place)) place = behind(place);
    return place;
  }
  // Those that stand behind a free place, though they would belong before it, move up: a search
  // ends at the first free place.
  void free_up(size_t freed) {
    for (size_t place = behind(freed); !is_free(place); place = behind(place)) {
      const size_t begin = home(By::of(std::as_const(places_[place])));
      const bool finds_it =
          freed < place ? freed < begin && begin <= place : freed < begin || begin <= place;
      if (finds_it) continue;
      places_[freed] = std::move(places_[place]);
      freed = place;
    }
    places_[freed] = Value{};
  }
  void resize(size_t values) {
    std::vector<Value> before(values / 7 * 8 + kLeastPlaces);
    before.swap(places_);
    for (Value& value : before) {
      if (!By::is_free(value)) places_[free_place(By::of(std::as_const(value)))] = std::move(value);
    }
  }

  std::vector<Value> places_;
  size_t size_ = 0;
};

template <class Value>
using IdTable = PackedTable<Value, ById>;
template <class Value>
using TextTable = PackedTable<Value, ByText>;

}  // namespace banterd::base
