#include "tests/unit/chat/room_fixture.h"

namespace banterd::chat {

ProfilePtr profile_of(uint64_t client, std::string_view nick, uint32_t version,
                      std::string_view host) {
  auto profile = make_profile();
  profile->client = ClientId{client};
  profile->version = version;
  profile->nick = Nick::parse(nick).value();
  profile->user = "user";
  profile->host = host;
  return profile;
}

Someone someone(uint64_t client, std::string_view nick, Place place, std::string_view host) {
  return {profile_of(client, nick, 0, host), place};
}

std::string type_of(const EventBody& body) {
  return std::visit([](const auto& one) { return std::string(one.kType); }, body);
}

std::string name_of(Refusal why) { return std::string(names_of(why)[static_cast<size_t>(why)]); }

std::string OwnedRoom::take(const Command& command) {
  const Decision decision = Room::decide(exists() ? &*room_ : nullptr, command);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) return name_of(*refusal);
  if (std::holds_alternative<Wait>(decision)) return "wait";
  const Event event{command.id, command.client,  command.from,
                    command.at, command.profile, std::get<EventBody>(decision)};
  if (!room_) room_.emplace();
  room_->evolve(event);
  events_.push_back(event);
  if (!room_->alive()) room_.reset();
  return type_of(event.body);
}

std::string OwnedRoom::take(const Someone& who, CommandBody body) {
  at_ += 1000;
  return take(Command{{}, who.id(), who.place, at_, who.profile, std::move(body)});
}

std::string OwnedRoom::join(const Someone& who, std::string_view key) {
  Join join;
  join.key = key;
  return take(who, join);
}

void OwnedRoom::make(const Someone& who, uint8_t grants, uint16_t flags) {
  Join join;
  join.grants = grants;
  join.flags = flags;
  take(who, join);
}

std::string OwnedRoom::mode(const Someone& who, std::string_view change,
                            const std::optional<Someone>& target) {
  return take(who, SetModes{{change_of(change, target)}});
}

ModeChange OwnedRoom::change_of(std::string_view change, const std::optional<Someone>& target) {
  ModeChange made;
  made.add = change[0] == '+';
  made.letter = change[1];
  if (change.size() > 3) made.argument = change.substr(3);
  if (target) made.target = target->id();
  return made;
}

std::string OwnedRoom::say(const Someone& who, std::string_view text) {
  return take(who, Say{Kind::message, std::string(text)});
}

int OwnedRoom::prefixes(const Someone& who) const {
  const Member* member = room().member(who.id());
  return member == nullptr ? -1 : member->prefixes;
}

bool OwnedRoom::has(const Someone& who) const {
  return exists() && room().member(who.id()) != nullptr;
}

std::vector<std::string> OwnedRoom::masks(char list) const {
  std::vector<std::string> masks;
  for (const ListEntry& entry : room().entries(list)) masks.push_back(entry.mask);
  return masks;
}

}  // namespace banterd::chat
