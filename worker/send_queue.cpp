#include "worker/send_queue.h"

#include <algorithm>

#include "base/log.h"

namespace banterd::worker {

namespace {

// A private buffer that is as long as this grows no more: what was written of it is held until all
// of it is.
constexpr size_t kPrivateBytes = size_t{16} * 1024;
// Room that an empty queue keeps, so that a delivery to an idle client need not allocate: what one
// iteration brings is mostly one piece.
constexpr size_t kKeptPieces = 1;
// So many written pieces at the front are worth moving the rest.
constexpr uint32_t kCompactFrom = 32;

}  // namespace

void SendQueue::append(std::string_view text) {
  if (text.empty()) return;
  if (last_is_private_ == 0 || pieces_.back().buffer->bytes.size() + text.size() > kPrivateBytes) {
    append(std::make_shared<SharedBytes>(SharedBytes{std::string(text), 0}), 0, text.size());
    last_is_private_ = 1;
    return;
  }
  Piece& last = pieces_.back();
  last.buffer->bytes.append(text);
  last.end = static_cast<uint32_t>(last.buffer->bytes.size());
  bytes_ += text.size();
}

size_t SendQueue::gather(std::span<iovec> out) const {
  const size_t count = std::min(out.size(), pieces_.size() - head_);
  for (size_t i = 0; i < count; ++i) {
    const Piece& piece = pieces_[head_ + i];
    out[i] = {piece.buffer->bytes.data() + piece.begin, piece.end - piece.begin};
  }
  return count;
}

void SendQueue::consume(size_t count) {
  if (count > bytes_) base::panic("a send queue is asked for more than it holds");
  bytes_ -= count;
  while (count > 0) {
    Piece& front = pieces_[head_];
    const size_t taken = std::min<size_t>(count, front.end - front.begin);
    front.begin += static_cast<uint32_t>(taken);
    count -= taken;
    written_ += static_cast<uint32_t>(taken);
    if (front.begin < front.end) break;
    front.buffer.reset();
    written_ = 0;
    ++head_;
  }
  drop_consumed();
}

void SendQueue::drop_consumed() {
  if (bytes_ == 0) return clear();
  if (head_ < kCompactFrom || head_ < pieces_.size() / 2) return;
  pieces_.erase(pieces_.begin(), pieces_.begin() + head_);
  head_ = 0;
}

SendQueue::Begun SendQueue::begun() const {
  if (written_ == 0) return {};
  const Piece& front = pieces_[head_];
  const std::string_view all = front.buffer->bytes;
  const size_t begin = front.begin - written_;
  return {all.substr(begin, front.end - begin), written_};
}

void SendQueue::drop_all_but(size_t count) {
  if (written_ == 0 || count == 0) return clear();
  Piece front = std::move(pieces_[head_]);
  const uint32_t written = written_;
  clear();
  front.end = static_cast<uint32_t>(std::min<size_t>(front.end, front.begin + count));
  bytes_ = front.end - front.begin;
  written_ = written;
  pieces_.push_back(std::move(front));
}

void SendQueue::clear() {
  pieces_.clear();
  if (pieces_.capacity() > kKeptPieces) pieces_.shrink_to_fit();
  head_ = 0;
  bytes_ = 0;
  written_ = 0;
  last_is_private_ = 0;
}

}  // namespace banterd::worker
