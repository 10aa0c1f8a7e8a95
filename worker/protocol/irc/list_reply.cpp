#include "worker/protocol/irc/list_reply.h"

#include <algorithm>

#include "worker/protocol/irc/message.h"

namespace banterd::worker::irc {

ListReply::ListReply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                     std::initializer_list<std::string_view> params, char separator)
    : out_(out), to_(to), numeric_(numeric), params_(params), separator_(separator) {
  params_.emplace_back();
  std::string empty_line;
  append_reply(empty_line, {to.server, to.nick, {}}, numeric, params_);
  room_ = kMaxRestBytes + 2 - std::min(kMaxRestBytes + 2, empty_line.size());
}

void ListReply::add(std::string_view word) {
  if (!words_.empty() && words_.size() + 1 + word.size() > room_) finish();
  if (!words_.empty()) words_ += separator_;
  words_ += word;
}

void ListReply::finish() {
  if (words_.empty()) return;
  params_.back() = words_;
  append_reply(out_, to_, numeric_, params_);
  words_.clear();
}

}  // namespace banterd::worker::irc
