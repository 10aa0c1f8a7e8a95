#include "worker/batch.h"

#include <algorithm>

#include "base/log.h"

namespace banterd::worker {

size_t RoomBatch::include(const Encoder& encoder) {
  for (const Shape& shape : shapes_) {
    if (shape.encoder == &encoder) return shape.buffer->bytes.size();
  }
  shapes_.push_back({&encoder, make_shared_bytes({})});
  shapes_.back().buffer->bytes.reserve(expected_bytes_);
  return 0;
}

void RoomBatch::clear() {
  expected_bytes_ = 0;
  for (const Shape& shape : shapes_)
    expected_bytes_ = std::max(expected_bytes_, shape.buffer->bytes.size());
  shapes_.clear();
}

void RoomBatch::append(std::span<const Delivery> deliveries) {
  for (const Shape& shape : shapes_) {
    for (const Delivery& delivery : deliveries)
      shape.encoder->encode(delivery, shape.buffer->bytes);
  }
}

const SharedBytesPtr& RoomBatch::bytes(const Encoder& encoder) const {
  for (const Shape& shape : shapes_) {
    if (shape.encoder == &encoder) return shape.buffer;
  }
  base::panic("a room is told in a shape that it does not have");
}

const Batch::Piece& Batch::piece(const Encoder& encoder, std::span<const Delivery> deliveries) {
  Shape* shape = nullptr;
  for (Shape& candidate : shapes_) {
    if (candidate.encoder == &encoder) shape = &candidate;
  }
  if (shape == nullptr) {
    shape = &shapes_.emplace_back();
    shape->encoder = &encoder;
    shape->piece.buffer = make_shared_bytes({});
  }
  if (!shape->encoded) {
    std::string& bytes = shape->piece.buffer->bytes;
    shape->piece.begin = bytes.size();
    for (const Delivery& delivery : deliveries) encoder.encode(delivery, bytes);
    shape->piece.end = bytes.size();
    shape->encoded = true;
  }
  return shape->piece;
}

void Batch::begin() {
  for (Shape& shape : shapes_) shape.encoded = false;
}

}  // namespace banterd::worker
