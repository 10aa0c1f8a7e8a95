#include "worker/protocol/irc/message.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/byte_scan.h"
#include "base/take_part.h"
#include "base/utf8.h"

namespace banterd::worker::irc {

namespace {

// Character, and what follows its backslash.
constexpr std::pair<char, char> kEscapes[] = {
    {';', ':'}, {' ', 's'}, {'\\', '\\'}, {'\r', 'r'}, {'\n', 'n'}};

void skip_spaces(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
}

// The characters up to the next space; `rest` begins with that space then.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

Params take_params(std::string_view rest) {
  Params params;
  for (skip_spaces(rest); !rest.empty(); skip_spaces(rest)) {
    const bool trailing = rest.front() == ':';
    if (trailing || params.size() + 1 == kMaxParams) {
      params.add(rest.substr(trailing ? 1 : 0));
      break;
    }
    params.add(take_word(rest));
  }
  return params;
}

Flaw flaw_of(std::string_view text) {
  if (base::find_low<NeverSent>(text) < text.size()) return Flaw::forbidden_byte;
  return base::is_valid_utf8(text) ? Flaw::none : Flaw::invalid_utf8;
}

std::string_view if_clean(std::string_view text) {
  return flaw_of(text) == Flaw::none ? text : std::string_view();
}

Parsed flawed(Flaw flaw, const Message& message) {
  Parsed parsed;
  parsed.flaw = flaw;
  parsed.message.tags = Tags(if_clean(message.tags.text()));
  parsed.message.command = if_clean(message.command);
  return parsed;
}

}  // namespace

std::string unescape_tag_value(std::string_view escaped) {
  std::string value;
  value.reserve(escaped.size());
  for (size_t place = 0; place < escaped.size(); ++place) {
    char c = escaped[place];
    if (c == '\\') {
      // A backslash at the end is left out, and so is one before a character that needs none.
      if (++place == escaped.size()) break;
      c = escaped[place];
      const auto* known = std::ranges::find(kEscapes, c, &std::pair<char, char>::second);
      if (known != std::end(kEscapes)) c = known->first;
    }
    value.push_back(c);
  }
  return value;
}

std::string escape_tag_value(std::string_view value) {
  std::string escaped;
  escaped.reserve(value.size());
  for (const char c : value) {
    if (c == '\0') continue;
    const auto* special = std::ranges::find(kEscapes, c, &std::pair<char, char>::first);
    if (special == std::end(kEscapes)) {
      escaped.push_back(c);
    } else {
      escaped.push_back('\\');
      escaped.push_back(special->second);
    }
  }
  return escaped;
}

Tag Tags::take_first(std::string_view& rest) {
  std::string_view value = base::take_part(rest, ';');
  const std::string_view key = base::take_part(value, '=');
  return {key, value};
}

std::optional<std::string> Tags::value(std::string_view key) const {
  std::optional<std::string_view> last;
  each([&](const Tag& tag) {
    if (tag.key == key) last = tag.escaped;
  });
  if (!last) return std::nullopt;
  return unescape_tag_value(*last);
}

std::string Tags::client_only() const {
  std::unordered_map<std::string_view, size_t> last;
  size_t number = 0;
  each([&](const Tag& tag) { last[tag.key] = ++number; });
  number = 0;
  std::string kept;
  each([&](const Tag& tag) {
    if (last[tag.key] != ++number || !tag.client_only()) return;
    if (!kept.empty()) kept.push_back(';');
    kept.append(tag.key);
    // "key=" means the same as "key" and is longer.
    if (!tag.escaped.empty()) kept.append("=").append(tag.escaped);
  });
  return kept;
}

Parsed parse(std::string_view line, size_t max_tag_bytes) {
  std::string_view rest = line;
  Message message;
  bool tags_too_long = false;
  if (rest.starts_with('@')) {
    const std::string_view tags = take_word(rest);
    if (!rest.empty()) rest.remove_prefix(1);
    tags_too_long = line.size() - rest.size() > max_tag_bytes;
    if (!tags_too_long) message.tags = Tags(tags.substr(1));
  }
  const bool rest_too_long = rest.size() > kMaxRestBytes;
  skip_spaces(rest);
  if (rest.starts_with(':')) {
    message.source = take_word(rest).substr(1);
    skip_spaces(rest);
  }
  message.command = take_word(rest);

  if (tags_too_long) return flawed(Flaw::tags_too_long, message);
  if (rest_too_long) return flawed(Flaw::rest_too_long, message);
  if (message.command.empty()) return flawed(Flaw::empty, message);
  if (const Flaw flaw = flaw_of(line); flaw != Flaw::none) return flawed(flaw, message);
  message.params = take_params(rest);
  return {Flaw::none, message};
}

}  // namespace banterd::worker::irc
