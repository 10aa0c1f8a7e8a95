#include "worker/protocol/irc/batch_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

// The first line, with its end.
std::string_view take_line(std::string_view& lines) {
  const size_t end = std::min(lines.find('\n'), lines.size() - 1);
  const std::string_view line = lines.substr(0, end + 1);
  lines.remove_prefix(line.size());
  return line;
}

// What stands between a line's '@' and the space.
std::string_view tags_of(std::string_view line) {
  if (!line.starts_with('@')) return {};
  return line.substr(1, line.find(' ') - 1);
}

bool is_in_batch(std::string_view line) {
  bool found = false;
  Tags(tags_of(line)).each([&](const Tag& tag) { found = found || tag.key == "batch"; });
  return found;
}

// What a BATCH line begins ("+ref") or ends ("-ref"); empty for any other line.
std::string_view batch_change(std::string_view line) {
  if (line.ends_with(kLineEnd)) line.remove_suffix(kLineEnd.size());
  const Parsed parsed = parse(line, kMaxTagBytes);
  return parsed && parsed.message.command == "BATCH" ? parsed.message.params[0]
                                                     : std::string_view();
}

// True if the lines are one batch and nothing else: its start and its end alone are in none.
bool are_one_batch(std::string_view lines) {
  std::string_view rest = lines;
  const std::string_view begins = batch_change(take_line(rest));
  if (!begins.starts_with('+')) return false;
  std::string_view outside;
  while (!rest.empty() && outside.empty()) {
    const std::string_view line = take_line(rest);
    if (!is_in_batch(line)) outside = line;
  }
  const std::string_view ends = batch_change(outside);
  return rest.empty() && ends.starts_with('-') && ends.substr(1) == begins.substr(1);
}

// A line of the server whose `tags` come before those of `to`.
void append_with_tags(std::string& out, const ReplyTo& to, std::string_view tags,
                      std::string_view command, const Params& params) {
  std::string all(tags);
  append_tags(all, to.tags);
  append_line(out, {.tags = all, .source = to.server, .command = command, .params = params.all()});
}

}  // namespace

void with_tag(std::string& out, std::string_view line, std::string_view tag) {
  const std::string_view had = tags_of(line);
  if (!had.empty()) line.remove_prefix(std::min(had.size() + 2, line.size()));
  std::string tags(tag);
  append_tags(tags, had);
  out.append("@").append(cut_tags(tags)).append(" ").append(line);
}

void append_batch_start(std::string& out, const ReplyTo& to, std::string_view ref,
                        std::string_view type, std::initializer_list<std::string_view> params,
                        std::string_view tags) {
  const std::string begins = fmt::format("+{}", ref);
  Params all;
  all.add(begins);
  all.add(type);
  for (const std::string_view param : params) all.add(param);
  append_with_tags(out, to, tags, "BATCH", all);
}

void append_batch_end(std::string& out, const ReplyTo& to, std::string_view ref) {
  const std::string ends = fmt::format("-{}", ref);
  Params all;
  all.add(ends);
  append_with_tags(out, to, {}, "BATCH", all);
}

void put_in_batch(std::string& out, std::string_view lines, std::string_view ref) {
  const std::string tag = fmt::format("batch={}", ref);
  while (!lines.empty()) {
    const std::string_view line = take_line(lines);
    if (is_in_batch(line)) {
      out.append(line);
    } else {
      with_tag(out, line, tag);
    }
  }
}

void label_lines(std::string& out, const ReplyTo& to, std::string_view lines,
                 std::string_view label, std::string_view ref) {
  const std::string label_tag = fmt::format("label={}", label);
  if (lines.empty()) return append_with_tags(out, to, label_tag, "ACK", {});
  std::string_view rest = lines;
  const std::string_view first = take_line(rest);
  if (rest.empty() || are_one_batch(lines)) {
    with_tag(out, first, label_tag);
    out.append(rest);
    return;
  }
  append_batch_start(out, to, ref, "labeled-response", {}, label_tag);
  put_in_batch(out, lines, ref);
  append_batch_end(out, to, ref);
}

}  // namespace banterd::worker::irc
