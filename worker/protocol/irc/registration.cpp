#include "worker/protocol/irc/registration.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "ipc/json.h"
#include "worker/limits.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

// In a time that depends on what was given, and not on how much of it is right.
bool is_secret(std::string_view given, std::string_view secret) {
  // Volatile, so that no compiler ends the loop early.
  volatile unsigned char different = given.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    different = static_cast<unsigned char>(different | (given[i] ^ expected));
  }
  return different == 0;
}

// What fits into nick!user@host and cannot be mistaken for a part of it: InspIRCd's rule.
bool fits_user_name(char c) {
  return (c >= 'A' && c <= '}') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// Many clients send what their system calls its user, of which nobody has thought as a name in a
// chat: what cannot stand in one is left out, and nobody is refused for it.
std::string user_name(std::string_view text) {
  std::string name;
  std::ranges::copy_if(text, std::back_inserter(name), fits_user_name);
  if (name.empty()) return "user";
  return name.substr(0, kMaxUserBytes);
}

}  // namespace

std::optional<chat::Nick> nick_to_claim(const conf::Config& config, std::string_view text) {
  auto nick = chat::Nick::parse(text);
  if (!nick || text.size() > config.limits.nick_bytes || is_guest_nick(*nick)) return std::nullopt;
  return nick;
}

std::string no_nick_text(const conf::Config& config, std::string_view text) {
  const auto nick = chat::Nick::parse(text);
  const bool is_guests = nick && is_guest_nick(*nick);
  return fmt::format("Erroneus nickname: {}", is_guests ? kGuestNickRule : nick_rule(config));
}

// The handlers: each is run only with the parameters that its row asks for.
class Registration::Step {
 public:
  static const CommandRow<Step>* find(std::string_view command);

  Step(Registration& registration, const ReplyTo& to, std::string& out)
      : registration_(registration), facts_(registration.facts_), to_(to), out_(out) {}

  void take(const Message& message) {
    const CommandRow<Step>* row = find(message.command);
    // Whatever else there may be is for those who have registered.
    if (row == nullptr) return append_reply(out_, to_, kErrNotRegistered);
    if (const auto why = check(&row->rules, message, {})) {
      append_refusal(out_, to_, *why, &row->rules, message);
    } else {
      (this->*row->run)(message);
    }
  }

 private:
  void pass(const Message& message) {
    const auto& password = registration_.config_.server.password;
    facts_.password_right = password && is_secret(message.params[0], *password);
  }

  void nick(const Message& message) {
    if (facts_.state == State::claiming) return append_reply(out_, to_, kErrNoNickChange);
    const conf::Config& config = registration_.config_;
    const auto wanted = nick_to_claim(config, message.params[0]);
    if (!wanted) {
      return append_reply(out_, to_, kErrErroneusNickname,
                          {message.params[0], no_nick_text(config, message.params[0])});
    }
    facts_.nick = wanted;
  }

  void user(const Message& message) {
    if (!facts_.user.empty()) return append_reply(out_, to_, kErrAlreadyRegistered);
    facts_.user = user_name(message.params[0]);
    facts_.realname = beginning_of(message.params[3], kMaxRealnameBytes);
  }

  void cap(const Message& message) { registration_.caps_.take(message, to_, out_); }

  void ping(const Message& message) {
    const std::string_view params[] = {to_.server, message.params[0]};
    append_line(out_,
                {.tags = to_.tags, .source = to_.server, .command = "PONG", .params = params});
  }

  void pong(const Message&) {}

  Registration& registration_;
  Facts& facts_;
  const ReplyTo& to_;
  std::string& out_;
};

const CommandRow<Registration::Step>* Registration::Step::find(std::string_view command) {
  static constexpr CommandRow<Step> kRows[] = {
      {{.name = "PASS", .needed = 1}, &Step::pass},
      {{.name = "NICK", .needed = 1, .missing = {kErrNoNicknameGiven}, .last_not_empty = true},
       &Step::nick},
      {{.name = "USER", .needed = 4, .last_not_empty = true}, &Step::user},
      {{.name = "CAP", .needed = 1}, &Step::cap},
      {{.name = "PING", .needed = 1, .missing = {kErrNoOrigin}}, &Step::ping},
      {{.name = "PONG"}, &Step::pong},
  };
  static constexpr CommandTable kCommands(kRows);
  return kCommands.find(command);
}

bool Registration::takes(std::string_view command) { return Step::find(command) != nullptr; }

void Registration::take(const Message& message, const ReplyTo& to, std::string& out) {
  if (facts_.state == State::registered || facts_.state == State::refused) return;
  Step(*this, to, out).take(message);
  go_on(to, out);
}

void Registration::go_on(const ReplyTo& to, std::string& out) {
  if (facts_.state != State::collecting) return;
  if (!facts_.nick || facts_.user.empty() || caps_.open()) return;
  if (!config_.server.password || facts_.password_right) {
    facts_.state = State::claiming;
    return;
  }
  facts_.state = State::refused;
  append_reply(out, to, kErrPasswdMismatch);
}

std::optional<Registration::Person> Registration::ready() const {
  if (facts_.state != State::claiming) return std::nullopt;
  return Person{*facts_.nick, facts_.user, facts_.realname};
}

void Registration::expect_claim() const {
  if (facts_.state != State::claiming) base::panic("a claim was answered that nobody had begun");
}

void Registration::on_claim_refused(chat::Refusal why, const ReplyTo& to, std::string& out) {
  expect_claim();
  const Numeric& numeric =
      why == chat::Refusal::nick_in_use ? kErrNicknameInUse : kErrUnavailResource;
  append_reply(out, to, numeric, {facts_.nick->str()});
  facts_.nick.reset();
  facts_.state = State::collecting;
}

void Registration::on_claimed() {
  expect_claim();
  facts_.state = State::registered;
}

std::string Registration::save() const { return ipc::to_json(facts_); }

std::string Registration::save_registered() {
  Facts facts;
  facts.state = State::registered;
  return ipc::to_json(facts);
}

base::Result<void> Registration::restore(std::string_view saved) {
  auto facts = ipc::from_json<Facts>(saved);
  if (!facts) return std::move(facts).error();
  if (facts->state == State::claiming && (!facts->nick || facts->user.empty()))
    return base::Error{base::Errc::invalid, "a claim without a nick or a user name"};
  facts_ = *std::move(facts);
  return {};
}

}  // namespace banterd::worker::irc
