// The part of Hub that is about people, wherever they are, and about the server as a whole.
#include <algorithm>

#include "worker/hub.h"

namespace banterd::worker {

namespace {

Delivery delivery_to_person(const LogEvent& event) {
  Delivery delivery{event.event};
  if (event.event.profile) delivery.actor = event.event.profile->get();
  delivery.position = event.position;
  delivery.person = event.object;
  return delivery;
}

}  // namespace

// What each kind of event means for those who have a nick, or watch it.
struct Hub::PersonVisit {
  Hub& hub;
  const LogEvent& event;

  void operator()(const chat::Said&) const {
    hub.echo_to_sender(event);
    hub.tell_person(event);
  }
  void operator()(const chat::Invited&) const { hub.tell_person(event); }
  void operator()(const chat::Killed&) const {
    Audience* client = hub.with_nick(event.object);
    if (client == nullptr || !event.event.profile) return;
    client->on_killed({event.event, {}, event.event.profile->get()});
  }
  void operator()(const chat::Watching& watching) const { hub.on_watching(event, watching); }
  void operator()(const chat::Unwatched&) const { hub.on_unwatched(event); }
  void operator()(const chat::Claimed&) const {
    hub.set_holder(event.object, event.event.profile.value_or(nullptr));
  }
  void operator()(const chat::Released&) const { hub.set_holder(event.object, nullptr); }
  void operator()(const chat::SlotLost& lost) const {
    if (lost.holder.value_or(false)) hub.set_holder(event.object, nullptr);
  }
  void operator()(const chat::Renewed&) const { hub.renew_holder(event); }
  // The rest is between his slot and the owner.
  template <class Other>
  void operator()(const Other&) const {}
};

void Hub::apply_to_person(const LogEvent& event) {
  std::visit(PersonVisit{*this, event}, event.event.body);
}

void Hub::tell_person(const LogEvent& event) {
  Audience* client = with_nick(event.object);
  if (client == nullptr) return;
  const Delivery delivery = delivery_to_person(event);
  deliverer_.to_one(*client, client->encoder(), {&delivery, 1});
}

void Hub::echo_to_sender(const LogEvent& event) {
  Audience* sender = local(event.event.client);
  const Delivery delivery = delivery_to_person(event);
  if (sender == nullptr || !sender->echoes() || sender->tell_own(delivery)) return;
  deliverer_.to_one(*sender, sender->encoder(), {&delivery, 1});
}

// ---- watched nicks ----

void Hub::on_watching(const LogEvent& event, const chat::Watching& watching) {
  if (local(event.event.client) == nullptr) return;
  Watched& watched = watched_[chat::fold(event.object)];
  std::erase(watched.watchers, event.event.client);
  watched.watchers.push_back(event.event.client);
  watched.holder = watching.holder.value_or(nullptr);
  watched.known = true;
}

void Hub::on_unwatched(const LogEvent& event) {
  const auto found = watched_.find(chat::fold(event.object));
  if (found == watched_.end()) return;
  std::erase(found->second.watchers, event.event.client);
  if (found->second.watchers.empty()) watched_.erase(found);
}

void Hub::set_holder(std::string_view nick, const chat::ProfilePtr& holder) {
  const auto found = watched_.find(chat::fold(nick));
  if (found == watched_.end()) return;
  Watched& watched = found->second;
  const chat::ProfilePtr before = std::exchange(watched.holder, holder);
  // Who only spells his nick in another way has had it all the time.
  const bool same =
      before == nullptr ? holder == nullptr : holder != nullptr && before->client == holder->client;
  if (same) return;
  for (const chat::ClientId watcher : watched.watchers) {
    if (Audience* client = local(watcher)) client->on_watched(nick, holder.get());
  }
}

void Hub::renew_holder(const LogEvent& event) {
  const auto found = watched_.find(chat::fold(event.object));
  if (found == watched_.end() || !event.event.profile || found->second.holder == nullptr) return;
  Watched& watched = found->second;
  const chat::ProfilePtr before = std::exchange(watched.holder, *event.event.profile);
  const Delivery delivery{event.event, {}, before.get(), nullptr, watched.holder.get()};
  for (const chat::ClientId watcher : watched.watchers) {
    Audience* client = local(watcher);
    // He himself knows, and those who share a room with him hear of it there.
    if (client != nullptr && watcher != watched.holder->client &&
        !shares_room(*client, watched.holder->client))
      client->on_watched_renewed(delivery);
  }
}

bool Hub::shares_room(Audience& client, chat::ClientId other) const {
  const auto& memberships = client.memberships();
  return std::any_of(memberships.begin(), memberships.end(), [&](const auto& membership) {
    return membership.replica->room.member(other) != nullptr;
  });
}

// ---- the server as a whole ----

void Hub::apply_to_server(const LogEvent& event) {
  server_.evolve(event.event);
  if (std::holds_alternative<chat::Said>(event.event.body)) {
    const Delivery delivery = delivery_to_person(event);
    clients_->each_local([&](Audience& client) {
      if (client.heard_of) client.on_server_said(delivery);
    });
  } else if (const auto* banned = std::get_if<chat::Banned>(&event.event.body)) {
    const auto ban = server_.bans().find(chat::fold(banned->mask));
    if (ban == server_.bans().end()) return;
    clients_->each_local([&](Audience& client) {
      if (client.heard_of && client.is_matched_by(ban->second.mask)) client.on_banned(ban->second);
    });
  }
}

}  // namespace banterd::worker
