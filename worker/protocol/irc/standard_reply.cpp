#include "worker/protocol/irc/standard_reply.h"

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

namespace {

void append_standard(std::string& out, const ReplyTo& to, std::string_view type,
                     std::string_view command, std::string_view code,
                     const std::vector<std::string_view>& context, std::string_view text) {
  Params params;
  params.add(command.empty() ? "*" : command);
  params.add(code);
  for (const std::string_view param : context) {
    if (params.size() + 1 < kMaxParams) params.add(param);
  }
  params.add(text);
  append_line(out, {.tags = to.tags, .source = to.server, .command = type, .params = params.all()});
}

}  // namespace

void append_fail(std::string& out, const ReplyTo& to, std::string_view command,
                 std::string_view code, const std::vector<std::string_view>& context,
                 std::string_view text) {
  append_standard(out, to, "FAIL", command, code, context, text);
}

void append_note(std::string& out, const ReplyTo& to, std::string_view command,
                 std::string_view code, const std::vector<std::string_view>& context,
                 std::string_view text) {
  append_standard(out, to, "NOTE", command, code, context, text);
}

}  // namespace banterd::worker::irc
