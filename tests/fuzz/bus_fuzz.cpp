// Any bytes off a bus pipe: cut into frames in pieces, decoded, and what is understood survives
// being encoded again. What the scanner reads is what the library reads, and it reads whatever is
// encoded.
#include <cstdlib>
#include <string_view>

#include "ipc/frame.h"
#include "ipc/json.h"
#include "worker/bus_messages.h"

using namespace banterd;

namespace {

void check_round_trip(std::string_view payload) {
  const auto message = ipc::from_any_json<worker::BusMessage>(payload);
  worker::BusMessage scanned;
  const bool is_own_form = ipc::JsonScanner(payload).read(scanned);
  if (is_own_form && (!message || worker::encode(*message) != worker::encode(scanned)))
    std::abort();
  if (!message) return;
  const std::string once = worker::encode(*message);
  const auto again = ipc::from_any_json<worker::BusMessage>(once);
  if (!again) std::abort();
  // Into memory that has something of another message.
  if (!ipc::JsonScanner(once).read(scanned)) std::abort();
  if (worker::encode(*again) != once || worker::encode(scanned) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_round_trip(bytes);

  // As a stream, in two pieces: the result must not depend on where it is cut.
  ipc::FrameReader whole;
  ipc::FrameReader pieces;
  std::string from_whole;
  std::string from_pieces;
  const auto into = [](std::string& out) {
    return [&out](std::string_view payload, uint8_t) { out.append(payload).push_back('\n'); };
  };
  const bool good = whole.feed(bytes, into(from_whole)).has_value();
  bool good_in_pieces = pieces.feed(bytes.substr(0, size / 2), into(from_pieces)).has_value();
  good_in_pieces =
      good_in_pieces && pieces.feed(bytes.substr(size / 2), into(from_pieces)).has_value();
  if (good != good_in_pieces || from_whole != from_pieces) std::abort();
  return 0;
}
