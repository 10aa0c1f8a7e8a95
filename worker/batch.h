// What many clients are told, encoded once per shape (docs/architecture.md, "A message's way") into
// buffers that their send queues share.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "worker/protocol/protocol.h"
#include "worker/send_queue.h"

namespace banterd::worker {

// What one room's members are told in one iteration: for each of their shapes a buffer, which only
// grows.
class RoomBatch {
 public:
  // From now on what is appended is encoded for this shape too. Returns how long its buffer is: who
  // joins now is told what comes behind that.
  size_t include(const Encoder& encoder);
  void append(std::span<const Delivery> deliveries);
  // Of a shape that was included.
  [[nodiscard]] const SharedBytesPtr& bytes(const Encoder& encoder) const;
  // Later events get fresh buffers: those written so far belong to the queues.
  void clear();

 private:
  struct Shape {
    const Encoder* encoder = nullptr;
    SharedBytesPtr buffer;
  };
  std::vector<Shape> shapes_;  // few
  // What the longest buffer had last: about so much comes again, and need not make one grow. So a
  // queue that holds buffers holds at most twice what was told.
  size_t expected_bytes_ = 0;
};

// Encodes deliveries to people in any rooms, once per shape, into shared buffers.
class Batch {
 public:
  struct Piece {
    SharedBytesPtr buffer;
    size_t begin = 0;
    size_t end = 0;
  };
  // The piece of `deliveries`, one after the other, for that shape; encodes when asked for the
  // first time since begin().
  const Piece& piece(const Encoder& encoder, std::span<const Delivery> deliveries);
  // The next piece() is of other deliveries.
  void begin();
  // Later events get fresh buffers: those written so far belong to the queues.
  void end_iteration() { shapes_.clear(); }

 private:
  struct Shape {
    const Encoder* encoder = nullptr;
    Piece piece;
    bool encoded = false;
  };
  std::vector<Shape> shapes_;  // few
};

}  // namespace banterd::worker
