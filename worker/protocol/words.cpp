#include "worker/protocol/words.h"

#include <fmt/format.h>

#include "worker/utc_text.h"

namespace banterd::worker {

std::string begun_anew_text(const Protocol::Former& former, const chat::Profile& now) {
  return fmt::format(
      "A part of the server has failed: you have been seen to quit, and are {} now. What was said "
      "since {} may be missing, and what you asked last may not have been done",
      now.nick.str(), utc_text(former.served_until));
}

}  // namespace banterd::worker
