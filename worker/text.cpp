#include "worker/text.h"

#include <cstdint>

#include "base/byte_scan.h"

namespace banterd::worker {

namespace {

uint8_t byte_at(std::string_view text, size_t place) { return static_cast<uint8_t>(text[place]); }
bool is_between(uint8_t byte, uint8_t first, uint8_t last) { return byte >= first && byte <= last; }

// ---- telnet (RFC 854; 236 to 239 are of RFC 885 and RFC 1184) ----

constexpr uint8_t kFirstCommand = 236;
constexpr uint8_t kSubnegotiationEnd = 240;  // SE
constexpr uint8_t kSubnegotiation = 250;     // SB
constexpr uint8_t kFirstWithOption = 251;    // WILL, WONT, DO, DONT
constexpr uint8_t kCommandFollows = 255;     // IAC

// ---- control characters, in UTF-8 ----

constexpr char kBell = 0x07;
constexpr char kEscape = 0x1b;
constexpr char kColour = 0x03;
constexpr char kHexColour = 0x04;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The length of the control character at `place`; 0: there is none. C1 (U+0080 to U+009F) is C2 80
// to C2 9F.
size_t control_length(std::string_view text, size_t place) {
  const uint8_t byte = byte_at(text, place);
  if (byte < 0x20 || byte == 0x7f) return 1;
  if (byte != 0xc2 || place + 1 == text.size()) return 0;
  return is_between(byte_at(text, place + 1), 0x80, 0x9f) ? 2 : 0;
}

// What begins a sequence at `place`, in its form of seven bits: '[' for ESC [ and for U+009B alike.
// 0: nothing does.
char introducer(std::string_view text, size_t place, size_t& length) {
  if (place + 1 >= text.size()) return 0;
  length = 2;
  if (text[place] == kEscape) return text[place + 1];
  return byte_at(text, place) == 0xc2 ? static_cast<char>(byte_at(text, place + 1) - 0x40) : '\0';
}

// The number of bytes up to the end of a control sequence whose parameters begin at `place`; 0: it
// is none.
size_t control_sequence_length(std::string_view text, size_t place) {
  const size_t begin = place;
  while (place < text.size() && is_between(byte_at(text, place), 0x30, 0x3f)) ++place;
  while (place < text.size() && is_between(byte_at(text, place), 0x20, 0x2f)) ++place;
  if (place == text.size() || !is_between(byte_at(text, place), 0x40, 0x7e)) return 0;
  return place + 1 - begin;
}

// The same of a control string (a window's title, a picture). It ends in ESC \ or U+009C, some end
// in BEL; any other control character but those of format shows that it is none. That makes the
// whole linear: no byte is searched twice in vain.
size_t control_string_length(std::string_view text, size_t place, bool ends_in_bell) {
  const size_t begin = place;
  for (; place < text.size(); ++place) {
    const size_t control = control_length(text, place);
    if (control == 0 || is_between(byte_at(text, place), 0x08, 0x0d)) continue;
    if (control == 2) return byte_at(text, place + 1) == 0x9c ? place + 2 - begin : 0;
    if (text[place] == kBell && ends_in_bell) return place + 1 - begin;
    if (text[place] == kEscape && text.substr(place + 1).starts_with('\\'))
      return place + 2 - begin;
    return 0;
  }
  return 0;
}

// Sequences of ECMA-48, and of ECMA-35 those that choose a character set, which terminals send
// most. 0: there is none.
size_t escape_length(std::string_view text, size_t place) {
  size_t begin = 0;
  size_t length = 0;
  switch (introducer(text, place, begin)) {
    case '[':
      length = control_sequence_length(text, place + begin);
      break;
    case ']':
      length = control_string_length(text, place + begin, true);
      break;
    case 'P':
    case 'X':
    case '^':
    case '_':
      length = control_string_length(text, place + begin, false);
      break;
    case '(':
    case ')':
    case '*':
    case '+':
      length = place + 2 < text.size() && is_between(byte_at(text, place + 2), 0x30, 0x7e) ? 1 : 0;
      break;
  }
  return length == 0 ? 0 : begin + length;
}

// The colours after 0x03 or 0x04: COLOUR or COLOUR,COLOUR
// (https://modern.ircdocs.horse/formatting).
template <class IsDigit>
size_t colours_length(std::string_view text, size_t fewest, size_t most, IsDigit is_one) {
  const auto count = [&](size_t begin) {
    size_t digits = 0;
    while (digits < most && begin + digits < text.size() && is_one(text[begin + digits])) ++digits;
    return digits < fewest ? 0 : digits;
  };
  const size_t first = count(0);
  if (first == 0 || first == text.size() || text[first] != ',') return first;
  const size_t second = count(first + 1);
  return second == 0 ? first : first + 1 + second;
}

// The length of what is to go at `place`; 0: the character there stays.
size_t length_to_remove(std::string_view text, size_t place) {
  const size_t control = control_length(text, place);
  if (control == 0) return 0;
  if (text[place] == kColour) return 1 + colours_length(text.substr(place + 1), 1, 2, is_digit);
  if (text[place] == kHexColour) {
    return 1 + colours_length(text.substr(place + 1), 6, 6, is_hex_digit);
  }
  const size_t sequence = escape_length(text, place);
  return sequence != 0 ? sequence : control;
}

size_t first_control(std::string_view text) {
  const auto begins_any = [](base::Bytes bytes) {
    return base::below(bytes, 0x20) | base::equal(bytes, 0x7f) | base::equal(bytes, 0xc2);
  };
  size_t place = base::find_byte(text, begins_any);
  while (place < text.size() && control_length(text, place) == 0) {
    ++place;
    place += base::find_byte(text.substr(place), begins_any);
  }
  return place;
}

}  // namespace

std::string_view TelnetFilter::filter(std::string_view bytes, std::string& scratch) {
  constexpr char kMark = static_cast<char>(kCommandFollows);
  if (state_ == State::text && bytes.find(kMark) == std::string_view::npos) return bytes;
  scratch.clear();
  for (const char c : bytes) take(c, scratch);
  return scratch;
}

void TelnetFilter::take(char c, std::string& text) {
  const auto byte = static_cast<uint8_t>(c);
  switch (state_) {
    case State::text:
      if (byte == kCommandFollows) {
        state_ = State::command;
      } else {
        text.push_back(c);
      }
      break;
    case State::command:
      state_ = after_command(byte);
      if (byte == kCommandFollows) {
        text.push_back(c);
      } else if (byte < kFirstCommand) {
        // No telnet: the 0xFF is kept for the check of UTF-8 to find, and this byte, perhaps the
        // end of the line, too.
        text.push_back(static_cast<char>(kCommandFollows));
        text.push_back(c);
      }
      break;
    case State::option:
      state_ = State::text;
      break;
    case State::subnegotiation:
      if (byte == kCommandFollows) state_ = State::subnegotiation_command;
      break;
    case State::subnegotiation_command:
      state_ = byte == kSubnegotiationEnd ? State::text : State::subnegotiation;
      break;
  }
}

TelnetFilter::State TelnetFilter::after_command(uint8_t byte) {
  if (byte == kSubnegotiation) return State::subnegotiation;
  return is_between(byte, kFirstWithOption, kCommandFollows - 1) ? State::option : State::text;
}

size_t telnet_command_length(std::string_view bytes) {
  if (bytes.size() < 2 || byte_at(bytes, 0) != kCommandFollows) return 0;
  const uint8_t command = byte_at(bytes, 1);
  if (!is_between(command, kFirstCommand, kCommandFollows - 1) || command == kSubnegotiation)
    return 0;
  if (command < kFirstWithOption) return 2;
  return bytes.size() < 3 ? 0 : 3;
}

std::string_view without_controls(std::string_view text, std::string& scratch) {
  size_t place = first_control(text);
  if (place == text.size()) return text;
  scratch.assign(text.substr(0, place));
  while (place < text.size()) {
    const size_t removed = length_to_remove(text, place);
    if (removed == 0) {
      scratch.push_back(text[place++]);
      continue;
    }
    if (text[place] == '\t') scratch.push_back(' ');
    place += removed;
  }
  return scratch;
}

std::string_view beginning_of(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  // Continuation bytes are 10xxxxxx (RFC 3629 section 3).
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace banterd::worker
