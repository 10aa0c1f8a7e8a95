// What is to be written to one client, in order: references into shared buffers, so that a thousand
// clients of a room hold one copy. An empty queue is 40 bytes, and holds no memory.
//
// What is appended is always whole units of the client's protocol (lines, frames), so that one
// which has been written in part can be found and finished.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/lazy.h"

namespace banterd::worker {

// Bytes that several send queues refer to. It may still grow at its end while queues refer to its
// beginning: references are offsets, and what was written once is never changed. At most 4 GiB. For
// the thread of the loop only: references are counted without atomics.
struct SharedBytes : boost::intrusive_ref_counter<SharedBytes, boost::thread_unsafe_counter> {
  explicit SharedBytes(std::string text) : bytes(std::move(text)) {}
  std::string bytes;
  // By which the clients' memory knows it (worker/keeper.h); 0: it does not.
  uint64_t kept_as = 0;
};
using SharedBytesPtr = boost::intrusive_ptr<SharedBytes>;
inline SharedBytesPtr make_shared_bytes(std::string bytes) {
  return new SharedBytes(std::move(bytes));
}

class SendQueue {
 public:
  // Refers to [begin, end) of `buffer`. Joins the last reference if it ends where this one begins:
  // the messages of one iteration to one room then leave as one piece. Inline: a fan-out calls it
  // once per member.
  void append(const SharedBytesPtr& buffer, size_t begin, size_t end) {
    if (begin == end) return;
    const bool was_empty = empty();
    bytes_ += end - begin;
    if (!was_empty && last().end == begin && last().buffer == buffer) {
      last().end = static_cast<uint32_t>(end);
      return;
    }
    Piece& added = was_empty ? first_ : others_.make().emplace_back();
    added = {buffer, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    last_is_private_ = 0;
  }
  // Copies: for what only this client gets. Short texts one after the other share one buffer.
  void append(std::string_view text);

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  // Bytes not written yet.
  [[nodiscard]] size_t bytes() const { return bytes_; }
  // What is charged against limits.send_queue_bytes: the bytes, and a fixed sum for each piece that
  // holds a buffer.
  [[nodiscard]] size_t charged_bytes() const { return bytes_ + pieces() * kPieceCharge; }
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
    for (size_t i = 0; i < pieces(); ++i) {
      const Piece& its = piece(i);
      visit(its.buffer, its.begin - (i == 0 ? written_ : size_t{0}), size_t{its.end});
    }
  }
  // The same for the last `last_bytes` only, which are not written; no more than bytes().
  template <class Visit>
  void each_of_last(size_t last_bytes, Visit visit) const {
    size_t skipped = bytes_ - last_bytes;
    for (size_t i = 0; i < pieces(); ++i) {
      const Piece& its = piece(i);
      const size_t begin = its.begin + skipped;
      if (begin < its.end) visit(its.buffer, begin, size_t{its.end});
      skipped -= std::min<size_t>(skipped, its.end - its.begin);
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
  void drop_first();

  [[nodiscard]] size_t pieces() const {
    if (empty()) return 0;
    return others_.made() ? 1 + others_->size() - others_begin_ : 1;
  }
  [[nodiscard]] const Piece& piece(size_t i) const {
    return i == 0 ? first_ : (*others_)[others_begin_ + i - 1];
  }
  // Only when there is one.
  [[nodiscard]] Piece& last() { return others_.made() ? others_.make().back() : first_; }

  Piece first_;                            // in place: mostly there is no other
  base::Lazy<std::vector<Piece>> others_;  // made while there are; those before others_begin_ are
                                           // written, and hold no buffer
  size_t bytes_ = 0;
  uint32_t others_begin_ : 31 = 0;
  // The last piece refers to a buffer of our own, which may grow.
  uint32_t last_is_private_ : 1 = 0;
  uint32_t written_ = 0;  // of the first piece, before its begin
};

}  // namespace banterd::worker
