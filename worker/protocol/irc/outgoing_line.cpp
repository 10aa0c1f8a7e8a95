#include "worker/protocol/irc/outgoing_line.h"

#include <algorithm>
#include <iterator>

#include "base/byte_scan.h"
#include "worker/protocol/irc/message.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

using namespace std::string_view_literals;

constexpr char kCtcp = '\x01';

// A space ends all parts of a line but its last parameter.
struct NeverInWords {
  static constexpr uint8_t kHighest = ' ';
  static bool has(char c) { return c == ' ' || NeverSent::has(c); }
};

template <class Forbidden>
void append_without(std::string& out, std::string_view text) {
  const size_t clean = base::find_low<Forbidden>(text);
  out.append(text.substr(0, clean));
  std::ranges::remove_copy_if(text.substr(clean), std::back_inserter(out), Forbidden::has);
}

void append_tag_section(std::string& out, std::string_view tags) {
  tags = cut_tags(tags);
  if (tags.empty()) return;
  out.push_back('@');
  append_without<NeverInWords>(out, tags);
  out.push_back(' ');
}

void append_source(std::string& out, const Source& source) {
  if (source.empty()) return;
  out.push_back(':');
  if (const chat::Profile* person = source.person()) {
    append_without<NeverInWords>(out, person->nick.str());
    out.push_back('!');
    append_without<NeverInWords>(out, person->user);
    out.push_back('@');
    append_without<NeverInWords>(out, person->host);
  } else {
    append_without<NeverInWords>(out, source.name());
  }
  out.push_back(' ');
}

// Lines whose last parameter, behind so many others, is a text. It has its ':' also where it needs
// none: simple programs look for it, and all other servers write it.
struct EndsInText {
  std::string_view command;
  size_t others;
};
constexpr EndsInText kTexts[] = {
    {"PRIVMSG", 1}, {"NOTICE", 1},  {"TOPIC", 1}, {"PART", 1},    {"QUIT", 0}, {"KICK", 2},
    {"AWAY", 0},    {"SETNAME", 0}, {"ERROR", 0}, {"WALLOPS", 0}, {"KILL", 1}, {"301", 2},
    {"302", 1},     {"303", 1},     {"319", 2},   {"322", 3},     {"332", 2},  {"353", 3},
    {"730", 1},     {"731", 1},     {"732", 1},
};

bool ends_in_text(const OutgoingLine& line) {
  return std::ranges::any_of(kTexts, [&](const EndsInText& one) {
    return one.others + 1 == line.params.size() && one.command == line.command;
  });
}

bool needs_colon(std::string_view param) {
  return param.empty() || param.front() == ':' || param.find(' ') != std::string_view::npos;
}

// What was left out may have changed what a parameter needs: hence the look at what was written.
void append_param(std::string& out, std::string_view param) {
  out.push_back(' ');
  const size_t begin = out.size();
  append_without<NeverSent>(out, param);
  if (needs_colon(std::string_view(out).substr(begin))) out.replace(begin, std::string::npos, "*");
}

void append_last_param(std::string& out, const OutgoingLine& line) {
  out.append(" :");
  const size_t begin = out.size();
  append_without<NeverSent>(out, line.params.back());
  if (!needs_colon(std::string_view(out).substr(begin)) && !ends_in_text(line))
    out.erase(begin - 1, 1);
}

// `last`: where the last parameter begins.
void cut_rest(std::string& out, size_t begin, size_t last) {
  if (out.size() - begin <= kMaxRestBytes) return;
  const std::string_view text = std::string_view(out).substr(std::min(last, out.size()));
  const bool ctcp = text.starts_with(kCtcp) || text.starts_with(":\x01");
  const bool ends = ctcp && text.ends_with(kCtcp) && last + 3 < begin + kMaxRestBytes;
  const std::string_view rest = std::string_view(out).substr(begin);
  out.resize(begin + beginning_of(rest, kMaxRestBytes - (ends ? 1 : 0)).size());
  if (ends) out.push_back(kCtcp);
}

}  // namespace

std::string_view cut_tags(std::string_view tags) {
  constexpr size_t kRoom = kMaxTagBytes - "@ "sv.size();
  if (tags.size() <= kRoom) return tags;
  const size_t end = tags.rfind(';', kRoom);
  return tags.substr(0, end == std::string_view::npos ? 0 : end);
}

void append_line(std::string& out, const OutgoingLine& line) {
  append_tag_section(out, line.tags);
  const size_t begin = out.size();
  append_source(out, line.source);
  append_without<NeverInWords>(out, line.command);
  size_t last = out.size();
  for (size_t i = 0; i < line.params.size(); ++i) {
    last = out.size() + 1;
    if (i + 1 == line.params.size() && line.written.empty()) {
      append_last_param(out, line);
    } else {
      append_param(out, line.params[i]);
    }
  }
  if (!line.written.empty()) {
    last = out.size() + 1;
    out.append(" ").append(line.written);
  }
  cut_rest(out, begin, last);
  out.append("\r\n");
}

void append_line(std::string& out, const Source& source, std::string_view command,
                 std::initializer_list<std::string_view> params) {
  append_line(out, {.tags = {}, .source = source, .command = command, .params = params});
}

void append_tag(std::string& tags, std::string_view key, std::string_view value) {
  append_tags(tags, key);
  if (!value.empty()) tags.append("=").append(escape_tag_value(value));
}

void append_tags(std::string& tags, std::string_view escaped) {
  if (escaped.empty()) return;
  if (!tags.empty()) tags.push_back(';');
  tags.append(escaped);
}

}  // namespace banterd::worker::irc
