// One slot's journal: a ring of frames in a memfd that the master makes and passes to every
// incarnation of the slot, so that a worker's death loses nothing it had decided. It implements
// Log. The bytes, and what survives a kill in the middle of a write, are JournalMemory's
// (ipc/journal_memory.h); here is what stays in the ring and for how long.
//
// Room. Every living object has a base in the ring: its latest snapshot, or its first entry. The
// tail is the oldest base or the oldest unsettled entry, whichever is older: neither is ever
// overtaken, nor is the base that an unsettled entry had when it was written if it needs that
// state. A base more than half a lap behind the head is replaced by a fresh
// snapshot, as many per commit as the bytes appended pay for (two for one), so that an object
// nobody touches costs others a constant share; if its state is what it was in the last one, that
// is copied. When the bases come to more than a quarter of the ring, when an entry does, or when
// bases alone are in the way of the next entry, the ring doubles.
//
// Order. append() writes an entry into the ring, where it counts for nothing until commit() lets
// it, or queues it when there is no room. Snapshots are asked for in commit() only, when no entry
// waits: thus a snapshot contains exactly the entries before it in the ring, never one that a crash
// would take back.
//
// Replay. What lies between the tail and an object's base is given too (it may be unsettled, and it
// is history), but its effects are in a later snapshot, or its object has been removed later.
// `applies` tells these from the rest; who does not ask ignores events on objects that he does not
// know and that do not create them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ipc/journal_memory.h"
#include "ipc/log.h"

namespace banterd::ipc {

class Journal final : public Log {
 public:
  // Gives the frames (header included, several if need be, each at most kMaxFrameBytes) of a
  // snapshot of the object `key` as it stands after every entry appended so far. Asked from begin()
  // and commit(); must not append. No frames: there is no such object any more.
  using SnapshotCallback = std::function<std::string(std::string_view key)>;

  struct Replayed {
    std::string_view payload;  // dies when the callback returns
    uint64_t position = 0;     // of the entry; of a snapshot, the last entry that it contains
    // One payload of a snapshot: all of them are given, in order, or none.
    bool is_snapshot = false;
    // It is a snapshot, or the first entry of its object, or that object's state came before it:
    // nothing is missing.
    bool applies = true;
  };

  // An empty memfd for a new slot, sealed against nothing: the worker formats and grows it.
  static base::Result<base::UniqueFd> create_memory(const std::string& name);

  // Maps `memory`; formats it with a ring of `ring_bytes` if it is empty. Errc::corrupt when the
  // header makes no sense.
  static base::Result<std::unique_ptr<Journal>> open(base::UniqueFd memory, size_t ring_bytes);
  ~Journal() override;

  // ---- after open, before begin ----
  // Calls back with every whole frame's payload from the oldest to the newest; a record with a
  // wrong checksum is logged, skipped and costs no more than itself (all frames of one snapshot are
  // one record). Returns how many were given.
  size_t replay(const std::function<void(std::string_view payload)>& on_payload) const;
  size_t replay_each(const std::function<void(const Replayed& replayed)>& on_payload) const;
  // The last position written, also when its entry has been overtaken; 0 when there is none. The
  // first position is 1.
  [[nodiscard]] uint64_t last_position() const;
  // The last position that was settled: entries above it are not known to stand everywhere.
  [[nodiscard]] uint64_t settled_position() const;
  // The command that was being decided when the last incarnation ended.
  [[nodiscard]] CommandMark interrupted() const;
  // Of an empty journal: the first entry gets the position after this one, and those up to it count
  // as settled.
  void start_above(uint64_t position);
  // Starts writing. `keys` are the objects alive after the replay; one that has no base in the ring
  // is snapshotted at once. An object of the ring that is not among them must be removed by an
  // entry, or the next replay gives it again. `restless` are the keys of further objects, whose
  // state changes without entries of theirs.
  void begin(SnapshotCallback snapshot, CommittedCallback committed,
             const std::vector<std::string>& keys, const std::vector<std::string>& restless = {});

  // ---- Log ----
  [[nodiscard]] uint64_t next_position() const override;
  uint64_t append(std::string_view key, std::string_view frame, const EntryTraits& traits) override;
  void commit() override;
  void settle(uint64_t position) override;

  // Marks the command being decided; plain stores into the mapped header.
  void mark(const CommandMark& command);
  void clear_mark();
  // Commands that are to be refused when they come again: each ended a life that decided it. They
  // are kept through all lives until they are spared; of more than JournalMemory::kMaxDoomed the
  // oldest are forgotten.
  [[nodiscard]] std::vector<CommandMark> doomed() const;
  void doom(const CommandMark& command);
  void spare(const CommandMark& command);

  // ---- for tests and the log ----
  [[nodiscard]] size_t capacity_bytes() const;
  [[nodiscard]] size_t uncommitted() const;  // entries that no commit() has named yet
  // Tests only: see JournalMemory::stop_after.
  void stop_memory_after(uint64_t bytes);
  [[nodiscard]] bool memory_stopped() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace banterd::ipc
