#include "worker/bus_messages.h"

#include "ipc/frame.h"
#include "ipc/json.h"

namespace banterd::worker {

std::string encode(const BusMessage& message) { return ipc::to_json(message); }

template <class Message>
void append_message(std::string& frames, const Message& message) {
  const size_t begin = ipc::begin_frame(frames);
  ipc::append_json_alternative(frames, message);
  ipc::end_frame(frames, begin);
}
template void append_message(std::string&, const LogEvent&);
template void append_message(std::string&, const CommandMessage&);
template void append_message(std::string&, const Standing&);
template void append_message(std::string&, const Snapshot&);
template void append_message(std::string&, const History&);
template void append_message(std::string&, const Replay&);
template void append_message(std::string&, const Hello&);
template void append_message(std::string&, const Ended&);
template void append_message(std::string&, const SlotSettled&);
template void append_message(std::string&, const Query&);
template void append_message(std::string&, const Answer&);
template void append_message(std::string&, const Seen&);
template void append_message(std::string&, const Barrier&);
template void append_message(std::string&, const Living&);
template void append_message(std::string&, const Numbers&);
template void append_message(std::string&, const Recalled&);

base::Result<BusMessage> decode_bus_message(std::string_view payload) {
  return ipc::from_json<BusMessage>(payload);
}

base::Result<void> read_bus_message(std::string_view payload, BusMessage& message) {
  return ipc::read_json(payload, message);
}

}  // namespace banterd::worker
