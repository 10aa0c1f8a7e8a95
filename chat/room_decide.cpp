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
    if (sender_ == nullptr) return Refusal::not_a_member;
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
    return EventBody(Said{say.kind, say.text});
  }

  Decision operator()(const SetTopic& topic) const {
    if (sender_ == nullptr) return Refusal::not_a_member;
    if ((room_->head().flags & topic_locked) != 0 && !at_least(sender_->prefixes, half_operator)) {
      return Refusal::need_operator;
    }
    if (topic.text.size() > kMaxTopicBytes) return Refusal::invalid;
    return EventBody(TopicSet{topic.text, sender_->profile->nick.str()});
  }

  Decision operator()(const SetModes& modes) const {
    if (sender_ == nullptr) return Refusal::not_a_member;
    auto changes = check_modes(*room_, sender_->prefixes, modes);
    if (const auto* refusal = std::get_if<Refusal>(&changes)) return *refusal;
    return EventBody(ModesSet{std::get<0>(std::move(changes)), sender_->profile->nick.str()});
  }

  Decision operator()(const Kick& kick) const {
    if (sender_ == nullptr) return Refusal::not_a_member;
    if (!at_least(sender_->prefixes, half_operator)) return Refusal::need_operator;
    const Member* target = room_->member(kick.target);
    if (target == nullptr) return Refusal::target_not_there;
    // Whoever holds a higher rank cannot be put out.
    if (rank(target->prefixes) > rank(sender_->prefixes)) return Refusal::need_operator;
    return EventBody(Kicked{kick.target, kick.reason});
  }

  Decision operator()(const Invite& invite) const {
    if (sender_ == nullptr) return Refusal::not_a_member;
    if ((room_->head().flags & invite_only) != 0 && !at_least(sender_->prefixes, half_operator)) {
      return Refusal::need_operator;
    }
    if (room_->member(invite.target) != nullptr) return Refusal::nothing_changed;
    return EventBody(Invited{invite.target});
  }

  Decision operator()(const LoseSlot& lost) const {
    if (room_ == nullptr || !room_->followers().has(lost.place.slot))
      return Refusal::nothing_changed;
    const auto lived_there = [&](const auto& entry) {
      return entry.second.place.gone_with(lost.place);
    };
    if (std::none_of(room_->members().begin(), room_->members().end(), lived_there))
      return Refusal::nothing_changed;
    return EventBody(SlotLost{lost.place});
  }

  // What is for people only.
  template <class Other>
  Decision operator()(const Other&) const {
    return Refusal::invalid;
  }

 private:
  static int rank(uint8_t prefixes) {
    return std::bit_width(static_cast<unsigned>(prefixes) & ~unsigned{voice});
  }

  // Bans, invitations, key and limit, in the order in which IRC servers name them (Modern IRC,
  // JOIN).
  [[nodiscard]] std::optional<Refusal> keeps_out(const Join& join) const {
    const RoomHead& head = room_->head();
    const Profile& profile = **command_.profile;
    const bool invited =
        std::find(head.invited.begin(), head.invited.end(), command_.client) != head.invited.end();
    if (invited) return std::nullopt;
    if (!head.key.empty() && join.key != head.key) return Refusal::wrong_key;
    if (head.limit != 0 && room_->members().size() >= head.limit) return Refusal::full;
    if ((head.flags & invite_only) != 0 && !listed(*room_, 'I', profile))
      return Refusal::invite_only;
    if (listed(*room_, 'b', profile) && !listed(*room_, 'e', profile)) return Refusal::banned;
    return std::nullopt;
  }

  [[nodiscard]] bool may_speak(const Say& say) const {
    const uint16_t flags = room_->head().flags;
    if (sender_ == nullptr && ((flags & no_external) != 0 || !command_.profile)) return false;
    if ((flags & no_colours) != 0 && has_colours(say.text)) return false;
    if ((flags & no_ctcp) != 0 && say.text.starts_with('\x01')) return false;
    if (sender_ != nullptr && sender_->prefixes != 0) return true;
    if ((flags & moderated) != 0) return false;
    if (room_->lists().empty()) return true;
    const Profile& profile = sender_ != nullptr ? *sender_->profile : **command_.profile;
    return !listed(*room_, 'b', profile) || listed(*room_, 'e', profile);
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
