// A hash table of small values by number, for what a server has of each of its connections: one
// array that is three quarters to seven eighths full, whatever the number, since room is made in
// steps of a quarter (a table that doubles is half empty just after). Values move when others come
// or go: no pointer into it outlives a change.
//
// A value has a public member `id`, which is 0 in one as it is made: that marks a free place. At
// most 4 billion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace banterd::base {

template <class Value>
class IdTable {
 public:
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool contains(uint64_t id) const { return find(id) != nullptr; }
  // Null: there is none.
  [[nodiscard]] const Value* find(uint64_t id) const {
    if (size_ == 0) return nullptr;
    for (size_t place = home(id); places_[place].id != 0; place = behind(place)) {
      if (places_[place].id == id) return &places_[place];
    }
    return nullptr;
  }
  [[nodiscard]] Value* find(uint64_t id) {
    return const_cast<Value*>(std::as_const(*this).find(id));
  }
  // The value of that id; made, but for its id, if there was none. Not 0.
  Value& at(uint64_t id) {
    if (Value* known = find(id)) return *known;
    if (size_ >= places_.size() / 8 * 7) resize(size_ + size_ / 4);
    ++size_;
    Value& added = places_[free_place(id)];
    added.id = id;
    return added;
  }
  // False: there was none.
  bool erase(uint64_t id) {
    Value* const known = find(id);
    if (known == nullptr) return false;
    free_up(static_cast<size_t>(known - places_.data()));
    --size_;
    if (size_ < places_.size() / 2 && places_.size() > 2 * kLeastPlaces) resize(size_ + size_ / 4);
    return true;
  }
  template <class Predicate>
  void erase_if(Predicate predicate) {
    std::vector<uint64_t> gone;
    each([&](const Value& value) {
      if (predicate(value)) gone.push_back(value.id);
    });
    for (const uint64_t id : gone) erase(id);
  }
  // In no order. Nothing may be added or erased meanwhile.
  template <class Visit>
  void each(Visit visit) const {
    for (const Value& value : places_) {
      if (value.id != 0) visit(value);
    }
  }
  template <class Visit>
  void each(Visit visit) {
    for (Value& value : places_) {
      if (value.id != 0) visit(value);
    }
  }

 private:
  static constexpr size_t kLeastPlaces = 8;

  // Where the search for an id begins: multiplied, numbers that follow each other lie far apart.
  [[nodiscard]] size_t home(uint64_t id) const {
    const uint64_t hash = id * 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
    return (hash >> 32) * places_.size() >> 32;
  }
  [[nodiscard]] size_t behind(size_t place) const {
    return place + 1 == places_.size() ? 0 : place + 1;
  }
  [[nodiscard]] size_t free_place(uint64_t id) const {
    size_t place = home(id);
    while (places_[place].id != 0) place = behind(place);
    return place;
  }
  // Those that stand behind a free place, though they would belong before it, move up: a search
  // ends at the first free place.
  void free_up(size_t freed) {
    for (size_t place = behind(freed); places_[place].id != 0; place = behind(place)) {
      const size_t begin = home(places_[place].id);
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
      if (value.id != 0) places_[free_place(value.id)] = std::move(value);
    }
  }

  std::vector<Value> places_;
  size_t size_ = 0;
};

}  // namespace banterd::base
