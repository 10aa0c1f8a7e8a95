// Cleans text that comes from, or goes to, people. Pure, and linear in the length of the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace banterd::worker {

// Removes telnet's negotiation from a stream of bytes (RFC 854): IAC IAC is one 0xFF, IAC
// WILL/WONT/DO/DONT x and IAC SB … IAC SE go, and IAC with any other command. IAC before what is no
// command stays, so that the check of UTF-8 finds it. Keeps its state from call
// to call: a sequence may span two.
class TelnetFilter {
 public:
  // Returns `bytes` itself when there is nothing to remove, else a view of `scratch`.
  std::string_view filter(std::string_view bytes, std::string& scratch);

 private:
  enum class State : uint8_t { text, command, option, subnegotiation, subnegotiation_command };
  void take(char c, std::string& text);
  static State after_command(uint8_t byte);

  State state_ = State::text;
};

// The length of a telnet command, with its option, at the front of `bytes`; 0: there is none, or
// not all of it yet. Subnegotiations are none.
size_t telnet_command_length(std::string_view bytes);

// The longest beginning of `text`, valid UTF-8, of at most `bytes` that ends between two
// characters.
std::string_view beginning_of(std::string_view text, size_t bytes);

// `text`, valid UTF-8, without control characters: C0, DEL and C1 go (a TAB becomes a space), and
// whole ANSI escape sequences (ECMA-48: ESC [ … final byte, ESC ] … BEL or ESC \, the other control
// strings, ESC ( x) and IRC colour codes with their digits too. Of a sequence that is not whole
// only the control character goes. Returns `text` itself when there is nothing to remove, else a
// view of `scratch`. The result is valid UTF-8.
std::string_view without_controls(std::string_view text, std::string& scratch);

}  // namespace banterd::worker
