// Any bytes as a configuration: parsed or refused with a place, never a crash.
#include <cstdlib>
#include <string_view>

#include "conf/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = banterd::conf::parse(text, "f");
  if (!config && !config.error().context.starts_with("f:")) std::abort();
  return 0;
}
