// Room's verdicts: one operator() for each kind of command.
#include <algorithm>

#include "chat/room.h"
#include "chat/room_modes.h"

namespace banterd::chat {

namespace {

bool has_colours(std::string_view text) {
  // Colour, hex colour, reverse, reset, bold, italics, strikethrough, underline
  // (modern.ircdocs.horse/formatting).
  return text.find_first_of("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f") != std::string_view::npos;
}

// CTCP but ACTION, which is a kind of its own. Each of several lines goes to some clients as a
// message of its own, so each may be a request.
bool is_ctcp(const Say& say) {
  constexpr char kDelimiter = '\x01';
  if (say.kind == Kind::action) return false;
  if (say.text.view().starts_with(kDelimiter)) return true;
  return say.lines && std::any_of(say.lines->begin(), say.lines->end(), [](const SaidLine& line) {
           return line.text.starts_with(kDelimiter);
         });
}

class Verdict {
 public:
  Verdict(const Room* room, const Command& command)
      : room_(room),
        command_(command),
        sender_(room == nullptr ? nullptr : room->member(command.client)) {}

  Decision operator()(const Join& join) const {
    if (!command_.profile) return Refusal::invalid;
    const bool creates = room_ == nullptr;
    if (creates)
      return EventBody(Joined{join.grants, true, join.flags, join.permanent, command_.from});
    if (sender_ != nullptr) return Refusal::nothing_changed;
    if (const auto refusal = keeps_out(join)) return *refusal;
    return EventBody(Joined{0, false, 0, false, command_.from});
  }

  Decision operator()(const Part& part) const {
    if (const auto refusal = keeps_from_acting()) return *refusal;
    return EventBody(Parted{part.reason});
  }

  Decision operator()(const Quit& quit) const {
    if (sender_ == nullptr) return Refusal::nothing_changed;
    return EventBody(HasQuit{quit.reason});
  }

  Decision operator()(const Renew&) const {
    if (sender_ == nullptr || !command_.profile) return Refusal::nothing_changed;
    if ((*command_.profile)->version <= sender_->profile->version) return Refusal::nothing_changed;
    return EventBody(Renewed{});
  }

  Decision operator()(const Say& say) const {
    if (room_ == nullptr) return Refusal::no_such_room;
    if (!may_speak(say)) return sender_ == nullptr ? Refusal::not_a_member : Refusal::cannot_speak;
    // Whoever may speak may also speak to the upper ranks alone, as on Ergo.
    return EventBody(Said{say.kind, say.text, say.lines, say.tags, say.rank, std::nullopt});
  }

  Decision operator()(const SetTopic& topic) const {
    if (const auto refusal = keeps_from_acting()) return *refusal;
    if ((room_->head().flags & topic_locked) != 0 && !at_least(sender_->prefixes, half_operator)) {
      return Refusal::need_operator;
    }
    if (topic.text.size() > kMaxTopicBytes) return Refusal::invalid;
    return EventBody(TopicSet{topic.text, std::string(sender_->profile->nick.str())});
  }

  Decision operator()(const SetModes& modes) const {
    if (const auto refusal = keeps_from_acting()) return *refusal;
    CheckedModes checked = check_modes(*room_, *sender_, modes);
    if (checked.effective.empty()) return checked.refused.value_or(Refusal::nothing_changed);
    return EventBody(ModesSet{std::move(checked.effective),
                              std::string(sender_->profile->nick.str()), checked.refused});
  }

  Decision operator()(const Kick& kick) const {
    if (const auto refusal = keeps_from_acting()) return *refusal;
    if (!at_least(sender_->prefixes, half_operator)) return Refusal::need_operator;
    const Member* target = room_->member(kick.target);
    if (target == nullptr) return Refusal::target_not_there;
    // Whoever holds a higher rank cannot be put out.
    if (rank(target->prefixes) > rank(sender_->prefixes)) return Refusal::need_operator;
    return EventBody(Kicked{kick.target, kick.reason});
  }

  Decision operator()(const Invite& invite) const {
    if (const auto refusal = keeps_from_acting()) return *refusal;
    if ((room_->head().flags & invite_only) != 0 && !at_least(sender_->prefixes, half_operator)) {
      return Refusal::need_operator;
    }
    if (room_->member(invite.target) != nullptr) return Refusal::target_is_member;
    return EventBody(Invited{invite.target, invite.nick, invite.room});
  }

  Decision operator()(const Redact& redact) const {
    if (const auto refusal = keeps_from_acting()) return *refusal;
    if (!redact.author) return Refusal::no_such_message;
    if (*redact.author != command_.client && !at_least(sender_->prefixes, half_operator)) {
      return Refusal::need_operator;
    }
    return EventBody(Redacted{redact.message, redact.reason});
  }

  Decision operator()(const LoseSlot& lost) const {
    if (room_ == nullptr || !room_->followers().has(lost.place.slot))
      return Refusal::nothing_changed;
    const auto lived_there = [&](const Member& member) {
      return member.place.gone_with(lost.place);
    };
    if (std::none_of(room_->members().begin(), room_->members().end(), lived_there))
      return Refusal::nothing_changed;
    return EventBody(SlotLost{lost.place, std::nullopt});
  }

  // What is not for rooms.
  template <class Other>
  Decision operator()(const Other&) const {
    return Refusal::invalid;
  }

 private:
  static int rank(uint8_t prefixes) {
    return std::bit_width(static_cast<unsigned>(prefixes) & ~unsigned{voice});
  }

  // From what only members of a room may do.
  [[nodiscard]] std::optional<Refusal> keeps_from_acting() const {
    if (room_ == nullptr) return Refusal::no_such_room;
    if (sender_ == nullptr) return Refusal::not_a_member;
    return std::nullopt;
  }

  // Bans, invitations, key and limit, in the order in which IRC servers name them (Modern IRC,
  // JOIN).
  [[nodiscard]] std::optional<Refusal> keeps_out(const Join& join) const {
    const RoomHead& head = room_->head();
    const bool invited =
        std::find(head.invited.begin(), head.invited.end(), command_.client) != head.invited.end();
    if (invited) return std::nullopt;
    if (!head.key.empty() && join.key != head.key) return Refusal::wrong_key;
    if (head.limit != 0 && room_->members().size() >= head.limit) return Refusal::full;
    const MaskSubject who(**command_.profile);
    if ((head.flags & invite_only) != 0 && !listed(*room_, 'I', who)) return Refusal::invite_only;
    if (listed(*room_, 'b', who) && !listed(*room_, 'e', who)) return Refusal::banned;
    return std::nullopt;
  }

  [[nodiscard]] bool may_speak(const Say& say) const {
    const uint16_t flags = room_->head().flags;
    if (sender_ == nullptr && ((flags & no_external) != 0 || !command_.profile)) return false;
    if ((flags & no_colours) != 0 && has_colours(say.text)) return false;
    if ((flags & no_ctcp) != 0 && is_ctcp(say)) return false;
    if (sender_ != nullptr && sender_->prefixes != 0) return true;
    if ((flags & moderated) != 0) return false;
    return !muted(*room_, sender_ != nullptr ? *sender_->profile : **command_.profile);
  }

  const Room* room_;
  const Command& command_;
  const Member* sender_;
};

}  // namespace

Decision Room::decide(const Room* state, const Command& command) {
  return std::visit(Verdict(state, command), command.body);
}

}  // namespace banterd::chat
