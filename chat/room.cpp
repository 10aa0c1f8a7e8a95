#include "chat/room.h"

#include <algorithm>

#include "chat/room_modes.h"

namespace banterd::chat {

std::vector<ListEntry> Room::entries(char letter) const {
  std::vector<ListEntry> entries;
  const auto list = lists().find(letter);
  if (list == lists().end()) return entries;
  entries.reserve(list->second.size());
  for (const auto& [number, entry] : list->second.entries()) entries.push_back(entry);
  return entries;
}

void Room::evolve(const Event& event) {
  struct Evolve {
    Room& room;
    const Event& event;

    void operator()(const Joined& joined) {
      if (joined.creates) {
        room.head_.created = event.at;
        room.head_.flags = joined.flags;
        room.head_.permanent = joined.permanent;
      }
      std::erase(room.head_.invited, event.client);
      room.add(
          Member{event.client, event.profile.value_or(nullptr), joined.place, joined.prefixes});
    }
    void operator()(const Parted&) { room.remove(event.client); }
    void operator()(const HasQuit&) { room.remove(event.client); }
    void operator()(const Kicked& kicked) { room.remove(kicked.target); }
    void operator()(const Renewed&) {
      if (event.profile) room.renew(*event.profile);
    }
    void operator()(const TopicSet& topic) {
      room.head_.topic = topic.text;
      room.head_.topic_author = topic.author;
      room.head_.topic_at = event.at;
    }
    void operator()(const ModesSet& modes) {
      for (const ModeChange& change : modes.changes) room.apply(change, event, modes.author);
    }
    void operator()(const Invited& invited) {
      // Whoever may not keep people out may not let them in either: then it is only told.
      const Member* host = room.member(event.client);
      if (host == nullptr || !at_least(host->prefixes, half_operator)) return;
      std::erase(room.head_.invited, invited.target);
      room.head_.invited.push_back(invited.target);
      // The oldest invitation lapses: the list is bounded.
      if (room.head_.invited.size() > kMaxInvited)
        room.head_.invited.erase(room.head_.invited.begin());
    }
    void operator()(const SlotLost& lost) { room.lose(lost.place); }
    // What changes no state of a room.
    void operator()(const Said&) {}
    void operator()(const Claimed&) {}
    void operator()(const Departing&) {}
    void operator()(const Released&) {}
    void operator()(const Refused&) {}
    void operator()(const Redacted&) {}
    void operator()(const Watching&) {}
    void operator()(const Unwatched&) {}
    void operator()(const Killed&) {}
    void operator()(const Banned&) {}
    void operator()(const Unbanned&) {}
  };
  std::visit(Evolve{*this, event}, event.body);
}

void Room::renew(const ProfilePtr& record) {
  Member* member = members_.find(record->client);
  if (member != nullptr && member->profile->version < record->version) member->profile = record;
}

void Room::add(Member member) {
  remove(member.client);
  members_in_slot_.add(member.place.slot);
  members_.add(std::move(member));
}

void Room::remove(ClientId client) {
  const Member* member = members_.find(client);
  if (member == nullptr) return;
  members_in_slot_.remove(member->place.slot);
  members_.remove(client);
}

void Room::lose(const Place& place) {
  members_.remove_if([&](const Member& member) {
    const bool lost = member.place.gone_with(place);
    if (lost) members_in_slot_.remove(place.slot);
    return lost;
  });
}

std::vector<Room::Part> Room::snapshot() const {
  std::vector<Part> parts(1);
  parts.back().head = head_;
  size_t entries = 0;
  const auto part_for_next = [&]() -> Part& {
    if (entries++ == kEntriesPerPart) {
      parts.emplace_back();
      entries = 1;
    }
    return parts.back();
  };
  for (const auto& [letter, list] : lists()) {
    for (const auto& [number, entry] : list.entries()) part_for_next().lists.push_back(entry);
  }
  for (const Member& member : members_) part_for_next().members.push_back(member);
  return parts;
}

void Room::restore(Part part) {
  if (part.head) head_ = *std::move(part.head);
  for (ListEntry& entry : part.lists) {
    // What a list of a later version would be is left out, like any field that is not known.
    Lists& lists = lists_.make().by_letter;
    const auto list = lists.find(entry.list.size() == 1 ? entry.list[0] : '\0');
    if (list != lists.end()) list->second.add(std::move(entry));
  }
  for (Member& member : part.members) add(std::move(member));
}

}  // namespace banterd::chat
