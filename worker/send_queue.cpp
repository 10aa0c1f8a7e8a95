#include "worker/send_queue.h"

#include <algorithm>

#include "base/log.h"

namespace banterd::worker {

namespace {

// A private buffer that is as long as this grows no more: what was written of it is held until all
// of it is.
constexpr size_t kPrivateBytes = size_t{16} * 1024;
// So many written pieces are worth moving the rest.
constexpr uint32_t kCompactFrom = 32;

}  // namespace

void SendQueue::append(std::string_view text) {
  if (text.empty()) return;
  if (last_is_private_ == 0 || last().buffer->bytes.size() + text.size() > kPrivateBytes) {
    append(make_shared_bytes(std::string(text)), 0, text.size());
    last_is_private_ = 1;
    return;
  }
  last().buffer->bytes.append(text);
  last().end = static_cast<uint32_t>(last().buffer->bytes.size());
  bytes_ += text.size();
}

size_t SendQueue::gather(std::span<iovec> out) const {
  const size_t gathered = std::min(out.size(), pieces());
  for (size_t i = 0; i < gathered; ++i) {
    const Piece& its = piece(i);
    out[i] = {its.buffer->bytes.data() + its.begin, its.end - its.begin};
  }
  return gathered;
}

void SendQueue::consume(size_t count) {
  if (count > bytes_) base::panic("a send queue is asked for more than it holds");
  bytes_ -= count;
  while (count > 0) {
    const size_t taken = std::min<size_t>(count, first_.end - first_.begin);
    first_.begin += static_cast<uint32_t>(taken);
    count -= taken;
    written_ += static_cast<uint32_t>(taken);
    if (first_.begin == first_.end) drop_first();
  }
  if (empty()) clear();
}

void SendQueue::drop_first() {
  written_ = 0;
  first_ = {};
  if (!others_.made()) return;
  std::vector<Piece>& others = others_.make();
  first_ = std::move(others[others_begin_]);
  ++others_begin_;
  if (others_begin_ == others.size()) {
    others_.drop();
    others_begin_ = 0;
  } else if (others_begin_ >= kCompactFrom && others_begin_ >= others.size() / 2) {
    others.erase(others.begin(), others.begin() + others_begin_);
    others_begin_ = 0;
  }
}

SendQueue::Begun SendQueue::begun() const {
  if (written_ == 0) return {};
  const std::string_view all = first_.buffer->bytes;
  const size_t begin = first_.begin - written_;
  return {all.substr(begin, first_.end - begin), written_};
}

void SendQueue::drop_all_but(size_t count) {
  if (written_ == 0 || count == 0) return clear();
  others_.drop();
  others_begin_ = 0;
  last_is_private_ = 0;
  first_.end = static_cast<uint32_t>(std::min<size_t>(first_.end, first_.begin + count));
  bytes_ = first_.end - first_.begin;
}

void SendQueue::clear() {
  first_ = {};
  others_.drop();
  others_begin_ = 0;
  bytes_ = 0;
  written_ = 0;
  last_is_private_ = 0;
}

}  // namespace banterd::worker
