// The log of one owner: entries with rising positions, made durable in order. Asynchronous, for
// local commands too: an entry counts only once `committed` has named its position; nobody assumes
// that before append() returns. On one machine it is Journal (ipc/journal.h); on
// several it may be a stream of another engine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace banterd::ipc {

struct EntryTraits {
  bool removes = false;  // the object is gone after it and needs no snapshot any more
  // Whoever missed the entry needs the object's state before it too: as long as the entry is not
  // settled, what that state can be rebuilt from is kept.
  bool needs_state = false;
  bool keeps_state = false;  // the object's state is after it what it was before
};

class Log {
 public:
  // All entries up to and with `position` are durable. Called from commit(), never from append().
  using CommittedCallback = std::function<void(uint64_t position)>;
  virtual ~Log() = default;

  // The position that the next append() will give: the frame usually contains it.
  [[nodiscard]] virtual uint64_t next_position() const = 0;

  // Adds one event of the object `key` (the whole frame, header included) and returns its position.
  // It counts once commit() has named it.
  virtual uint64_t append(std::string_view key, std::string_view frame,
                          const EntryTraits& traits) = 0;

  // Makes entries durable, as many as there is room for, and reports them by the callback.
  // Call once per iteration of the loop. What finds no room (all of the ring is unsettled) stays
  // queued, in order, until settle() makes some.
  virtual void commit() = 0;

  // Entries up to and with `position` stand everywhere: their room may be used again.
  virtual void settle(uint64_t position) = 0;
};

}  // namespace banterd::ipc
