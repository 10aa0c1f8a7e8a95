// What is to be written to one client, in order: references into shared buffers, so that a thousand
// clients of a room hold one copy. An empty queue costs 40 bytes and room for a few pieces.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace banterd::worker {

// Bytes that several send queues refer to. It may still grow at its end while queues refer to its
// beginning: references are offsets, and what was written once is never changed. At most 4 GiB.
struct SharedBytes {
  std::string bytes;
};
using SharedBytesPtr = std::shared_ptr<SharedBytes>;

class SendQueue {
 public:
  // Refers to [begin, end) of `buffer`. Joins the last reference if it ends where this one begins:
  // the messages of one iteration to one room then leave as one piece. Inline: a fan-out calls it
  // once per member.
  void append(const SharedBytesPtr& buffer, size_t begin, size_t end) {
    if (begin == end) return;
    bytes_ += end - begin;
    if (!pieces_.empty() && pieces_.back().end == begin && pieces_.back().buffer == buffer) {
      pieces_.back().end = static_cast<uint32_t>(end);
      return;
    }
    pieces_.push_back({buffer, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    last_is_private_ = false;
  }
  // Copies: for what only this client gets. Short texts one after the other share one buffer.
  void append(std::string_view text);

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  // Bytes not written yet.
  [[nodiscard]] size_t bytes() const { return bytes_; }
  // What is charged against limits.send_queue_bytes: the bytes, and a fixed sum for each piece that
  // holds a buffer.
  [[nodiscard]] size_t charged_bytes() const {
    return bytes_ + (pieces_.size() - head_) * kPieceCharge;
  }
  // The last byte consumed was not an LF: a line has been written in part.
  [[nodiscard]] bool mid_line() const { return mid_line_; }

  // Fills `out` with the first pieces for writev(2); returns how many. Valid until the queue
  // changes.
  size_t gather(std::span<iovec> out) const;
  // Calls visit(buffer, begin, end) for each piece in order.
  template <class Visit>
  void each(Visit visit) const {
    for (size_t i = head_; i < pieces_.size(); ++i)
      visit(pieces_[i].buffer, size_t{pieces_[i].begin}, size_t{pieces_[i].end});
  }
  // Of an empty queue: the one that it continues had written a line in part.
  void continue_mid_line() { mid_line_ = true; }

  // The first `count` bytes have been written; no more than bytes().
  void consume(size_t count);
  // Drops what is not written; mid_line() stays.
  void clear();

 private:
  static constexpr size_t kPieceCharge = 128;
  struct Piece {
    SharedBytesPtr buffer;
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  void drop_consumed();

  std::vector<Piece> pieces_;  // those before head_ are written, and hold no buffer
  size_t bytes_ = 0;
  uint32_t head_ = 0;
  bool last_is_private_ = false;  // the last piece refers to a buffer of our own, which may grow
  bool mid_line_ = false;
};

}  // namespace banterd::worker
