#include "worker/unfinished_line.h"

#include <utility>
#include <variant>

namespace banterd::worker {

bool is_talk(const Request& request) {
  const auto* ask = std::get_if<AskOwner>(&request);
  return ask != nullptr && std::holds_alternative<chat::Say>(ask->body);
}

void UnfinishedLine::begin(bool amid) {
  taking_ = flat_ = talks_ = true;
  effect_ = asked_ = false;
  amid_ = amid;
  met_ = 0;
}

void UnfinishedLine::on_request(const Request& request) {
  asked_ = true;
  talks_ = talks_ && is_talk(request);
  // What follows from an answer would not be asked for again.
  flat_ = flat_ && taking_ && std::holds_alternative<AskOwner>(request);
}

bool UnfinishedLine::end(std::string_view line) {
  taking_ = false;
  if (line.empty()) return false;
  fresh_ = line;
  const bool ends_something = amid_ || !line_.empty();
  line_.clear();
  return !asked_ || !talks_ || ends_something;
}

bool UnfinishedLine::end_turn(bool unmet) {
  const std::string_view fresh = std::exchange(fresh_, {});
  if (unmet) {
    if (line_.empty()) line_ = fresh;
    return true;
  }
  const bool was_unfinished = !line_.empty();
  line_.clear();
  return was_unfinished;
}

bool UnfinishedLine::on_command() {
  ++met_;
  if (skips_ == 0) return false;
  --skips_;
  return true;
}

}  // namespace banterd::worker
