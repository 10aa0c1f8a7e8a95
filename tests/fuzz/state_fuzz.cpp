// What a master leaves to the program that takes its place: any bytes as its state.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ipc/json.h"
#include "master/state.h"

using namespace banterd;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto state = master::decode_state(bytes);
  if (!state) return 0;
  const std::string once = master::encode(*state);
  const auto again = master::decode_state(once);
  if (!again || master::encode(*again) != once) std::abort();
  return 0;
}
