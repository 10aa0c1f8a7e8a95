// How events look to line clients (docs/protocol.md): people read this in `nc`.
#pragma once

#include "worker/protocol/protocol.h"

namespace banterd::worker::line {

// Which of a line client's shapes.
enum class Style {
  current,  // the room he talks in, and what concerns no room
  other,    // another room of his: the room is named
  raw,      // format "raw": the bare text of what is said
};

// One encoder per style, the same for all clients.
const Encoder& encoder(Style style);

}  // namespace banterd::worker::line
