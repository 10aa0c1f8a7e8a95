// One line of IRC taken apart: tags, source, command, parameters. Pure, linear in the length of the
// line, and without allocation: everything is a view into the line and lives as long as it.
//
// The format is that of Modern IRC, "Message Format" (RFC 1459 section 2.3), with the tags of IRCv3
// "Message Tags". Lines are cut by LineCutter(kMaxLineBytes), which takes LF and CRLF; a line that
// it finds too long has the flaw `rest_too_long`, whichever part was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace banterd::worker::irc {

// From a client: the tags with their '@' and the space behind them (Message Tags, "Size limit":
// 4096 are his, the rest of the 8191 is kept for those of the server), and what follows, without
// the line's end.
inline constexpr size_t kMaxClientTagBytes = 4096;
inline constexpr size_t kMaxRestBytes = 510;
inline constexpr size_t kMaxLineBytes = kMaxClientTagBytes + kMaxRestBytes;
// Of a line of the server, in the same way.
inline constexpr size_t kMaxTagBytes = 8191;
inline constexpr size_t kMaxParams = 15;

// Bytes that no line has but at its end; a set for base::find_low().
struct NeverSent {
  static constexpr uint8_t kHighest = '\r';
  static bool has(char c) { return c == '\0' || c == '\r' || c == '\n'; }
};

struct Tag {
  std::string_view key;      // with its '+', case-sensitive
  std::string_view escaped;  // the value as it came; empty also when there was no '='
  // Sent by a client for other clients; the server passes it on as it is.
  [[nodiscard]] bool client_only() const { return key.size() > 1 && key.front() == '+'; }
};

// A tag's value as it is meant, and as it is sent ("Escaping values"). Valid UTF-8 stays valid.
// NUL, which cannot be sent, is left out.
std::string unescape_tag_value(std::string_view escaped);
std::string escape_tag_value(std::string_view value);

// The tags of a message, read when asked for.
class Tags {
 public:
  Tags() = default;
  // What stands between '@' and the space.
  explicit Tags(std::string_view text) : text_(text) {}

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string_view text() const { return text_; }
  // The value, unescaped. Of several tags with that key the last counts; nothing: there is none.
  [[nodiscard]] std::optional<std::string> value(std::string_view key) const;
  // Those to pass on to other clients, as they came, joined by ';'; of several with one key the
  // last.
  [[nodiscard]] std::string client_only() const;
  // Calls `visit(tag)` for each that has a key, in their order.
  template <class Visit>
  void each(Visit visit) const {
    for (std::string_view rest = text_; !rest.empty();) {
      const Tag tag = take_first(rest);
      if (!tag.key.empty()) visit(tag);
    }
  }

 private:
  static Tag take_first(std::string_view& rest);

  std::string_view text_;
};

class Params {
 public:
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Empty when there are not so many.
  [[nodiscard]] std::string_view operator[](size_t index) const {
    return index < size_ ? texts_[index] : std::string_view();
  }
  [[nodiscard]] std::span<const std::string_view> all() const {
    return std::span(texts_).first(size_);
  }
  // There is room for kMaxParams; more are not taken.
  void add(std::string_view text) {
    if (size_ < kMaxParams) texts_[size_++] = text;
  }

 private:
  std::array<std::string_view, kMaxParams> texts_;
  size_t size_ = 0;
};

struct Message {
  Tags tags;
  std::string_view source;   // clients send none; one that comes means nothing
  std::string_view command;  // as it was typed: any word; not empty
  // How the last one was written makes no difference: with ':' or without. The fifteenth takes all
  // that is left of the line (RFC 2812 section 2.3.1).
  Params params;
};

// Why a line is no message, each with another answer.
enum class Flaw : uint8_t {
  none,
  empty,           // no command: ignored (Modern IRC, "Message Format")
  tags_too_long,   // 417 ERR_INPUTTOOLONG
  rest_too_long,   // 417 ERR_INPUTTOOLONG
  forbidden_byte,  // NUL, CR or LF: 400 ERR_UNKNOWNERROR; some clients would see two lines
  invalid_utf8,    // FAIL … INVALID_UTF8 (IRCv3 "UTF8ONLY")
};

struct Parsed {
  Flaw flaw = Flaw::none;
  // With a flaw: the tags and the command for the answer (its label, what it is about), each only
  // if it is itself without flaws; else empty. Nothing more.
  Message message;
  explicit operator bool() const { return flaw == Flaw::none; }
};

// `line` is without its end. Spaces may be doubled and stand at both ends. `max_tag_bytes` is
// kMaxTagBytes where lines of a server are read.
Parsed parse(std::string_view line, size_t max_tag_bytes = kMaxClientTagBytes);

}  // namespace banterd::worker::irc
