#include "worker/hub.h"

#include <algorithm>

#include "base/log.h"
#include "worker/owned_object.h"

namespace banterd::worker {

namespace {

std::span<const Delivery> one(const Delivery& delivery) { return {&delivery, 1}; }

}  // namespace

void Hub::remove(Audience& client) {
  while (!client.memberships().empty())
    deliverer_.leave(*(client.memberships().end() - 1)->replica, client);
  client.heard_of = false;
}

bool Hub::has_gone(chat::ClientId client) const { return gone_.contains(client); }

chat::ProfilePtr Hub::record_of(chat::ClientId client) const {
  const Known* known = known_.find(client);
  return known == nullptr ? nullptr : known->profile;
}

bool Hub::is_member(const Audience& client, const Replica& replica) const {
  const chat::Member* member = replica.room.member(client.client_id());
  return member != nullptr && lives_here(member->place);
}

Audience* Hub::with_nick(std::string_view nick) const {
  const Named* found = by_nick_.find(chat::fold(nick));
  return found == nullptr ? nullptr : found->client;
}

std::optional<chat::ProfilePtr> Hub::holder_of(std::string_view nick) const {
  const auto found = watched_.find(chat::fold(nick));
  if (found == watched_.end()) return nullptr;
  if (!found->second.known) return std::nullopt;
  return found->second.holder;
}

bool Hub::enter(Audience& client, std::string_view room) {
  const auto found = replicas_.find(chat::fold(room));
  if (found == replicas_.end()) return false;
  deliverer_.enter(*found->second, client);
  return true;
}

const Replica* Hub::find(std::string_view room) const {
  const auto found = replicas_.find(chat::fold(room));
  return found == replicas_.end() ? nullptr : found->second.get();
}

Audience* Hub::local(chat::ClientId client) const {
  Audience* const found = clients_->local(client);
  return found != nullptr && found->heard_of ? found : nullptr;
}

void Hub::clear_nick(const std::string& key, const Audience& client) {
  const Named* found = by_nick_.find(key);
  if (found != nullptr && found->client == &client) by_nick_.erase(key);
}

// ---- people ----

void Hub::came(Replica& replica, const chat::Member& member) {
  Known* known = known_.find(member.client);
  if (known == nullptr) {
    // An owner that has not heard yet of his worker's death brings him in once more: he has been
    // seen to quit by those whom another owner told.
    if (was_gone(member)) gone_.insert(member.client);
    known = &known_.insert({member.profile, {}});
  } else {
    learn(*known, member.profile);
    replica.room.renew(known->profile);
  }
  known->replicas.add(&replica);
}

bool Hub::was_gone(const chat::Member& member) const {
  return has_died(late_ ? died_before_ : died_, member.place) ||
         gone_before_.contains(member.client);
}

// His newest record, from whichever room it is heard of first: those who know him are told, and
// from now on all rooms here name him by it.
void Hub::learn(Known& known, const chat::ProfilePtr& newer) {
  if (known.profile->version >= newer->version) return;
  const chat::ProfilePtr older = std::exchange(known.profile, newer);
  known.replicas.each([&](Replica& replica) { replica.room.renew(newer); });
  // What a room that comes late tells has been told before.
  if (late_ || has_gone(newer->client)) return;
  if (Audience* himself = local(newer->client)) himself->on_own_renewed(newer);
  tell_renewed(known, older);
}

void Hub::tell_renewed(const Known& known, const chat::ProfilePtr& older,
                       const std::function<bool(const Replica&)>& told) {
  const chat::ProfilePtr newer = known.profile;
  chat::Event renewed;
  renewed.client = newer->client;
  renewed.at = last_at_;
  renewed.profile = newer;
  renewed.body = chat::Renewed{};
  tell_companions(known, {renewed, {}, older.get(), nullptr, newer.get()}, told);
}

void Hub::went(Replica& replica, chat::ClientId client) {
  Known* known = known_.find(client);
  if (known == nullptr) return;
  known->replicas.remove(&replica);
  if (!known->replicas.empty()) return;
  known_.erase(client);
  gone_.erase(client);
}

// ---- telling ----

void Hub::tell_room(Replica& replica, const Delivery& delivery) {
  Audience* actor = local(delivery.event.client);
  Audience* told = actor != nullptr && actor->tell_own(delivery) ? actor : nullptr;
  deliverer_.to_members(replica, one(delivery), told);
}

void Hub::tell_said(Replica& replica, const Delivery& delivery, const chat::Said& said) {
  Audience* sender = local(delivery.event.client);
  const bool skips_sender = sender != nullptr && (!sender->echoes() || sender->tell_own(delivery));
  if (said.rank) return tell_ranks(replica, delivery, *said.rank, sender, skips_sender);
  deliverer_.to_members(replica, one(delivery), skips_sender ? sender : nullptr);
}

void Hub::tell_ranks(Replica& replica, const Delivery& delivery, uint8_t rank,
                     const Audience* sender, bool skips_sender) {
  deliverer_.to_some_members(replica, delivery, [&](const Audience& member) {
    if (&member == sender) return !skips_sender;
    const chat::Member* known = replica.room.member(member.client_id());
    return known != nullptr && known->prefixes >= rank;
  });
}

// He himself is told by on_own_renewed(), or has gone.
void Hub::tell_companions(const Known& known, const Delivery& delivery,
                          const std::function<bool(const Replica&)>& told) {
  deliverer_.to_companions(known.replicas, delivery, local(known.profile->client), told);
}

// ---- the logs ----

void Hub::apply(Snapshot part) {
  if (auto* server_part = std::get_if<chat::Server::Part>(&part.part)) {
    if (part.first) server_ = chat::Server();
    server_.restore(std::move(*server_part));
    knows_server_ = knows_server_ || part.last;
    return;
  }
  if (const auto* person_part = std::get_if<chat::Person::Part>(&part.part)) {
    if (part.first) {
      Watched& watched = watched_[chat::fold(part.object)];
      watched.holder = person_part->profile.value_or(nullptr);
      watched.known = true;
    }
    return;
  }
  auto& room_part = std::get<chat::Room::Part>(part.part);
  auto& replica = replicas_[chat::fold(part.object)];
  if (replica == nullptr) {
    replica = std::make_unique<Replica>();
    replica->name = part.object;
  }
  // What was known of the room, if anything, is forgotten first.
  if (part.first) disown_all(*replica);
  const std::vector<chat::Member> members = room_part.members;
  replica->room.restore(std::move(room_part));
  if (late_) remember_names(*replica, members);
  for (const chat::Member& member : members) came(*replica, member);
}

void Hub::apply(const LogEvent& event) {
  if (std::holds_alternative<chat::Refused>(event.event.body))
    return;  // the router has told the sender
  last_at_ = event.event.at;
  if (chat::names_room(event.object)) {
    apply_to_room(event);
  } else if (chat::names_server(event.object)) {
    apply_to_server(event);
  } else {
    apply_to_person(event);
  }
}

// ---- rooms ----

// What each kind of event does to a room and its members here.
struct Hub::RoomVisit {
  Hub& hub;
  Replica& replica;
  const LogEvent& event;
  chat::ClientId who;

