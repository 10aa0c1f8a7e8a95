// Whole sessions of the line protocol (play.h): any bytes from clients of each of its formats.
#include <cstdint>

#include "tests/fuzz/play.h"

using namespace banterd;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const conf::Listener named;
  const conf::Listener echoing{.echo = true};
  const conf::Listener raw{.format = conf::LineFormat::raw};
  fuzz::play({reinterpret_cast<const char*>(data), size}, {named, echoing, raw});
  return 0;
}
