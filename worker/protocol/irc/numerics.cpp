#include "worker/protocol/irc/numerics.h"

#include <fmt/format.h>

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

void append_reply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                  std::span<const std::string_view> params) {
  Params all;
  all.add(to.nick.empty() ? "*" : to.nick);
  for (const std::string_view param : params) all.add(param);
  if (!numeric.text.empty()) all.add(numeric.text);
  append_line(out, {.tags = to.tags,
                    .source = to.server,
                    .command = fmt::format("{:03}", numeric.number),
                    .params = all.all()});
}

void append_reply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                  std::initializer_list<std::string_view> params) {
  append_reply(out, to, numeric, std::span<const std::string_view>(params));
}

}  // namespace banterd::worker::irc
