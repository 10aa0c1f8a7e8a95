#include "base/slab.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace banterd::base {

namespace {

#ifdef BANTERD_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr size_t kSlabBytes = size_t{64} * 1024;  // and so aligned: an object's address names it

// Null when there is no memory.
void* map_slab() {
  const size_t bytes = 2 * kSlabBytes;
  void* const mapped =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(mapped);
  const uintptr_t aligned = (begin + kSlabBytes - 1) / kSlabBytes * kSlabBytes;
  if (aligned > begin) ::munmap(mapped, aligned - begin);
  const uintptr_t end = aligned + kSlabBytes;
  if (begin + bytes > end) ::munmap(reinterpret_cast<void*>(end), begin + bytes - end);
  return reinterpret_cast<void*>(aligned);
}

}  // namespace

struct Slabs::Slab {
  Slab* next = nullptr;  // in the list of those with room
  Slab* before = nullptr;
  FreeObject* free = nullptr;
  uint32_t used = 0;
  uint32_t fresh = sizeof(Slab);  // where what was never used, and so costs nothing, begins
};

Slabs::Slabs(size_t object_bytes)
    : object_bytes_(object_bytes), next_(std::exchange(first_, this)) {}

Slabs::~Slabs() {
  drop_empty();
  Slabs** place = &first_;
  while (*place != this) place = &(*place)->next_;
  *place = next_;
}

bool Slabs::give_back_empty() noexcept {
  bool gave = false;
  for (Slabs* slabs = first_; slabs != nullptr; slabs = slabs->next_) {
    gave = gave || slabs->empty_ != nullptr;
    slabs->drop_empty();
  }
  return gave;
}

void Slabs::drop_empty() noexcept {
  while (empty_ != nullptr) ::munmap(std::exchange(empty_, empty_->next), kSlabBytes);
  empty_count_ = 0;
}

bool Slabs::is_full(const Slab& slab) const {
  return slab.free == nullptr && slab.fresh + object_bytes_ > kSlabBytes;
}

void* Slabs::take() {
  if (kSanitized) return ::operator new(object_bytes_);
  if (with_room_ == nullptr) add_slab();
  Slab* const slab = with_room_;
  void* object = slab->free;
  if (object != nullptr) {
    slab->free = slab->free->next;
  } else {
    object = reinterpret_cast<char*>(slab) + slab->fresh;
    slab->fresh += static_cast<uint32_t>(object_bytes_);
  }
  ++slab->used;
  if (is_full(*slab)) unlink(slab);
  return object;
}

void Slabs::give_back(void* object) noexcept {
  if (kSanitized) return ::operator delete(object);
  auto* const slab =
      reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(object) / kSlabBytes * kSlabBytes);
  const bool was_full = is_full(*slab);
  slab->free = new (object) FreeObject{slab->free};
  if (was_full) link(slab);
  if (--slab->used > 0) return;
  unlink(slab);
  if (empty_count_ == kMostEmpty) {
    ::munmap(slab, kSlabBytes);
    return;
  }
  slab->next = std::exchange(empty_, slab);
  ++empty_count_;
}

void Slabs::add_slab() {
  if (Slab* const slab = empty_; slab != nullptr) {
    empty_ = slab->next;
    --empty_count_;
    return link(slab);
  }
  void* const memory = map_slab();
  if (memory == nullptr) throw std::bad_alloc();
  link(new (memory) Slab);
}

void Slabs::link(Slab* slab) {
  slab->before = nullptr;
  slab->next = with_room_;
  if (with_room_ != nullptr) with_room_->before = slab;
  with_room_ = slab;
}

void Slabs::unlink(Slab* slab) {
  (slab->before == nullptr ? with_room_ : slab->before->next) = slab->next;
  if (slab->next != nullptr) slab->next->before = slab->before;
  slab->next = slab->before = nullptr;
}

// ---- small ones of any size ----

namespace {

constexpr size_t kStep = 8;
constexpr size_t kMostSmall = 256;

template <size_t... steps>
Slabs& slabs_for(size_t bytes, std::index_sequence<steps...>) {
  static Slabs* const all[] = {&slabs_of<(steps + 1) * kStep>()...};
  return *all[(bytes - 1) / kStep];
}
Slabs& slabs_for(size_t bytes) {
  return slabs_for(bytes, std::make_index_sequence<kMostSmall / kStep>());
}

}  // namespace

void* take_small(size_t bytes) {
  return bytes > kMostSmall ? ::operator new(bytes) : slabs_for(bytes).take();
}

void give_back_small(void* memory, size_t bytes) noexcept {
  if (bytes > kMostSmall) return ::operator delete(memory);
  slabs_for(bytes).give_back(memory);
}

}  // namespace banterd::base
