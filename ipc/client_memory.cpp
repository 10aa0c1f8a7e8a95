#include "ipc/client_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ipc/round_up.h"

namespace banterd::ipc {

namespace {

constexpr uint64_t kMagic = 0x314d4c43'52544e42;  // "BNTRCLM1" in memory on a PC
constexpr uint64_t kHeaderBytes = 4096;
constexpr uint64_t kAlignment = 8;
constexpr uint64_t kNoArea = 2;
// A whole checkpoint fills at most a quarter of its area: so writing one costs little per change.
constexpr uint64_t kAreaPerWhole = 4;
constexpr size_t kMostPerRead = size_t{64} * 1024;

// One store that is seen whole or not at all, and stays behind those before it, as another process
// sees them when this one was killed.
void store(uint64_t& field, uint64_t value) {
  std::atomic_ref<uint64_t>(field).store(value, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

base::Error corrupt(std::string what) {
  return {base::Errc::corrupt, "the clients' memory: " + std::move(what)};
}

}  // namespace

struct ClientMemory::Header {
  struct Place {
    uint64_t offset;  // in the file
    uint64_t capacity;
    uint64_t head;  // bytes in use
  };
  uint64_t magic;  // stored last when formatting
  uint64_t version;
  uint64_t active;  // the area that counts, or kNoArea
  Place places[2];
  uint64_t floor;  // numbers of checkpoints are above it
  Mark mark;
};

struct ClientMemory::CheckpointHeader {
  uint64_t number;
  uint64_t bytes;
  uint64_t check;
};

struct ClientMemory::PadEntry {
  uint64_t number;
  uint64_t connection;
  uint64_t bytes;  // 0: it is being read
};

// ---- opening ----

base::Result<std::unique_ptr<ClientMemory>> ClientMemory::open(base::UniqueFd memory) {
  std::unique_ptr<ClientMemory> opened(new ClientMemory(std::move(memory)));
  if (auto mapped = opened->map_file(); !mapped) return std::move(mapped).error();
  opened->number_ = opened->last_number();
  return opened;
}

base::Result<void> ClientMemory::map_file() {
  struct stat status {};
  if (::fstat(memory_.get(), &status) < 0) return base::from_errno("look at a memory", errno);
  constexpr uint64_t kFixedBytes = kHeaderBytes + kPadBytes;
  auto file_bytes = static_cast<uint64_t>(status.st_size);
  if (file_bytes < kFixedBytes && ::ftruncate(memory_.get(), kFixedBytes) < 0)
    return base::from_errno("make room for a memory", errno);
  file_bytes = std::max(file_bytes, kFixedBytes);
  auto mapped = map(0, kFixedBytes);
  if (!mapped) return std::move(mapped).error();
  header_ = reinterpret_cast<Header*>(*mapped);
  pad_ = *mapped + kHeaderBytes;
  // Without the magic number the first process died while it was formatting.
  if (header_->magic == 0) {
    header_->version = kClientMemoryVersion;
    header_->active = kNoArea;
    store(header_->magic, kMagic);
  }
  if (header_->magic != kMagic || header_->active > kNoArea) return corrupt("it is none");
  if (header_->version != kClientMemoryVersion)
    return base::Error{base::Errc::invalid, "the clients' memory has another version"};
  for (size_t i = 0; i < 2; ++i) {
    const Header::Place& place = header_->places[i];
    if (place.capacity == 0) continue;
    if (place.offset < kFixedBytes || place.offset > file_bytes ||
        place.capacity > file_bytes - place.offset || place.head > place.capacity)
      return corrupt("an area does not lie in it");
    auto area = map(place.offset, place.capacity);
    if (!area) return std::move(area).error();
    areas_[i] = {*area, place.capacity};
  }
  if (header_->active != kNoArea && areas_[header_->active].begin == nullptr)
    return corrupt("its area is missing");
  return {};
}

base::Result<char*> ClientMemory::map(uint64_t offset, uint64_t bytes) const {
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(),
                              static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) return base::from_errno("map a memory", errno);
  return static_cast<char*>(mapped);
}

ClientMemory::~ClientMemory() {
  if (header_ != nullptr) ::munmap(header_, kHeaderBytes + kPadBytes);
  for (const Area& area : areas_) {
    if (area.begin != nullptr) ::munmap(area.begin, area.capacity);
  }
}

// ---- reading ----

bool ClientMemory::has_checkpoint() const { return header_->active != kNoArea; }

uint64_t ClientMemory::last_number() const {
  uint64_t last = header_->floor;
  if (!has_checkpoint()) return last;
  const uint64_t head = header_->places[header_->active].head;
  const char* const begin = areas_[header_->active].begin;
  for (uint64_t at = 0; at + sizeof(CheckpointHeader) <= head;) {
    CheckpointHeader header;
    std::memcpy(&header, begin + at, sizeof header);
    if (header.bytes > head - at - sizeof header) break;  // replay() will find it
    last = header.number;
    at += sizeof header + round_up(header.bytes, kAlignment);
  }
  return last;
}

base::Result<void> ClientMemory::replay(
    const std::function<base::Result<void>(std::string_view changes)>& on_checkpoint) const {
  if (!has_checkpoint()) return {};
  const uint64_t head = header_->places[header_->active].head;
  const char* const begin = areas_[header_->active].begin;
  for (uint64_t at = 0; at < head;) {
    CheckpointHeader header;
    if (head - at < sizeof header) return corrupt("a checkpoint is torn");
    std::memcpy(&header, begin + at, sizeof header);
    at += sizeof header;
    if (header.bytes > head - at) return corrupt("a checkpoint is torn");
    const std::string_view changes(begin + at, header.bytes);
    if (XXH3_64bits_withSeed(changes.data(), changes.size(), header.number) != header.check)
      return corrupt("a checkpoint is damaged");
    if (auto read = on_checkpoint(changes); !read) return read;
    at += round_up(header.bytes, kAlignment);
  }
  return {};
}

ClientMemory::PadEntry* ClientMemory::pad_entry(uint64_t at) const {
  return reinterpret_cast<PadEntry*>(pad_ + at);
}

std::vector<ClientMemory::Input> ClientMemory::input() const {
  std::vector<Input> inputs;
  for (uint64_t at = 0; at + sizeof(PadEntry) < kPadBytes;) {
    const PadEntry entry = *pad_entry(at);
    if (entry.number != number_ + 1) break;
    at += sizeof entry;
    const uint64_t room = std::min<uint64_t>(kPadBytes - at, kMostPerRead);
    if (entry.bytes > room) break;  // damaged
    const bool under_way = entry.bytes == 0;
    inputs.push_back({entry.connection, {pad_ + at, under_way ? room : entry.bytes}, under_way});
    if (under_way) break;
    at += round_up(entry.bytes, kAlignment);
  }
  return inputs;
}

ClientMemory::Mark ClientMemory::mark() const { return header_->mark; }

// ---- writing ----

// Entries of the pad may have had the numbers that come next.
void ClientMemory::forget() {
  constexpr uint64_t kGap = uint64_t{1} << 32;
  store(header_->floor, std::max(header_->floor, number_) + kGap);
  store(header_->active, kNoArea);
  number_ = header_->floor;
  pad_used_ = 0;
}

void ClientMemory::write(char* to, std::string_view changes) {
  const CheckpointHeader header{number_ + 1, changes.size(),
                                XXH3_64bits_withSeed(changes.data(), changes.size(), number_ + 1)};
  std::memcpy(to, &header, sizeof header);
  std::memcpy(to + sizeof header, changes.data(), changes.size());
}

bool ClientMemory::add(std::string_view changes) {
  if (!has_checkpoint()) return false;
  Header::Place& place = header_->places[header_->active];
  const uint64_t needed = sizeof(CheckpointHeader) + round_up(changes.size(), kAlignment);
  if (needed > place.capacity - place.head) return false;
  write(areas_[header_->active].begin + place.head, changes);
  store(place.head, place.head + needed);
  ++number_;
  pad_used_ = 0;
  return true;
}

base::Result<void> ClientMemory::replace(std::string_view everything) {
  const size_t other = header_->active == 0 ? 1 : 0;
  const uint64_t needed = sizeof(CheckpointHeader) + round_up(everything.size(), kAlignment);
  const uint64_t wanted = std::bit_ceil(std::max(kLeastAreaBytes, kAreaPerWhole * needed));
  if (auto provided = provide(other, wanted); !provided) return provided;
  write(areas_[other].begin, everything);
  store(header_->places[other].head, needed);
  store(header_->active, other);
  ++number_;
  pad_used_ = 0;
  return {};
}

// Of an area that does not count. One that is far too large is given back.
base::Result<void> ClientMemory::provide(size_t index, uint64_t capacity) {
  Area& area = areas_[index];
  if (area.capacity >= capacity && area.capacity <= kAreaPerWhole * capacity) return {};
  Header::Place& place = header_->places[index];
  if (area.begin != nullptr) {
    ::munmap(area.begin, area.capacity);
    // Best effort: pages that stay only cost memory.
    static_cast<void>(::fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                  static_cast<off_t>(place.offset),
                                  static_cast<off_t>(area.capacity)));
    area = {};
    store(place.capacity, 0);
  }
  const Header::Place& in_use = header_->places[1 - index];
  uint64_t offset = kHeaderBytes + kPadBytes;
  // Before the other area if there is room, else behind it: the file does not grow for ever.
  if (in_use.capacity > 0 && in_use.offset < offset + capacity)
    offset = in_use.offset + in_use.capacity;
  struct stat status {};
  if (::fstat(memory_.get(), &status) < 0) return base::from_errno("look at a memory", errno);
  if (static_cast<uint64_t>(status.st_size) < offset + capacity &&
      ::ftruncate(memory_.get(), static_cast<off_t>(offset + capacity)) < 0)
    return base::from_errno("make room for a memory", errno);
  auto mapped = map(offset, capacity);
  if (!mapped) return std::move(mapped).error();
  area = {*mapped, capacity};
  store(place.head, 0);
  store(place.offset, offset);
  store(place.capacity, capacity);
  return {};
}

size_t ClientMemory::area_bytes() const {
  return has_checkpoint() ? areas_[header_->active].capacity : 0;
}

// ---- the pad ----

std::span<char> ClientMemory::offer(uint64_t connection) {
  // What is left must be worth a read.
  constexpr uint64_t kWorthIt = 4096;
  const uint64_t at = pad_used_ + sizeof(PadEntry);
  if (at + kWorthIt > kPadBytes) return {};
  PadEntry* const entry = pad_entry(pad_used_);
  entry->connection = connection;
  entry->bytes = 0;
  store(entry->number, number_ + 1);
  return {pad_ + at, std::min<uint64_t>(kPadBytes - at, kMostPerRead)};
}

// The next entry must not be a stale one with the same number: numbers grow, and an entry of an
// earlier checkpoint has a lower one.
void ClientMemory::took(size_t bytes) {
  store(pad_entry(pad_used_)->bytes, bytes);
  pad_used_ += sizeof(PadEntry) + round_up(bytes, kAlignment);
}

void ClientMemory::set_mark(const Mark& mark) {
  store(header_->mark.connection, 0);
  if (mark.connection == 0) return;
  store(header_->mark.offset, mark.offset);
  store(header_->mark.connection, mark.connection);
}

}  // namespace banterd::ipc
