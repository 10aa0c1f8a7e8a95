// What is to be written to one client, in order: references into shared buffers, so that a thousand
// clients of a room hold one copy. An empty queue costs 40 bytes and room for a piece.
//
// What is appended is always whole units of the client's protocol (lines, frames), so that one
// which has been written in part can be found and finished.
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
  // By which the clients' memory knows it (worker/keeper.h); 0: it does not.
  uint64_t kept_as = 0;
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
    last_is_private_ = 0;
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
  // The front piece, if it has been written in part: all of it that begins with a unit, the first
  // `written` bytes of which are consumed. Else nothing. Valid until the queue changes.
  struct Begun {
    std::string_view bytes = {};
    size_t written = 0;
  };
  [[nodiscard]] Begun begun() const;

  // Fills `out` with the first pieces for writev(2); returns how many. Valid until the queue
  // changes.
  size_t gather(std::span<iovec> out) const;
  // Calls visit(buffer, begin, end) for each piece in order; with begun().written bytes before the
  // first.
  template <class Visit>
  void each_with_begun(Visit visit) const {
    for (size_t i = head_; i < pieces_.size(); ++i) {
      const size_t written = i == head_ ? begun().written : 0;
      visit(pieces_[i].buffer, pieces_[i].begin - written, size_t{pieces_[i].end});
    }
  }
  // The same for the last `count` bytes only, which are not written; no more than bytes().
  template <class Visit>
  void each_of_last(size_t count, Visit visit) const {
    size_t first = pieces_.size();
    size_t covered = 0;
    while (covered < count) {
      --first;
      covered += pieces_[first].end - pieces_[first].begin;
    }
    for (size_t i = first; i < pieces_.size(); ++i) {
      const size_t skipped = i == first ? covered - count : 0;
      visit(pieces_[i].buffer, pieces_[i].begin + skipped, size_t{pieces_[i].end});
    }
  }

  // The first `count` bytes have been written; no more than bytes().
  void consume(size_t count);
  // Drops what is not written, but for the first `count` bytes of the piece that has begun().
  void drop_all_but(size_t count);
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
  uint32_t head_ : 31 = 0;
  // The last piece refers to a buffer of our own, which may grow.
  uint32_t last_is_private_ : 1 = 0;
  uint32_t written_ = 0;  // of the front piece, before its begin
};

}  // namespace banterd::worker
