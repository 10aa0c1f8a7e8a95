#include "worker/utc_text.h"

#include <ctime>

namespace banterd::worker {

std::string utc_text(chat::TimeMs time) {
  const std::time_t seconds = time / 1000;
  std::tm parts{};
  char text[64];
  // Fails only for years beyond those that an int counts.
  if (gmtime_r(&seconds, &parts) == nullptr) return "long ago";
  return {text, std::strftime(text, sizeof text, "%F %T UTC", &parts)};
}

}  // namespace banterd::worker
