// Which changes of a room's modes may be made and have an effect.
#include <algorithm>

#include "chat/room_modes.h"

namespace banterd::chat {

bool is_key(std::string_view text) {
  // JOIN takes several keys with commas between them.
  return is_word(text) && text.size() <= kMaxKeyBytes && text.find(',') == std::string_view::npos;
}

namespace {

// A room's modes as the changes made so far leave them. Holds only what they touched: the room may
// be large, and a command that sets one ban is frequent.
class Draft {
 public:
  Draft(const Room& room, const Member& sender, uint32_t max_entries)
      : room_(room),
        sender_(sender.client),
        max_entries_(max_entries),
        flags_(room.head().flags),
        key_(room.head().key),
        limit_(room.head().limit) {
    prefixes_[sender_] = sender.prefixes;
  }

  // Completes the change and makes it. Says why if it may not be made; nothing_changed if it may
  // and has no effect.
  std::optional<Refusal> make(ModeChange& change) {
    const char letter = change.letter.size() == 1 ? change.letter[0] : '\0';
    const auto prefix = prefix_of(letter);
    if (!may_make(change, prefix)) return Refusal::need_operator;
    if (prefix) return set_prefix(*prefix, change);
    if (const auto flag = flag_of(letter)) return set_flag(*flag, change.add);
    if (is_list(letter)) return set_entry(letter, change);
    if (letter == 'k') return set_key(change);
    if (letter == 'l') return set_limit(change);
    return Refusal::invalid;
  }

 private:
  // What the changes made of one list.
  struct ListDraft {
    std::map<std::string, bool> has;  // by folded mask: those that were added or removed
    size_t size = 0;                  // of the whole list
  };

  static std::optional<Refusal> unless_changed(bool changed) {
    return changed ? std::nullopt : std::optional(Refusal::nothing_changed);
  }

  // `prefix`: which one the change gives or takes, if it does.
  [[nodiscard]] bool may_make(const ModeChange& change, std::optional<Prefix> prefix) const {
    // Whoever has a rank may give it up.
    if (prefix && !change.add && change.target == sender_) return true;
    const uint8_t own = prefixes_.at(sender_);
    if (!prefix || *prefix == voice) return at_least(own, half_operator);
    // Nobody gives or takes what stands above himself, and a half-operator nothing but voices.
    return at_least(own, std::max(*prefix, room_operator));
  }

  std::optional<Refusal> set_flag(RoomFlag flag, bool on) {
    const uint16_t before = flags_;
    flags_ = static_cast<uint16_t>(on ? flags_ | flag : flags_ & ~flag);
    return unless_changed(flags_ != before);
  }

  std::optional<Refusal> set_prefix(Prefix prefix, const ModeChange& change) {
    const Member* target = room_.member(change.target);
    if (target == nullptr) return Refusal::target_not_there;
    uint8_t& held = prefixes_.try_emplace(change.target, target->prefixes).first->second;
    const uint8_t before = held;
    held = static_cast<uint8_t>(change.add ? held | prefix : held & ~prefix);
    return unless_changed(held != before);
  }

  std::optional<Refusal> set_entry(char letter, ModeChange& change) {
    auto mask = complete_list_mask(change.argument);
    if (!mask) return Refusal::invalid;
    change.argument = *std::move(mask);
    const MaskList& list = room_.lists().at(letter);
    ListDraft& draft = lists_.try_emplace(letter, ListDraft{{}, list.size()}).first->second;
    const auto has = draft.has.try_emplace(fold(change.argument), list.has(change.argument)).first;
    if (has->second == change.add) return Refusal::nothing_changed;
    if (change.add && draft.size >= max_entries_) return Refusal::list_full;
    has->second = change.add;
    draft.size = change.add ? draft.size + 1 : draft.size - 1;
    return std::nullopt;
  }

  std::optional<Refusal> set_key(ModeChange& change) {
    // Whoever may take the key away need not know it.
    if (!change.add) change.argument.clear();
    if (change.add && !is_key(change.argument)) return Refusal::invalid;
    if (key_ == change.argument) return Refusal::nothing_changed;
    key_ = change.argument;
    return std::nullopt;
  }

  std::optional<Refusal> set_limit(ModeChange& change) {
    const auto limit = change.add ? parse_limit(change.argument) : 0;
    if (!limit) return Refusal::invalid;
    change.argument = change.add ? std::to_string(*limit) : std::string();
    if (limit_ == *limit) return Refusal::nothing_changed;
    limit_ = *limit;
    return std::nullopt;
  }

  const Room& room_;
  const ClientId sender_;
  const uint32_t max_entries_;
  uint16_t flags_;
  std::string key_;
  uint32_t limit_;
  std::map<ClientId, uint8_t> prefixes_;  // of the sender, and where they may have changed
  std::map<char, ListDraft> lists_;
};

}  // namespace

CheckedModes check_modes(const Room& room, const Member& sender, const SetModes& wanted) {
  CheckedModes checked;
  Draft draft(room, sender, wanted.max_entries);
  for (ModeChange change : wanted.changes) {
    const auto refusal = draft.make(change);
    if (!refusal) {
      checked.effective.push_back(std::move(change));
    } else if (*refusal != Refusal::nothing_changed && !checked.refused) {
      checked.refused = refusal;
    }
  }
  return checked;
}

}  // namespace banterd::chat
