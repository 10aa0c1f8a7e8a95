// A reply with a list of words, in as many lines as the words need (Modern IRC,
// RPL_NAMREPLY and RPL_WHOISCHANNELS; IRCv3 "Monitor"). Pure, and linear in the number of words.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// Whatever it is made of outlives it.
class ListReply {
 public:
  // `params` stand between the client's nick and the list, in every line.
  ListReply(std::string& out, const ReplyTo& to, const Numeric& numeric,
            std::initializer_list<std::string_view> params = {}, char separator = ' ');

  // Words are never cut, unless one is longer than a line.
  void add(std::string_view word);
  // Appends the last line; none at all if there were no words.
  void finish();

 private:
  std::string& out_;
  const ReplyTo& to_;
  const Numeric& numeric_;
  std::vector<std::string_view> params_;
  const char separator_;
  size_t room_;  // bytes of words that a line has room for
  std::string words_;
};

}  // namespace banterd::worker::irc
