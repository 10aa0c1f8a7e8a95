// Keeps this slot's clients for its next life: writes a checkpoint into their memory
// (ipc/client_memory.h) at the end of each iteration, before anything leaves the worker.
//
// One rule makes that exact: nothing that anybody else could see leaves, neither to a client's
// socket nor to the bus, before the checkpoint has all that it follows from: events taken, lines
// consumed, answers queued. So the last checkpoint is the state that everybody else knows, and a
// life that ends loses only what nobody has seen; that comes again: what clients had sent from the
// memory's pad, events out of the owners' journals, commands by their ids. worker/recovery.h goes
// on from it.
//
// What is written to a socket is not recorded: TCP knows (worker/stream_counts.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ipc/client_memory.h"
#include "worker/kept_records.h"
#include "worker/router.h"

namespace banterd::worker {

class Client;
class Clients;
class Hub;

class Keeper {
 public:
  explicit Keeper(std::unique_ptr<ipc::ClientMemory> memory) : memory_(std::move(memory)) {}

  [[nodiscard]] ipc::ClientMemory& memory() { return *memory_; }
  // From the next checkpoint on, which is a whole one.
  void begin() { begun_ = true; }
  // Somebody has come of whose streams the checkpoints do not have the beginning.
  void want_whole() { whole_due_ = true; }

  // ---- what has changed since the last checkpoint ----
  void on_opened(Slot owner, const OpenCommand& command);
  void on_decided(Slot owner, const chat::CommandId& id, uint64_t position);
  void on_gone(chat::ClientId client);
  void on_removed(uint64_t connection);

  // Writes what has changed: in these clients' records, input and output, and all of the above.
  void checkpoint(Clients& clients, const Router& router, const Hub& hub,
                  const KeptPositions& positions);

 private:
  [[nodiscard]] ChangeWriter put(KeptKind kind) { return ChangeWriter(draft_).kind(kind); }
  void clear_draft();
  void put_changed(Clients& clients);
  void put_positions(const KeptPositions& positions);
  void put_record(const Client& client);
  void put_input(Client& client);
  void put_output(Client& client);
  void put_piece(uint64_t number, const SharedBytesPtr& buffer, size_t begin, size_t end);
  void put_all(Clients& clients, const Router& router, const Hub& hub,
               const KeptPositions& positions);
  void put_whole(Client& client);
  void put_open(Slot owner, const OpenCommand& command);

  std::unique_ptr<ipc::ClientMemory> memory_;
  std::string draft_;
  // The record at the draft's end, if it is one of pieces.
  struct Piece {
    uint32_t text = 0;
    uint32_t begin = 0;
    uint32_t end = 0;
    bool operator==(const Piece&) const = default;
  };
  Piece pieces_of_;
  uint32_t pieces_ = 0;      // how many
  size_t pieces_at_ = 0;     // where that stands
  size_t pieces_end_ = 0;    // where it ends; 0: there is none
  KeptPositions positions_;  // as the memory has them
  bool begun_ = false;
  bool whole_due_ = true;
  bool failure_told_ = false;
  // By which the texts of the area in use are told from older ones: the higher half of
  // SharedBytes::kept_as; the lower one is the text's number.
  uint32_t wholes_ = 0;
  uint32_t texts_ = 0;
};

}  // namespace banterd::worker
