// IRC (Modern IRC, RFC 1459 and 2812, IRCv3): one client. Takes his lines, runs the handler that
// the table of commands names, and answers him. What happens in rooms is encoded for all clients of
// one shape by irc_encoder.h; here is only what he alone is told.
//
// A command is run when nothing of his is open, so that handlers see what is true; only talk goes
// to its owner at once. While the answer to a command with a label is not complete, no further one
// is taken.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lazy.h"
#include "base/slab.h"
#include "worker/line_cutter.h"
#include "worker/protocol/irc/cap_negotiation.h"
#include "worker/protocol/irc/chathistory_words.h"
#include "worker/protocol/irc/command_table.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/multiline.h"
#include "worker/protocol/irc/names_reply.h"
#include "worker/protocol/irc/numerics.h"
#include "worker/protocol/irc/registration.h"
#include "worker/protocol/irc/response.h"
#include "worker/protocol/irc/who_reply.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::irc {

class IrcProtocol final : public Protocol, public base::InSlabs<IrcProtocol> {
 public:
  IrcProtocol(const conf::Listener& listener, Session& session);

  void on_open() override;
  Taken take(std::string_view input, bool ended) override;
  // A line that was cut elsewhere; LF in it is a flaw like others. True if it counts against the
  // flood limit.
  bool take_line(const LineCutter::Line& line);
  [[nodiscard]] const Encoder& encoder(std::string_view room) const override;
  [[nodiscard]] const Encoder& encoder() const override { return *encoder_; }
  [[nodiscard]] bool echoes() const override { return echoes_; }
  void on_entered() override;
  void on_renewed(const chat::Profile& before) override;
  void on_answered(const std::string& object, const chat::CommandBody& asked,
                   const chat::Event& event) override;
  bool tell_own(const Delivery& delivery) override;
  void on_refused(const std::string& object, const chat::CommandBody& asked,
                  chat::Refusal why) override;
  void on_watched(std::string_view nick, const chat::Profile* holder) override;
  void on_watched_renewed(const Delivery& delivery) override;
  void on_server_said(const Delivery& delivery) override;
  void on_killed(const Delivery& delivery) override;
  void on_wake() override;
  [[nodiscard]] bool is_answering() const override { return response_.is_labelled(); }
  void on_all_done() override;
  void on_dropped() override;
  void begin_anew(const Former& former) override;
  void on_flood() override {}  // what IRC clients expect: they are slowed down
  [[nodiscard]] std::string save() const override;
  bool restore(std::string_view saved) override;
  [[nodiscard]] std::string_view end_reason() const override { return "Connection closed"; }
  [[nodiscard]] std::string goodbye(std::string_view reason, bool expelled) const override;
  [[nodiscard]] std::string farewell(std::string_view text) const override;
  [[nodiscard]] std::string cut_off(std::string_view why) const override;

 private:
  struct Saved;
  using Row = CommandRow<IrcProtocol>;
  static const Row* find_row(std::string_view command);

  // ---- lines ----
  // What is wrong with a line is answered as a command would be.
  void on_flaw(const Parsed& parsed);
  void run_in_turn(std::string_view line);
  // If it has a label, and that has a meaning.
  void begin_answer(const Message& message);
  void run(const Message& message) { run(message, find_row(message.command)); }
  void run(const Message& message, const Row* row);
  void run_registration(const Message& message);
  // True if it belongs to a batch that he is sending.
  bool take_for_batch(const Message& message);
  void fail_batch(const IncomingBatch::Failure& failure);
  [[nodiscard]] bool is_registered() const { return registration_ == nullptr; }

  // ---- answers ----
  [[nodiscard]] ReplyTo to() const;
  [[nodiscard]] bool has(Capability capability) const { return in_force_.has(capability); }
  void reply(const Numeric& numeric, std::initializer_list<std::string_view> params = {});
  // Of what was asked at once: in its turn.
  void reply_in_turn();
  // What `write` answers; answers to what he asked before wait for their own end.
  template <class Write>
  std::string written_apart(Write write) {
    const std::string waiting = response_.take();
    write();
    std::string lines = response_.take();
    if (!waiting.empty()) response_.out() = waiting;
    return lines;
  }
  void follow_capabilities();
  void fail(std::string_view command, std::string_view code,
            const std::vector<std::string_view>& context, std::string_view text);
  // After what was asked last is done.
  void then(std::function<void()> action);
  void tell_incomplete(const std::string& object);
  void ask(const std::string& object, Question question,
           std::function<void(Findings found)> action);

  // ---- registration and the connection; irc_connection.cpp ----
  void enter();
  void cap(const Message& message);
  void nick(const Message& message);
  void reregister(const Message& message);
  void ping(const Message& message);
  void pong(const Message& message);
  void quit(const Message& message);
  void error(const Message& message);

  // ---- what owners say; irc_answers.cpp ----
  void refuse_join(const std::string& room, chat::Refusal why);
  void refuse_modes(const std::string& room, const chat::SetModes& modes, chat::Refusal why);
  void refuse_said(const std::string& target, const chat::Say& say, chat::Refusal why);
  void refuse_redaction(const std::string& room, const chat::Redact& redact, chat::Refusal why);
  // What is refused alike whatever was asked.
  void refuse(const std::string& object, chat::Refusal why);