  [[nodiscard]] Delivery delivery() const {
    const chat::Member* member = replica.room.member(who);
    const chat::Profile* actor = member != nullptr     ? member->profile.get()
                                 : event.event.profile ? event.event.profile->get()
                                                       : nullptr;
    return {event.event, replica.name, actor, nullptr, nullptr, event.position};
  }
  void operator()(const chat::Said& said) const {
    hub.tell_said(replica, delivery(), said);
    if (replica.past != nullptr && is_kept(said)) hub.remember(replica, event);
  }
  void operator()(const chat::Joined&) const { hub.on_joined(replica, event); }
  void operator()(const chat::Parted&) const { hub.on_left(replica, event, who); }
  void operator()(const chat::Kicked& kicked) const { hub.on_left(replica, event, kicked.target); }
  void operator()(const chat::HasQuit&) const { hub.on_quit(replica, event, who); }
  void operator()(const chat::Renewed&) const {
    hub.on_renewed(event);
    replica.room.evolve(event.event);
  }
  void operator()(const chat::SlotLost& lost) const {
    hub.on_slot_lost(replica, event, lost.place);
  }
  void operator()(const chat::TopicSet&) const { hub.on_changed(replica, delivery()); }
  void operator()(const chat::ModesSet& modes) const { hub.on_modes_set(replica, event, modes); }
  void operator()(const chat::Invited&) const { hub.on_changed(replica, delivery()); }
  void operator()(const chat::Redacted& redacted) const {
    hub.on_changed(replica, delivery());
    if (replica.past != nullptr) hub.erase(replica, redacted.message);
  }
  // Of people and the server, or for the sender alone.
  template <class Other>
  void operator()(const Other&) const {}
};

void Hub::apply_to_room(const LogEvent& event) {
  const std::string key = chat::fold(event.object);
  auto found = replicas_.find(key);
  if (found == replicas_.end()) {
    const auto* joined = std::get_if<chat::Joined>(&event.event.body);
    // A sender who is no member gets his own event back to know that it was taken; nobody here is
    // told.
    if (joined == nullptr || !joined->creates) return;
    found = replicas_.emplace(key, std::make_unique<Replica>()).first;
    found->second->name = event.object;
  } else if (begins_object(event.event)) {
    disown_all(*found->second);
  }
  Replica& replica = *found->second;
  const chat::ClientId who = event.event.client;

  std::visit(RoomVisit{*this, replica, event, who}, event.event.body);
  if (!replica.room.followers().has(self_.slot)) drop(replica);
}

void Hub::drop(Replica& replica) {
  while (!replica.local.empty()) deliverer_.leave(replica, *replica.local.back().audience);
  for (const chat::Member& member : replica.room.members()) went(replica, member.client);
  forget_past(replica);
  deliverer_.drop(replica);
  std::erase(late_replicas_, &replica);
  replicas_.erase(chat::fold(replica.name));
}

void Hub::disown(Audience& client, std::string_view room) {
  const auto found = replicas_.find(chat::fold(room));
  if (found == replicas_.end()) return;
  Replica& replica = *found->second;
  const auto& memberships = client.memberships();
  if (std::none_of(memberships.begin(), memberships.end(),
                   [&](const auto& membership) { return membership.replica == &replica; }))
    return;
  base::log_warning("a member whom the room's owner does not know leaves it",
                    {{"room", replica.name}});
  const std::string name = replica.name;
  deliverer_.leave(replica, client);
  if (replica.local.empty()) drop(replica);
  client.on_left(name);
}

void Hub::disown_all(Replica& replica) {
  while (!replica.local.empty()) {
    Audience& client = *replica.local.back().audience;
    deliverer_.leave(replica, client);
    client.on_left(replica.name);
  }
  for (const chat::Member& member : replica.room.members()) went(replica, member.client);
  forget_past(replica);
  replica.known_as.clear();
  replica.room = chat::Room();
}

void Hub::on_changed(Replica& replica, const Delivery& delivery) {
  replica.room.evolve(delivery.event);
  tell_room(replica, delivery);
}

// Whose rank it was is told by his nick, which others may know better than the owner.
void Hub::on_modes_set(Replica& replica, const LogEvent& event, const chat::ModesSet& modes) {
  chat::Event named = event.event;
  auto& changes = std::get<chat::ModesSet>(named.body).changes;
  for (size_t i = 0; i < changes.size(); ++i) {
    const Known* known = known_.find(modes.changes[i].target);
    if (known != nullptr) changes[i].argument = known->profile->nick.str();
  }
  const chat::Member* member = replica.room.member(event.event.client);
  const chat::Profile* actor = member == nullptr ? nullptr : member->profile.get();
  replica.room.evolve(event.event);
  if (!changes.empty())
    tell_room(replica, {named, replica.name, actor, nullptr, nullptr, event.position});
}

void Hub::on_joined(Replica& replica, const LogEvent& event) {
  if (!event.event.profile) return;
  const chat::ClientId who = event.event.client;
  replica.room.evolve(event.event);
  const chat::Member* member = replica.room.member(who);
  came(replica, *member);
  if (has_died(died_, member->place)) return;
  // He has come anew: his connection was given to another worker when the first had died.
  gone_.erase(who);
  Audience* client = local(who);
  if (client != nullptr && lives_here(member->place)) {
    deliverer_.enter(replica, *client);
    client->on_joined(replica.name);
  }
  tell_room(replica,
            {event.event, replica.name, member->profile.get(), nullptr, nullptr, event.position});
}

void Hub::on_left(Replica& replica, const LogEvent& event, chat::ClientId who) {
  const Known* known = known_.find(who);
  const chat::Member* actor = replica.room.member(event.event.client);
  const chat::Member* subject = replica.room.member(who);
  // Who has been seen to quit is not told of again.
  if (subject != nullptr && actor != nullptr && known != nullptr && !has_gone(who)) {
    // By the name that was told last: this room may not have heard of it yet.
    const chat::ProfilePtr profile = known->profile;
    tell_room(replica, {event.event, replica.name, actor->profile.get(), profile.get(), nullptr,
                        event.position});
  }
  if (Audience* client = local(who)) {
    deliverer_.leave(replica, *client);
    client->on_left(replica.name);
  }
  went(replica, who);
  replica.room.evolve(event.event);
}

void Hub::on_quit(Replica& replica, const LogEvent& event, chat::ClientId who) {
  const Known* known = known_.find(who);
  // He hears nothing of it himself: his socket has gone, or is about to.
  if (Audience* client = local(who)) deliverer_.leave(replica, *client);
  if (known != nullptr && goes(who)) {
    const chat::ProfilePtr profile = known->profile;
    tell_companions(*known,
                    {event.event, {}, profile.get(), nullptr, nullptr, event.position, false});
  }
  went(replica, who);
  replica.room.evolve(event.event);
}

void Hub::on_renewed(const LogEvent& event) {
  Known* known = known_.find(event.event.client);
  if (known != nullptr && event.event.profile) learn(*known, *event.event.profile);
}

bool Hub::goes(chat::ClientId client) {
  if (!gone_.insert(client).second) return false;
  if (on_gone_) on_gone_(client);
  return true;
}

void Hub::restore_died(const std::vector<uint64_t>& by_slot) {
  for (Slot slot = 0; slot < by_slot.size(); ++slot) {
    if (by_slot[slot] > 0) died_[slot] = by_slot[slot];
  }
  died_before_ = died_;
}

std::vector<uint64_t> Hub::died(Slot slots) const {
  std::vector<uint64_t> by_slot(slots);
  for (const auto& [slot, incarnation] : died_) {
    if (slot < slots) by_slot[slot] = incarnation;
  }
  return by_slot;
}

bool Hub::has_died(const std::unordered_map<Slot, uint64_t>& died, const chat::Place& place) {
  const auto dead = died.find(place.slot);
  return dead != died.end() && place.incarnation <= dead->second;
}

void Hub::on_slot_lost(Replica& replica, const LogEvent& event, const chat::Place& place) {
  uint64_t& died = died_[place.slot];
  died = std::max<uint64_t>(died, place.incarnation);
  std::vector<chat::ProfilePtr> only_here;
  for (const chat::Member& member : replica.room.members()) {
    const Known* known = known_.find(member.client);
    if (!member.place.gone_with(place) || known == nullptr) continue;
    if (goes(member.client)) {
      const chat::ProfilePtr profile = known->profile;
      if (known->replicas.size() == 1) {
        only_here.push_back(profile);
      } else {
        tell_companions(*known,
                        {event.event, {}, nullptr, profile.get(), nullptr, event.position, false});
      }
    }
    went(replica, member.client);
  }
  // Thousands may have gone at once: those who were in no other room are told of in one piece.
  std::vector<Delivery> deliveries;
  for (const chat::ProfilePtr& profile : only_here) {
    deliveries.push_back({event.event, {}, nullptr, profile.get(), nullptr, event.position, false});
  }
  if (!deliveries.empty()) deliverer_.to_members(replica, deliveries, nullptr);
  replica.room.evolve(event.event);
}

}  // namespace banterd::worker
