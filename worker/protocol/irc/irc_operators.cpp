// The part of IrcProtocol that is for the server's operators.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/protocol/irc/targets.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

// "30" and "30m" are minutes, "12h", "7d" and "2w" more; in milliseconds. Nothing: no duration.
std::optional<chat::TimeMs> parse_duration(std::string_view text) {
  constexpr chat::TimeMs kMinute = 60'000;
  constexpr size_t kMaxDigits = 7;
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > kMaxDigits || digits + 1 < text.size()) return std::nullopt;
  chat::TimeMs number = 0;
  for (const char digit : text.substr(0, digits)) number = number * 10 + (digit - '0');
  switch (digits == text.size() ? 'm' : text[digits]) {
    case 'm':
      return number * kMinute;
    case 'h':
      return number * 60 * kMinute;
    case 'd':
      return number * 24 * 60 * kMinute;
    case 'w':
      return number * 7 * 24 * 60 * kMinute;
    default:
      return std::nullopt;
  }
}

}  // namespace

void IrcProtocol::oper(const Message& message) {
  const std::string name(message.params[0]);
  const auto& operators = session_.config().operators;
  const auto known = std::find_if(operators.begin(), operators.end(),
                                  [&](const conf::Operator& one) { return one.name == name; });
  if (known == operators.end()) {
    base::log_warning("OPER refused: there is no such operator",
                      {{"name", name}, {"who", session_.profile().mask()}});
    return reply(kErrPasswdMismatch);
  }
  session_.request(CheckPassword{
      known->password_hash, std::string(message.params[1]), [this, name](PasswordIs found) {
        const bool right = found == PasswordIs::right;
        base::log_warning(right ? "somebody is an operator now"
                          : found == PasswordIs::wrong
                              ? "OPER refused: the password is wrong"
                              : "OPER put off: there are many, and a hand-over waits",
                          {{"name", name}, {"who", session_.profile().mask()}});
        if (right) {
          become_operator();
        } else if (found == PasswordIs::wrong) {
          reply(kErrPasswdMismatch);
        } else {
          reply(kRplTryAgain, {"OPER"});
        }
        response_.flush();
      }});
}

void IrcProtocol::become_operator() {
  session_.request(ChangeProfile{[](chat::Profile& profile) { profile.server_operator = true; }});
  then([this] { reply(kRplYoureOper); });
}

void IrcProtocol::kill(const Message& message) {
  const auto nick = chat::Nick::parse(message.params[0]);
  if (!nick) return reply(kErrNoSuchNick, {message.params[0]});
  const std::string_view reason = beginning_of(message.params[1], chat::kMaxReasonBytes);
  session_.request(AskOwner{std::string(nick->str()),
                            chat::Kill{fmt::format("{} ({})", session_.profile().nick.str(),
                                                   reason.empty() ? "No reason" : reason)},
                            true});
}

void IrcProtocol::wallops(const Message& message) {
  chat::Say say;
  say.kind = chat::Kind::notice;
  say.text = message.params[0];
  base::log_info("WALLOPS", {{"who", session_.profile().mask()}, {"text", say.text}});
  session_.request(AskOwner{std::string(chat::kServerObject), std::move(say), true});
}

void IrcProtocol::rehash(const Message&) {
  reply(kRplRehashing, {"banterd.json"});
  session_.ask_master(ipc::OperatorAction::reload);
}

void IrcProtocol::die(const Message&) {
  if (!session_.config().operator_commands.die) return reply(kErrNoPrivs, {"die"});
  session_.ask_master(ipc::OperatorAction::stop);
}

void IrcProtocol::restart(const Message&) {
  if (!session_.config().operator_commands.restart) return reply(kErrNoPrivs, {"restart"});
  session_.ask_master(ipc::OperatorAction::restart);
}

// ---- bans of the whole server ----

void IrcProtocol::kline(const Message& message) {
  const auto duration = parse_duration(message.params[0]);
  const size_t mask_at = duration ? 1 : 0;
  const std::string_view mask = message.params[mask_at];
  if (mask.empty()) return reply(kErrNeedMoreParams, {message.command});
  // A duration that is none is not a nick.
  const bool is_number = mask[0] >= '0' && mask[0] <= '9';
  if (is_number && mask.find_first_of("@!.:*") == std::string_view::npos) {
    return server_notice(fmt::format(
        "{} is neither a duration (30, 30m, 12h, 7d, 2w) nor a mask (user@host)", mask));
  }
  // Everybody is a mistake.
  const bool names_somebody = mask.find_first_not_of("*?!@.:") != std::string_view::npos;
  if (!names_somebody) return reply(kErrBadMask, {mask});
  const std::string_view reason = beginning_of(message.params[mask_at + 1], chat::kMaxReasonBytes);
  const bool expires = duration && *duration > 0;
  base::log_warning("KLINE", {{"who", session_.profile().mask()},
                              {"mask", mask},
                              {"minutes", expires ? *duration / 60'000 : 0},
                              {"reason", reason}});
  session_.request(
      AskOwner{std::string(chat::kServerObject),
               chat::Ban{std::string(mask), std::string(reason.empty() ? "No reason" : reason),
                         expires ? session_.now() + *duration : 0},
               true});
}

void IrcProtocol::server_notice(std::string_view text) {
  append_line(response_.out(), to().server, "NOTICE", {to().nick, fmt::format("*** {}", text)});
}

void IrcProtocol::unkline(const Message& message) {
  base::log_warning("UNKLINE", {{"who", session_.profile().mask()}, {"mask", message.params[0]}});
  session_.request(AskOwner{std::string(chat::kServerObject),
                            chat::Unban{std::string(message.params[0])}, true});
}

}  // namespace banterd::worker::irc
