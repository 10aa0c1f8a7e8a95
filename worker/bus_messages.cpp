#include "worker/bus_messages.h"

#include "ipc/json.h"

namespace banterd::worker {

std::string encode(const BusMessage& message) { return ipc::to_json(message); }

base::Result<BusMessage> decode_bus_message(std::string_view payload) {
  return ipc::from_json<BusMessage>(payload);
}

}  // namespace banterd::worker
