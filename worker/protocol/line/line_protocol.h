// The line protocol: for `nc`, telnet, scripts and banter (docs/protocol.md). Text in, text out;
// commands begin with '/'.
#pragma once

#include <string>
#include <string_view>

#include "base/compact_text.h"
#include "base/slab.h"
#include "worker/line_cutter.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::line {

class LineProtocol final : public Protocol, public base::InSlabs<LineProtocol> {
 public:
  LineProtocol(const conf::Listener& listener, Session& session);

  void on_open() override;
  Taken take(std::string_view input, bool ended) override;
  [[nodiscard]] const Encoder& encoder(std::string_view room) const override;
  [[nodiscard]] const Encoder& encoder() const override;
  [[nodiscard]] bool echoes() const override { return echo_; }
  void on_joined(std::string_view room) override;
  void on_left(std::string_view room) override;
  void on_refused(const std::string& object, const chat::CommandBody& asked,
                  chat::Refusal why) override;
  void on_answered(const std::string& object, const chat::CommandBody& asked,
                   const chat::Event& event) override;
  void on_renewed(const chat::Profile& before) override;
  void on_dropped() override;
  void begin_anew(const Former& former) override;
  void on_flood() override;
  [[nodiscard]] std::string save() const override;
  bool restore(std::string_view saved) override;
  [[nodiscard]] std::string goodbye(std::string_view reason, bool expelled) const override;
  [[nodiscard]] std::string farewell(std::string_view text) const override;
  [[nodiscard]] std::string cut_off(std::string_view why) const override;

 private:
  // One row of the table of commands: what /help shows, and who does it.
  struct Command {
    std::string_view name;
    std::string_view arguments;  // as /help shows them; those in [] may be left out
    std::string_view help;
    size_t needed;  // how many arguments must be there
    void (LineProtocol::*run)(std::string_view first, std::string_view rest);
  };
  static const Command kCommands[];

  void on_telnet(std::string_view command);
  void on_line(std::string_view line, bool is_first);
  // He is told why, and his connection ends.
  void send_away(const std::string& why);
  void on_command(std::string_view line);
  void say(std::string_view text, chat::Kind kind);

  void nick(std::string_view first, std::string_view rest);
  void join(std::string_view first, std::string_view rest);
  void join_room(const std::string& name, const std::string& key);
  void part(std::string_view first, std::string_view rest);
  void msg(std::string_view first, std::string_view rest);
  void me(std::string_view first, std::string_view rest);
  void topic(std::string_view first, std::string_view rest);
  void who(std::string_view first, std::string_view rest);
  void rooms(std::string_view first, std::string_view rest);
  void quit(std::string_view first, std::string_view rest);
  void help(std::string_view first, std::string_view rest);

  // Answers in the order of what he asked: once nothing before it is open.
  void answer(std::string text);
  // He types no further line until what he asked so far is settled.
  void wait_for_what_was_asked();
  // At once: for what is no answer to a line.
  void notice(std::string_view text);
  // "dev" means "#dev"; an empty name the current room. Answers with an error, and gives nothing,
  // when it cannot be a room.
  std::optional<std::string> room_or_error(std::string_view name);
  void make_current(std::string_view room);
  // Becomes a guest in that room; empty: in none.
  void enter(const std::string& room);
  // Null when he is not in that room.
  [[nodiscard]] const chat::RoomHead* head_of(std::string_view room) const;

  Session& session_;
  const bool raw_;
  const bool echo_;
  bool is_first_line_ = true;
  LineCutter cutter_;
  base::CompactText current_;  // the room he talks in; empty: none
};

}  // namespace banterd::worker::line
