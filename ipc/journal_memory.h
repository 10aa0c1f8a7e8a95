// The memory of a journal (ipc/journal.h): a memfd with a page of header and a ring of records,
// mapped shared. It survives its process at whatever instruction that is killed. Knows no objects:
// the journal says which records are still needed.
//
// File:    | header, 4 KiB | ring | a ring twice as large, once it has grown | ...
// Record:  0          8     16     20     22      24      32
//          | position | key | size | kind | flags | check | frames, filled up to a multiple of 32 |
//
// Numbers are the machine's own: a journal never leaves it. `size` counts the bytes of the frames;
// `key` is a hash of the object's key; `check` is XXH3-64 of what precedes it, seeded with the
// record's offset, so that a record of an earlier lap in the same place is never taken for one of
// this lap, and a reader finds the next record behind a damaged one.
//
// Offsets only grow; a record's place is its offset modulo the capacity. Records begin at multiples
// of 32 and are never torn by the ring's end: the rest of a lap is a record of kind padding. Since
// a larger ring's capacity is a power of two times the old one, a record keeps its offset in it and
// is not torn there either: growing is copying.
//
// Every change is made by one store that comes last: the head for what was written (publish), the
// number of the active ring for a larger one (grow). Stores of one thread reach the memory in
// program order, also when the process is killed between any two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace banterd::ipc {

// Of the memory's form: a worker refuses any other.
inline constexpr uint32_t kJournalVersion = 1;

// The command an owner is deciding right now, so that one which crashes it is known afterwards.
struct CommandMark {
  uint64_t connection = 0;  // 0: none
  uint64_t line = 0;
  uint64_t step = 0;
  bool operator==(const CommandMark&) const = default;
};

class JournalMemory {
 public:
  enum class Kind : uint16_t { padding = 1, entry = 2, snapshot = 3 };
  struct Label {
    Kind kind = Kind::entry;
    bool first = false;        // an entry that creates its object
    bool removes = false;      // an entry after which its object is gone
    bool needs_state = false;  // an entry that is told again together with the state before it
    uint64_t position = 0;     // of the entry; of the last entry that a snapshot contains
    uint64_t key = 0;
  };
  struct Record {
    Label label;
    uint64_t offset = 0;
    std::string_view frames;  // as they were written, or damaged: their own checksums tell
  };

  // Maps `memory`; formats it with a ring of `ring_bytes` (rounded up to pages) if it is empty.
  // Errc::corrupt when the header makes no sense.
  static base::Result<std::unique_ptr<JournalMemory>> open(base::UniqueFd memory,
                                                           size_t ring_bytes);
  JournalMemory(const JournalMemory&) = delete;
  JournalMemory& operator=(const JournalMemory&) = delete;
  ~JournalMemory();

  // ---- the ring ----
  [[nodiscard]] uint64_t capacity() const { return capacity_; }
  [[nodiscard]] uint64_t head() const { return head_; }  // where the next record begins
  // What a record of so many bytes of frames takes, padding apart.
  [[nodiscard]] static uint64_t record_bytes(size_t frame_bytes);
  // Whether there is room for a record, or would be if everything before `tail` had been released.
  [[nodiscard]] bool fits(size_t frame_bytes) const { return fits_behind(tail_, frame_bytes); }
  [[nodiscard]] bool fits_behind(uint64_t tail, size_t frame_bytes) const;

  // Writes a record, which must fit, and returns its offset. It counts once publish() has run.
  uint64_t write(const Label& label, std::string_view frames);
  void publish();
  // The frames of the record at `offset`, until the next change; nothing if it is damaged.
  [[nodiscard]] std::optional<std::string_view> frames_at(uint64_t offset) const;
  // Gives up everything before `tail`, a record's offset or head(). Publishes first: what makes old
  // records needless may be a new one.
  void release(uint64_t tail);
  // Moves to a ring of `capacity` bytes, a power of two times the present one's. On failure nothing
  // has changed.
  base::Result<void> grow(uint64_t capacity);

  // Calls back with each published record from tail to head. Stretches that are no records are
  // logged and skipped.
  void scan(const std::function<void(const Record&)>& on_record) const;

  // ---- the header's other fields ----
  [[nodiscard]] uint64_t last_position()
      const;  // of all entries ever published, but for a crash within publish()
  [[nodiscard]] uint64_t settled() const;
  void set_settled(uint64_t position);
  [[nodiscard]] CommandMark mark() const;
  void set_mark(const CommandMark& command);
  // Commands that ended a process which decided them, oldest first; at most kMaxDoomed: one more
  // takes the place of the oldest.
  static constexpr size_t kMaxDoomed = 32;
  [[nodiscard]] std::vector<CommandMark> doomed() const;
  void doom(const CommandMark& command);
  void spare(const CommandMark& command);

  // For tests: the memory stays as it will be when `bytes` more have been stored, as if this
  // process were killed there.
  void stop_after(uint64_t bytes) { allowance_ = bytes; }
  [[nodiscard]] bool stopped() const { return allowance_ == 0; }

 private:
  struct Header;
  struct RecordHeader;
  struct Mark;

  explicit JournalMemory(base::UniqueFd memory) : memory_(std::move(memory)) {}
  base::Result<void> map_header(uint64_t file_bytes);
  base::Result<void> format(uint64_t ring_bytes);
  [[nodiscard]] base::Result<void> check_header(uint64_t file_bytes) const;
  base::Result<char*> map(uint64_t base, uint64_t bytes) const;
  void give_back(uint64_t begin, uint64_t end) const;
  void write_padding();
  void advance_head(uint64_t bytes);
  void put(char* to, const void* from, size_t bytes);
  void store(uint64_t& field, uint64_t value);
  void store_mark(Mark& field, const CommandMark& command);
  [[nodiscard]] char* place(uint64_t offset) const { return ring_ + offset % capacity_; }
  [[nodiscard]] bool read_record(uint64_t offset, RecordHeader& header) const;

  base::UniqueFd memory_;
  Header* header_ = nullptr;  // mapped
  char* ring_ = nullptr;      // mapped, capacity_ bytes
  uint64_t capacity_ = 0;
  uint64_t head_ = 0;        // of what is written; the header's is that of what is published
  uint64_t head_place_ = 0;  // head_ modulo capacity_: a division less per record
  uint64_t tail_ = 0;
  uint64_t last_written_ = 0;  // position
  uint64_t allowance_ = UINT64_MAX;
};

}  // namespace banterd::ipc
