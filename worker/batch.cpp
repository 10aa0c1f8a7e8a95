#include "worker/hub.h"

namespace banterd::worker {

const Batch::Piece& Batch::piece(const Encoder& encoder, std::span<const Delivery> deliveries) {
  Shape* shape = nullptr;
  for (Shape& candidate : shapes_) {
    if (candidate.encoder == &encoder) shape = &candidate;
  }
  if (shape == nullptr) {
    shape = &shapes_.emplace_back();
    shape->encoder = &encoder;
    shape->piece.buffer = std::make_shared<SharedBytes>();
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
