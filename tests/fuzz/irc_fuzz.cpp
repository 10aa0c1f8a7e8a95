// Any bytes from an IRC client, in pieces: cut into the same lines as in one piece; each line
// parsed or refused; what was parsed keeps the limits, and is the same after it was made into a
// line again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "tests/fuzz/require.h"
#include "worker/line_cutter.h"
#include "worker/protocol/irc/capabilities.h"
#include "worker/protocol/irc/ctcp.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

using namespace banterd;
using namespace banterd::worker::irc;
using fuzz::require;

namespace {

// A line that was too long is the one text that no line can be.
constexpr std::string_view kTooLong = "\n";

std::vector<std::string> lines_of(std::string_view input, size_t piece_bytes) {
  worker::LineCutter cutter(kMaxLineBytes);
  std::vector<std::string> lines;
  size_t begin = 0;
  size_t end = 0;
  while (end < input.size()) {
    end = std::min(end + piece_bytes, input.size());
    for (bool more = true; more;) {
      const auto cut = cutter.next(input.substr(begin, end - begin));
      require(cut.consumed <= end - begin);
      begin += cut.consumed;
      more = cut.consumed > 0;
      if (cut.line) lines.emplace_back(cut.line->too_long ? kTooLong : cut.line->text);
    }
  }
  return lines;
}

bool has_forbidden(std::string_view text) {
  return text.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
}

void check_made(std::string_view line) {
  require(line.ends_with("\r\n"));
  line.remove_suffix(2);
  require(!has_forbidden(line));
  require(base::is_valid_utf8(line));
  size_t tag_bytes = 0;
  if (line.starts_with('@')) tag_bytes = line.find(' ') + 1;
  require(tag_bytes <= kMaxTagBytes);
  require(line.size() - tag_bytes <= kMaxRestBytes);
}

bool same(const Message& one, const Message& other) {
  return one.tags.text() == other.tags.text() && one.source == other.source &&
         one.command == other.command && std::ranges::equal(one.params.all(), other.params.all());
}

bool is_command(std::string_view word) {
  return std::ranges::all_of(word, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// Not for a line that begins with a space and has a '@' where no tags are meant: that is no
// command. Nor for a full one whose last parameter had no ':', for it may get one.
bool can_be_rebuilt(std::string_view line, const Message& message) {
  const size_t tag_bytes = line.starts_with('@') ? line.find(' ') + 1 : 0;
  const bool full = line.size() - tag_bytes == kMaxRestBytes;
  const bool may_grow = !message.params.empty() && *(message.params.all().back().data() - 1) != ':';
  return is_command(message.command) && !(full && may_grow);
}

void check_rebuilt(std::string_view line, const Message& message) {
  std::string again;
  append_line(again, {.tags = message.tags.text(),
                      .source = message.source,
                      .command = message.command,
                      .params = message.params.all()});
  check_made(again);
  if (!can_be_rebuilt(line, message)) return;
  const Parsed parsed = parse(std::string_view(again).substr(0, again.size() - 2));
  require(parsed && same(parsed.message, message));
}

void check_tags(const Tags& tags) {
  std::string again;
  std::string_view last_key;
  tags.each([&](const Tag& tag) {
    const std::string value = unescape_tag_value(tag.escaped);
    require(base::is_valid_utf8(value));
    require(unescape_tag_value(escape_tag_value(value)) == value);
    append_tag(again, tag.key, value);
    last_key = tag.key;
  });
  require(Tags(again).value(last_key) == tags.value(last_key));
  const std::string others = tags.client_only();
  require(others.size() <= tags.text().size());
  Tags(others).each([](const Tag& tag) { require(tag.client_only()); });
}

void check_text(std::string_view text) {
  const Spoken spoken_text = spoken(false, text);
  std::string scratch;
  const std::string_view sent = ctcp_text(spoken_text.kind, spoken_text.text, scratch);
  require(spoken(false, sent) == spoken_text);
  if (const auto set = requested({}, CapabilitySet::all(), text, 302)) {
    require(capabilities_of(names_of(*set)) == *set);
  }
  // Repeated in an error, where it is not the last.
  std::string line;
  append_line(line, "irc.test", "401", {"ann", text, text, "No such nick/channel"});
  check_made(line);
}

void check_line(std::string_view line) {
  const Parsed parsed = parse(line);
  const Message& message = parsed.message;
  require(!has_forbidden(message.command) && base::is_valid_utf8(message.command));
  require(base::is_valid_utf8(message.tags.text()));
  check_tags(message.tags);
  if (!parsed) {
    require(message.source.empty() && message.params.empty());
    return;
  }
  require(line.size() <= kMaxLineBytes);
  require(!message.command.empty() && message.params.size() <= kMaxParams);
  for (const std::string_view param : message.params.all()) check_text(param);
  check_rebuilt(line, message);
}

}  // namespace

// The first byte is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::vector<std::string> lines = lines_of(input, input.size());
  require(lines == lines_of(input, size_t{1} + data[0]));
  for (const std::string& line : lines) {
    if (line != kTooLong) check_line(line);
  }
  return 0;
}