  // ---- rooms; irc_rooms.cpp ----
  void join(const Message& message);
  void part(const Message& message);
  void topic(const Message& message);
  void names(const Message& message);
  void list(const Message& message);
  void invite(const Message& message);
  void kick(const Message& message);
  void mode(const Message& message);
  void room_mode(const Message& message);
  void join_one(std::string_view name, std::string_view key);
  void part_all();
  void leave_room(const std::string& room, std::string reason);
  void part_is_decided() {
    if (open_parts_ > 0) --open_parts_;
  }
  void kick_one(const std::string& room, const std::string& nick, const std::string& reason);
  void refuse_target(const std::string& room, const std::string& nick);
  void show_topic(std::string_view name, const chat::RoomHead& head);
  void show_names(const RoomView& view);
  [[nodiscard]] NamesStyle names_style() const;
  void names_of_one(const std::string& name);
  void show_joined(std::string_view name, std::string& lines);
  void show_modes(const std::string& room);
  void show_list(const std::string& room, char letter);
  void list_rooms(std::vector<RoomLine> rooms, std::span<const std::string> params);
  // As his slot knows it, or as its owner does: `action` is given it, or 403 is answered.
  void with_room(std::string_view name, std::string list, bool members,
                 std::function<void(const Findings& found)> action);
  // Of a room that he is in, as far as they have not gone.
  [[nodiscard]] std::vector<chat::Member> members_of(const RoomView& view) const;
  // Whose nick it is in a room that he is in, by what this slot knows.
  [[nodiscard]] const chat::Member* member_with_nick(std::string_view room,
                                                     std::string_view nick) const;
  [[nodiscard]] bool may_see(const chat::Profile& person, bool shares_room) const;

  // ---- talk; irc_talk.cpp ----
  void privmsg(const Message& message);
  void notice(const Message& message);
  void tagmsg(const Message& message);
  void batch(const Message& message);
  void redact(const Message& message);
  void chathistory(const Message& message);
  void markread(const Message& message);
  void talk(const Message& message, chat::Kind kind);
  void say_to(std::string_view target, chat::Say say);
  void send_batch();
  void show_history(std::string_view target, std::vector<PastEvent> lines);
  void history_targets(const ChatHistoryWords& words);
  void send_history(std::string_view type, std::initializer_list<std::string_view> params,
                    std::string_view lines);
  void show_read_marker(std::string_view target);

  // ---- people; irc_people.cpp ----
  void who(const Message& message);
  void whois(const Message& message);
  void whowas(const Message& message);
  void ison(const Message& message);
  void userhost(const Message& message);
  void monitor(const Message& message);
  void away(const Message& message);
  void setname(const Message& message);
  void user_mode(const Message& message);
  void show_whois(const PersonLine& person);
  void who_room(const std::vector<std::string>& params);
  void show_who(const WhoWords& words, const PersonLine& person);
  [[nodiscard]] const PersonLine::InRoom* shown_room(const PersonLine& person) const;
  [[nodiscard]] bool may_know_address(const chat::Profile& person) const;
  void show_watched(const std::string& nick);
  void append_watched(const std::string& nick, const chat::Profile* holder);
  [[nodiscard]] std::string user_modes() const;
  [[nodiscard]] std::string modes_of(const chat::Profile& person) const;

  // ---- the server; irc_server.cpp ----
  void motd(const Message& message);
  void lusers(const Message& message);
  void version(const Message& message);
  void time(const Message& message);
  void info(const Message& message);
  void help(const Message& message);
  void links(const Message& message);
  void admin(const Message& message);
  void stats(const Message& message);
  void show_numbers(const std::vector<Numbers>& numbers);
  [[nodiscard]] bool is_this_server(std::string_view mask) const;
  bool refuses_server(std::string_view mask);

  // ---- operators; irc_operators.cpp ----
  void oper(const Message& message);
  void kill(const Message& message);
  void wallops(const Message& message);
  void rehash(const Message& message);
  void die(const Message& message);
  void restart(const Message& message);
  void kline(const Message& message);
  void unkline(const Message& message);
  void become_operator();
  void server_notice(std::string_view text);

  // There are ten thousands: what is small stands together.
  Session& session_;
  LineCutter cutter_;
  bool echoes_ = false;
  bool hears_wallops_ = false;
  bool awaits_pong_ = false;
  bool has_invited_ = false;  // his last INVITE was not refused
  uint16_t open_parts_ = 0;   // rooms that he has asked to leave
  CapNegotiation caps_;
  std::unique_ptr<Registration> registration_;  // until he has registered
  Response response_;
  CapabilitySet in_force_;
  uint32_t last_history_ = 0;  // names the batches of histories
  const Encoder* encoder_;
  std::unique_ptr<IncomingBatch> batch_;                         // that he is sending
  base::Lazy<std::map<std::string, std::string>> read_markers_;  // timestamps, by folded target
};

}  // namespace banterd::worker::irc
