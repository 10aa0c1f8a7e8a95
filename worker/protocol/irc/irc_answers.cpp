// The part of IrcProtocol that tells a client what the owners have decided on what he asked.
#include <fmt/format.h>

#include <algorithm>

#include "chat/room_modes.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

void IrcProtocol::on_answered(const std::string& object, const chat::CommandBody& asked,
                              const chat::Event& event) {
  if (std::holds_alternative<chat::Part>(asked)) part_is_decided();
  if (const auto* said = std::get_if<chat::Said>(&event.body)) {
    const bool answers = said->kind == chat::Kind::message || said->kind == chat::Kind::action;
    if (said->away && answers) reply(kRplAway, {object, *said->away});
  } else if (const auto* modes = std::get_if<chat::ModesSet>(&event.body)) {
    const auto* wanted = std::get_if<chat::SetModes>(&asked);
    if (modes->refused && wanted != nullptr) refuse_modes(object, *wanted, *modes->refused);
  } else if (const auto* invited = std::get_if<chat::Invited>(&event.body)) {
    // First the room knows that he may come in, then he is told.
    if (chat::names_room(object)) {
      session_.request(AskOwner{invited->nick,
                                chat::Invite{invited->target, invited->nick, invited->room}, true});
      reply(kRplInviting, {invited->nick, invited->room});
      has_invited_ = true;
    }
  } else if (const auto* banned = std::get_if<chat::Banned>(&event.body)) {
    server_notice(fmt::format("{} is kept out: {}", banned->mask, banned->reason));
  } else if (const auto* unbanned = std::get_if<chat::Unbanned>(&event.body)) {
    server_notice(fmt::format("{} is kept out no longer", unbanned->mask));
  } else if (const auto* watching = std::get_if<chat::Watching>(&event.body)) {
    append_watched(object, watching->holder ? watching->holder->get() : nullptr);
  }
  response_.flush();
}

void IrcProtocol::on_refused(const std::string& object, const chat::CommandBody& asked,
                             chat::Refusal why) {
  struct Refuse {
    IrcProtocol& irc;
    const std::string& object;
    chat::Refusal why;

    void operator()(const chat::Claim&) const {
      if (irc.is_registered()) return irc.refuse(object, why);
      irc.registration_->on_claim_refused(why, irc.to(), irc.response_.out());
    }
    void operator()(const chat::Join&) const { irc.refuse_join(object, why); }
    void operator()(const chat::SetModes& modes) const { irc.refuse_modes(object, modes, why); }
    void operator()(const chat::Say& say) const { irc.refuse_said(object, say, why); }
    void operator()(const chat::Redact& redact) const { irc.refuse_redaction(object, redact, why); }
    void operator()(const chat::Invite& invite) const {
      if (why != chat::Refusal::target_is_member) return irc.refuse(object, why);
      irc.reply(kErrUserOnChannel, {invite.nick, object});
    }
    void operator()(const chat::Ban& ban) const {
      irc.server_notice(
          fmt::format("{} cannot be kept out: the mask makes no sense, or there are "
                      "too many",
                      ban.mask));
    }
    void operator()(const chat::Unban& unban) const {
      irc.server_notice(fmt::format("{} is not kept out", unban.mask));
    }
    void operator()(const chat::Kick&) const {
      // His nick has changed hands, or he has gone, since it was looked up.
      if (why != chat::Refusal::target_not_there) return irc.refuse(object, why);
      irc.reply(kErrUserNotInChannel, {"*", object});
    }
  };
  if (std::holds_alternative<chat::Part>(asked)) part_is_decided();
  const Refuse refuse_as{*this, object, why};
  std::visit(
      [&](const auto& body) {
        if constexpr (requires { refuse_as(body); }) {
          refuse_as(body);
        } else {
          refuse(object, why);
        }
      },
      asked);
  response_.flush();
}

void IrcProtocol::refuse(const std::string& object, chat::Refusal why) {
  switch (why) {
    case chat::Refusal::nothing_changed:
      return;
    case chat::Refusal::no_such_room:
      return reply(kErrNoSuchChannel, {object});
    case chat::Refusal::no_such_nick:
      return reply(kErrNoSuchNick, {object});
    case chat::Refusal::nick_in_use:
      return reply(kErrNicknameInUse, {object});
    case chat::Refusal::not_a_member:
      return reply(kErrNotOnChannel, {object});
    case chat::Refusal::need_operator:
      return reply(kErrChanOPrivsNeeded, {object});
    case chat::Refusal::unavailable:
      return reply(kErrUnavailResource, {object});
    case chat::Refusal::crashed:
      return reply(kErrUnknownError, {object, "The server failed on what you asked"});
    default:
      return reply(kErrUnknownError, {object, "That makes no sense here"});
  }
}

void IrcProtocol::refuse_join(const std::string& room, chat::Refusal why) {
  switch (why) {
    case chat::Refusal::wrong_key:
      return reply(kErrBadChannelKey, {room});
    case chat::Refusal::full:
      return reply(kErrChannelIsFull, {room});
    case chat::Refusal::invite_only:
      return reply(kErrInviteOnlyChan, {room});
    case chat::Refusal::banned:
      return reply(kErrBannedFromChan, {room});
    default:
      return refuse(room, why);
  }
}

void IrcProtocol::refuse_modes(const std::string& room, const chat::SetModes& modes,
                               chat::Refusal why) {
  // Which of several it was is not known: the likeliest.
  const auto likely =
      std::find_if(modes.changes.begin(), modes.changes.end(), [&](const chat::ModeChange& change) {
        return change.add && (chat::is_list(change.letter[0]) || change.letter == "k");
      });
  const std::string letter = likely == modes.changes.end() ? "*" : likely->letter;
  switch (why) {
    case chat::Refusal::list_full:
      return reply(kErrBanListFull, {room, letter});
    case chat::Refusal::target_not_there:
      return reply(kErrUserNotInChannel, {"*", room});
    case chat::Refusal::invalid:
      if (letter == "k") return reply(kErrInvalidKey, {room});
      return reply(kErrInvalidModeParam, {room, letter, "*", "Invalid mode parameter"});
    default:
      return refuse(room, why);
  }
}

void IrcProtocol::refuse_said(const std::string& target, const chat::Say& say, chat::Refusal why) {
  // RFC 2812 section 3.3.2: a NOTICE is never answered.
  if (say.kind == chat::Kind::notice && !chat::names_server(target)) return;
  if (why == chat::Refusal::cannot_speak || why == chat::Refusal::not_a_member)
    return reply(kErrCannotSendToChan, {target});
  refuse(target, why);
}

void IrcProtocol::refuse_redaction(const std::string& room, const chat::Redact& redact,
                                   chat::Refusal why) {
  switch (why) {
    case chat::Refusal::no_such_message:
      return fail("REDACT", "UNKNOWN_MSGID", {room, redact.message},
                  "This message does not exist or is too old");
    case chat::Refusal::need_operator:
      return fail("REDACT", "REDACT_FORBIDDEN", {room, redact.message},
                  "You may not take back what others have said");
    default:
      return fail("REDACT", "INVALID_TARGET", {room},
                  "Messages can be taken back in rooms that you are in");
  }
}

}  // namespace banterd::worker::irc
