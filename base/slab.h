// Memory for what there are ten thousands of: each type's objects lie side by side in slabs of
// their own (Bonwick, "The Slab Allocator", USENIX 1994). None has a header, and nothing
// short-lived stands between them that would leave a hole. Some slabs that are empty are kept for
// what comes and goes in bursts, until the process rests (base/free_memory).
//
// A type takes part by `class T final : …, public base::InSlabs<T>`. For one thread. In a build
// with sanitizers all comes from their allocator, so that they see what is used after its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace banterd::base {

// Slabs for objects of one size.
class Slabs {
 public:
  // `object_bytes` is a multiple of 8, up to 4 KiB; objects are aligned to 8.
  explicit Slabs(size_t object_bytes);
  Slabs(const Slabs&) = delete;
  Slabs& operator=(const Slabs&) = delete;
  ~Slabs();  // all that it gave has come back

  // Throws std::bad_alloc.
  [[nodiscard]] void* take();
  // One that take() gave.
  void give_back(void* object) noexcept;
  // All that are empty, of all sizes, to the system. True if there was one.
  static bool give_back_empty() noexcept;

 private:
  struct Slab;
  struct FreeObject {
    FreeObject* next;
  };

  static constexpr uint32_t kMostEmpty = 64;

  [[nodiscard]] bool is_full(const Slab& slab) const;
  void add_slab();
  void drop_empty() noexcept;
  void link(Slab* slab);
  void unlink(Slab* slab);

  const size_t object_bytes_;
  Slab* with_room_ = nullptr;  // those that are neither full nor empty
  Slab* empty_ = nullptr;
  uint32_t empty_count_ = 0;
  Slabs* next_;
  static inline Slabs* first_ = nullptr;  // of all that there are
};

// The slabs of all objects of `bytes` bytes. Never destroyed: objects may outlive every static.
template <size_t bytes>
Slabs& slabs_of() {
  static Slabs* const all = new Slabs(bytes);
  return *all;
}

template <class T>
class InSlabs {
 public:
  static void* operator new(size_t) {
    static_assert(alignof(T) == 8 && sizeof(T) % 8 == 0);
    return slabs_of<sizeof(T)>().take();
  }
  static void operator delete(void* object) noexcept { slabs_of<sizeof(T)>().give_back(object); }
};

// For a container that allocates its elements one by one.
template <class T>
struct SlabAllocator {
  using value_type = T;
  SlabAllocator() = default;
  template <class Other>
  SlabAllocator(const SlabAllocator<Other>&) {}
  T* allocate(size_t count) {
    static_assert(alignof(T) <= 8);
    return static_cast<T*>(count == 1 ? slabs_of<sizeof(T)>().take()
                                      : ::operator new(count * sizeof(T)));
  }
  void deallocate(T* memory, size_t count) {
    if (count == 1) return slabs_of<sizeof(T)>().give_back(memory);
    ::operator delete(memory);
  }
  template <class Other>
  bool operator==(const SlabAllocator<Other>&) const {
    return true;
  }
};

// For texts and the like, of up to 256 bytes in slabs.
[[nodiscard]] void* take_small(size_t bytes);
void give_back_small(void* memory, size_t bytes) noexcept;

}  // namespace banterd::base
