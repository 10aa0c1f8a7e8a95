#include "worker/protocol/irc/numerics.h"

#include <array>

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

namespace {

// Three digits.
std::array<char, 3> command_of(const Numeric& numeric) {
  const auto digit = [&](int place) {
    return static_cast<char>('0' + numeric.number / place % 10);
  };
  return {digit(100), digit(10), digit(1)};
}

}  // namespace

void append_reply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                  std::span<const std::string_view> params) {
  const std::array<char, 3> command = command_of(numeric);
  Params all;
  all.add(to.nick.empty() ? "*" : to.nick);
  for (const std::string_view param : params) all.add(param);
  if (!numeric.text.empty()) all.add(numeric.text);
  append_line(out, {.tags = to.tags,
                    .source = to.server,
                    .command = {command.data(), command.size()},
                    .params = all.all()});
}

void append_reply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                  std::initializer_list<std::string_view> params) {
  append_reply(out, to, numeric, std::span<const std::string_view>(params));
}

}  // namespace banterd::worker::irc
