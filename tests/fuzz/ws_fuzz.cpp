// Any bytes from a WebSocket, in pieces and with a move to another process between any two of them:
// the same frames and messages as in one piece, none beyond the limits, and no text that is not
// UTF-8.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/utf8.h"
#include "tests/fuzz/require.h"
#include "worker/protocol/http/frame.h"
#include "worker/protocol/http/message.h"

using namespace banterd;
using namespace banterd::worker::http;
using fuzz::require;

namespace {

struct HeardText {
  std::string operator()(const Fragment& one) const { return one.is_empty ? "empty" : "part"; }
  std::string operator()(const WholeMessage& message) const {
    require(message.bytes.size() <= kMaxMessageBytes);
    return "message " + message.bytes;
  }
  std::string operator()(const PingFrame& ping) const {
    require(ping.payload.size() <= 125);
    return "ping " + ping.payload;
  }
  std::string operator()(const PongFrame&) const { return "pong"; }
  std::string operator()(const CloseFrame& close) const {
    return "close " + std::to_string(close.code.value_or(0));
  }
  std::string operator()(const Breach& breach) const {
    require(base::is_valid_utf8(breach.why) && !breach.why.empty());
    return "breach " + std::to_string(static_cast<int>(breach.code));
  }
};

// What is heard until the connection is to end.
std::vector<std::string> heard_in(std::string_view input, size_t piece_bytes, bool moves) {
  std::vector<std::string> all;
  auto frames = std::make_unique<FrameReader>(kMaxMessageBytes);
  auto messages = std::make_unique<MessageReader>();
  size_t begin = 0;
  for (size_t end = 0; end < input.size();) {
    end = std::min(end + piece_bytes, input.size());
    for (;;) {
      auto taken = frames->next(input.substr(begin, end - begin));
      require(taken.bytes <= end - begin);
      if (taken.bytes == 0) break;
      begin += taken.bytes;
      const Heard heard =
          taken.breach ? Heard(*taken.breach) : messages->take(*std::move(taken.frame));
      all.push_back(std::visit(HeardText{}, heard));
      if (std::holds_alternative<Breach>(heard) || std::holds_alternative<CloseFrame>(heard))
        return all;
    }
    if (!moves) continue;
    const std::string saved = messages->save();
    messages = std::make_unique<MessageReader>();
    require(messages->restore(saved) && messages->save() == saved);
    frames = std::make_unique<FrameReader>(kMaxMessageBytes);
  }
  return all;
}

}  // namespace

// The first byte is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece_bytes = std::max<size_t>(1, data[0]);
  const auto expected = heard_in(input, input.size() + 1, false);
  require(heard_in(input, piece_bytes, false) == expected);
  require(heard_in(input, piece_bytes, true) == expected);
  MessageReader().restore(input);
  const size_t written = std::min<size_t>(data[0], input.size());
  if (const auto rest = rest_of_frame(input, written)) require(written + *rest <= input.size());
  return 0;
}
