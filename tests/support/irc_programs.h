// Programs that people use IRC with, run as a person would run them, each in a home of its own:
// irssi in a terminal (tmux(1)), WeeChat without one (weechat-headless(1)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/poll_loop.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"

namespace banterd::tests {

// Connects to a server of this machine, joins #dev, and does both again whenever it is cut off.
class IrcProgram {
 public:
  IrcProgram() = default;
  virtual ~IrcProgram() = default;
  IrcProgram(const IrcProgram&) = delete;
  IrcProgram& operator=(const IrcProgram&) = delete;

  // What is typed in #dev's window, and Enter.
  virtual void type(std::string_view line) = 0;
  // What of #dev and the server can be read there.
  [[nodiscard]] virtual std::string shown() const = 0;
  // Waits until that contains `text`.
  [[nodiscard]] bool shows(std::string_view text);
};

class Irssi final : public IrcProgram {
 public:
  Irssi(uint16_t port, const std::string& nick);
  ~Irssi() override;
  void type(std::string_view line) override;
  [[nodiscard]] std::string shown() const override;

 private:
  [[nodiscard]] Run tmux(const std::vector<std::string>& arguments) const;

  TemporaryFolder home_;
};

class WeeChat final : public IrcProgram {
 public:
  WeeChat(uint16_t port, const std::string& nick);
  void type(std::string_view line) override;
  [[nodiscard]] std::string shown() const override;

 private:
  TemporaryFolder home_;
  Pty program_;
};

}  // namespace banterd::tests
