// What a worker knows of its clients, in a memfd beside the slot's journal, so that they can go on
// when it dies at whatever instruction. The master makes it and passes it on, and never reads it.
//
// A worker writes a *checkpoint* before anything leaves it (worker/keeper.h): what has changed
// since the last one, or, now and then, all that there is. Its successor reads them back, and has
// the state that everybody else has seen the consequences of. What a worker did after its last
// checkpoint nobody has seen, so it may be forgotten, but for what clients had sent: sockets are
// read into the *pad*, which says what of it no checkpoint knows of yet.
//
//   File:        | header, 4 KiB | pad, 1 MiB | area | area |
//   Area:        checkpoint, a whole one | checkpoint | checkpoint | ...
//   Checkpoint:  number | bytes | check | changes, up to 8 n
//   Pad entry:   number of the coming checkpoint | connection | bytes | what was read, up to 8 n
//
// Every change of the memory is made by one store that comes last: the head of the area for a
// checkpoint, the number of the active area for a whole one. `check` is XXH3-64 of the changes,
// seeded with the number. Numbers are the machine's own: the memory never leaves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace banterd::ipc {

// Of the memory's form and of what worker/keeper.h writes: another one cannot be read, and those
// clients are lost.
inline constexpr uint32_t kClientMemoryVersion = 2;

class ClientMemory {
 public:
  static constexpr size_t kPadBytes = size_t{1} << 20;
  static constexpr size_t kLeastAreaBytes = size_t{1} << 20;

  // Maps `memory`, and formats it if it is empty. Errc::corrupt, Errc::invalid: another's, or of
  // another version.
  static base::Result<std::unique_ptr<ClientMemory>> open(base::UniqueFd memory);
  ClientMemory(const ClientMemory&) = delete;
  ClientMemory& operator=(const ClientMemory&) = delete;
  ~ClientMemory();

  // ---- what an earlier life has left ----
  [[nodiscard]] bool has_checkpoint() const;
  // The changes of each checkpoint, the whole one first. Errc::corrupt when one is damaged, or the
  // callback's Error.
  base::Result<void> replay(
      const std::function<base::Result<void>(std::string_view changes)>& on_checkpoint) const;
  struct Input {
    uint64_t connection = 0;
    std::string_view bytes;
    // It was being read when the life ended: how much has come the socket knows; `bytes` is what
    // there was room for.
    bool under_way = false;
  };
  // What was read after the last checkpoint, in the order of reading.
  [[nodiscard]] std::vector<Input> input() const;
  // What was being taken when the life ended: the stream of that connection's input, from that byte
  // on. No connection: nothing.
  struct Mark {
    uint64_t connection = 0;
    uint64_t offset = 0;
  };
  [[nodiscard]] Mark mark() const;

  // ---- writing ----
  // From now on there is no checkpoint.
  void forget();
  // Adds a checkpoint. False when there is none to add to, or no room: write a whole one.
  bool add(std::string_view changes);
  // Writes a whole one, which replaces all others. On an Error (no memory) those stay.
  base::Result<void> replace(std::string_view everything);

  // Room to read a socket into, at most 64 KiB; empty when the pad is full until the next
  // checkpoint. Then took(), unless nothing was read.
  std::span<char> offer(uint64_t connection);
  void took(size_t bytes);

  void set_mark(const Mark& mark);
  void clear_mark() { set_mark({}); }

  [[nodiscard]] size_t area_bytes() const;  // of the one in use; for tests

 private:
  struct Header;
  struct CheckpointHeader;
  struct PadEntry;
  struct Area {
    char* begin = nullptr;  // mapped
    uint64_t capacity = 0;
  };

  explicit ClientMemory(base::UniqueFd memory) : memory_(std::move(memory)) {}
  base::Result<void> map_file();
  base::Result<char*> map(uint64_t offset, uint64_t bytes) const;
  base::Result<void> provide(size_t area, uint64_t capacity);
  void write(char* to, std::string_view changes);
  [[nodiscard]] PadEntry* pad_entry(uint64_t at) const;
  [[nodiscard]] uint64_t last_number() const;

  base::UniqueFd memory_;
  Header* header_ = nullptr;  // mapped, as the pad
  char* pad_ = nullptr;
  Area areas_[2];
  uint64_t number_ = 0;    // of the last checkpoint
  uint64_t pad_used_ = 0;  // since then
};

}  // namespace banterd::ipc
