// A client of IRC that knows of the protocol what a test needs: it answers PING, and asks PING to
// know that what it did is done. Each line that it hears is checked for what Modern IRC promises
// any client: its end, its length, UTF-8. It is kept with a ':' before its last parameter only
// where that needs one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/stream_client.h"

namespace banterd::tests {

// The line without its message tags (IRCv3 "Message Tags").
std::string_view without_tags(std::string_view line);
Lines without_tags(const Lines& lines);
// A tag's value as it was sent; nothing: the line has no such tag.
std::optional<std::string> tag_of(std::string_view line, std::string_view key);
// PRIVMSG, 353; empty for a line that has none.
std::string_view command_of(std::string_view line);
Lines with_command(std::string_view command, const Lines& lines);

class IrcClient : public StreamClient {
 public:
  using StreamClient::StreamClient;

  void say(std::string_view line) { send_line(std::string(line) + "\r\n"); }
  // Says it and returns what was heard until it was done.
  Lines ask(std::string_view line, Caller caller = Caller::current());
  // Begins to register as `nick`, which is the user name too, with `capabilities` as CAP REQ takes
  // them; none, if empty.
  void introduce(std::string_view nick, std::string_view capabilities = {});
  // Whom others see in what he does, where the server does not cloak.
  [[nodiscard]] std::string mask_as(std::string_view nick) const;
  [[nodiscard]] std::string mask() const { return mask_as(nick_); }
  [[nodiscard]] const std::string& nick() const { return nick_; }
  // The server may then take him for gone.
  void ignore_pings() { answers_pings_ = false; }

 protected:
  bool take_line(std::string& line) override;

 private:
  [[nodiscard]] std::string fence_question(size_t number) const override;
  [[nodiscard]] bool is_fence_answer(const std::string& line, size_t number) const override;

  std::string nick_;
  bool answers_pings_ = true;
};

}  // namespace banterd::tests
