#include "ipc/messages.h"

#include "ipc/json.h"

namespace banterd::ipc {

std::string encode(const ToWorker& message) { return to_json(message); }
std::string encode(const ToMaster& message) { return to_json(message); }
base::Result<ToWorker> decode_to_worker(std::string_view payload) {
  return from_json<ToWorker>(payload);
}
base::Result<ToMaster> decode_to_master(std::string_view payload) {
  return from_json<ToMaster>(payload);
}

}  // namespace banterd::ipc
