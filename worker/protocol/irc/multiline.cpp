#include "worker/protocol/irc/multiline.h"

#include <algorithm>

#include "worker/protocol/irc/command_table.h"

namespace banterd::worker::irc {

std::optional<IncomingBatch::Failure> IncomingBatch::add(const Message& message) {
  const bool notice = names_command("NOTICE", message.command);
  if (!notice && !names_command("PRIVMSG", message.command))
    return Failure{"MULTILINE_INVALID", {}, "Only PRIVMSG and NOTICE may be in a batch"};
  if (message.params.size() < 2 || chat::fold(message.params[0]) != chat::fold(target)) {
    return Failure{"MULTILINE_INVALID_TARGET",
                   {target, std::string(message.params[0])},
                   "Invalid multiline target"};
  }
  const chat::Kind its_kind = notice ? chat::Kind::notice : chat::Kind::message;
  if (lines.empty()) kind = its_kind;
  const std::string_view text = message.params[1];
  const bool joins = message.tags.value("draft/multiline-concat").has_value();
  if (kind != its_kind || (joins && text.empty())) return invalid();
  if (lines.size() >= kMaxMultilineLines) {
    return Failure{"MULTILINE_MAX_LINES",
                   {std::to_string(kMaxMultilineLines)},
                   "Multiline batch max-lines exceeded"};
  }
  bytes += text.size() + (joins || lines.empty() ? 0 : 1);
  if (bytes > kMaxMultilineBytes) {
    return Failure{"MULTILINE_MAX_BYTES",
                   {std::to_string(kMaxMultilineBytes)},
                   "Multiline batch max-bytes exceeded"};
  }
  lines.push_back({std::string(text), joins && !lines.empty()});
  return std::nullopt;
}

std::optional<chat::Say> IncomingBatch::said() const {
  const bool blank = std::all_of(lines.begin(), lines.end(),
                                 [](const chat::SaidLine& line) { return line.text.empty(); });
  if (blank) return std::nullopt;
  chat::Say say;
  say.kind = kind;
  std::string text;
  for (const chat::SaidLine& line : lines) {
    if (&line != &lines.front() && !line.joins) text += '\n';
    text += line.text;
  }
  say.text = text;
  say.lines = lines;
  if (!tags.empty()) say.tags = tags;
  return say;
}

}  // namespace banterd::worker::irc
