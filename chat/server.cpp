#include "chat/server.h"

#include <algorithm>

#include "chat/mask.h"

namespace banterd::chat {

namespace {

// decide() for each kind of command; what is not for the server is `invalid`.
struct Decide {
  const Server* state;
  const Command& command;

  Decision operator()(const Say& say) const {
    return EventBody(Said{say.kind, say.text, say.lines, say.tags, std::nullopt, std::nullopt});
  }
  Decision operator()(const Ban& ban) const {
    auto mask = complete_mask(ban.mask);
    if (!mask || ban.reason.size() > kMaxReasonBytes) return Refusal::invalid;
    if (!has_room_for(*mask)) return Refusal::list_full;
    std::string author =
        command.profile ? std::string((*command.profile)->nick.str()) : std::string();
    return EventBody(Banned{*std::move(mask), ban.reason, ban.expires, std::move(author)});
  }
  Decision operator()(const Unban& unban) const {
    auto mask = complete_mask(unban.mask);
    if (!mask) return Refusal::invalid;
    if (state == nullptr || !state->bans().contains(fold(*mask))) return Refusal::nothing_changed;
    return EventBody(Unbanned{*std::move(mask)});
  }
  // Nobody lives here.
  Decision operator()(const LoseSlot&) const { return Refusal::nothing_changed; }
  template <class Other>
  Decision operator()(const Other&) const {
    return Refusal::invalid;
  }

  [[nodiscard]] bool has_room_for(std::string_view mask) const {
    if (state == nullptr || state->bans().size() < Server::kMaxBans) return true;
    if (state->bans().contains(fold(mask))) return true;
    return std::any_of(state->bans().begin(), state->bans().end(),
                       [&](const auto& entry) { return entry.second.has_expired(command.at); });
  }
};

}  // namespace

Decision Server::decide(const Server* state, const Command& command) {
  return std::visit(Decide{state, command}, command.body);
}

void Server::evolve(const Event& event) {
  if (const auto* banned = std::get_if<Banned>(&event.body)) {
    // Those that have expired stay until their place is needed: looking for them takes long.
    if (bans_.size() >= kMaxBans) {
      std::erase_if(bans_, [&](const auto& entry) { return entry.second.has_expired(event.at); });
    }
    bans_.insert_or_assign(
        fold(banned->mask),
        ServerBan{banned->mask, banned->reason, banned->author, event.at, banned->expires});
  } else if (const auto* unbanned = std::get_if<Unbanned>(&event.body)) {
    bans_.erase(fold(unbanned->mask));
  }
}

const ServerBan* Server::ban_for(std::string_view mask, TimeMs now) const {
  const auto found = std::find_if(bans_.begin(), bans_.end(), [&](const auto& entry) {
    return !entry.second.has_expired(now) && matches(entry.second.mask, mask);
  });
  return found == bans_.end() ? nullptr : &found->second;
}

std::vector<Server::Part> Server::snapshot() const {
  std::vector<Part> parts;
  for (const auto& [key, ban] : bans_) {
    if (parts.empty() || parts.back().bans.size() == kEntriesPerPart) parts.emplace_back();
    parts.back().bans.push_back(ban);
  }
  return parts;
}

void Server::restore(Part part) {
  for (ServerBan& ban : part.bans) {
    std::string key = fold(ban.mask);
    bans_.insert_or_assign(std::move(key), std::move(ban));
  }
}

}  // namespace banterd::chat
