// How members who come by WebSocket are told of events: as IRC clients are, each line in a frame.
// An event is encoded and framed once for all who have agreed on the same.
#pragma once

#include "worker/protocol/http/frame.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::http {

// The encoder that puts what `inner` says into frames: one for each `inner`, which must live as
// long as the process, and `opcode`. For the thread of the loop only.
const Encoder& framed(const Encoder& inner, Opcode opcode);

}  // namespace banterd::worker::http
