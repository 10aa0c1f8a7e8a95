// The part of Owner that deals with lives that end and begin: its own, out of the journal, and
// other slots'.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/wall_clock.h"
#include "ipc/frame.h"
#include "worker/owner.h"

namespace banterd::worker {

// ---- this slot's own earlier lives ----

void Owner::restore(bool killed_from_outside, uint64_t kept_since) {
  const size_t entries = journal_->replay([this](std::string_view payload) {
    const auto message = decode_bus_message(payload);
    if (message) {
      restore_entry(*message);
    } else {
      base::log_warning("journal entry skipped", {{"error", message.error()}});
    }
  });
  committed_ = published_ = journal_->last_position();
  all_settled_ = shared_settled_ = journal_->settled_position();
  some_lost_ = found_entries_ < committed_ - std::min(committed_, all_settled_);
  if (!some_lost_) found_.clear();
  restore_doomed(killed_from_outside);
  // Until each slot has said where it stands, it may have taken nothing of what the journal holds;
  // but for what is settled, which a slot that stands below it has heard in a life that is over.
  for (Slot slot = 0; slot < followers_.size(); ++slot) {
    if (slot == self_.slot) continue;
    followers_[slot].sent = followers_[slot].shared = committed_;
    born_after_[slot] = all_settled_;
  }
  begin_journal();
  tell_server_state(self_.slot);
  if (entries > 0)
    base::log_info("journal replayed", {{"entries", entries}, {"objects", objects_.size()}});
  // Those who lived in this slot before are gone with it, unless they are kept.
  const uint64_t since = kept_since == 0 ? self_.incarnation : kept_since;
  if (since > first_incarnation_) lose_members({self_.slot, since - 1});
}

void Owner::restore_doomed(bool killed_from_outside) {
  if (const ipc::CommandMark mark = journal_->interrupted(); mark != ipc::CommandMark{}) {
    base::log_warning("the last life of this slot ended while it decided a command",
                      {{"connection", mark.connection},
                       {"line", mark.line},
                       {"step", mark.step},
                       {"refused", !killed_from_outside}});
    // First the one, then the other: a kill in between loses nothing.
    if (!killed_from_outside) journal_->doom(mark);
    journal_->clear_mark();
  }
  for (const ipc::CommandMark& mark : journal_->doomed()) {
    const chat::CommandId id{mark.connection, mark.line, static_cast<uint32_t>(mark.step)};
    if (seen_.has(id)) {
      journal_->spare(mark);
    } else {
      doomed_.insert(id);
    }
  }
}

void Owner::spare_refused() {
  while (!refused_.empty() && refused_.front().first <= committed_) {
    journal_->spare(mark_of(refused_.front().second));
    refused_.pop_front();
  }
}

void Owner::begin_journal() {
  std::vector<std::string> keys;
  room_count_ = 0;
  for (const auto& [key, entry] : objects_) {
    keys.emplace_back(key);
    if (get_as<chat::Room>(entry.object) != nullptr) ++room_count_;
  }
  journal_->begin([this](std::string_view key) { return snapshot_frames(key); },
                  [this](uint64_t position) { on_committed(position); }, keys, SeenIds::keys());
}

void Owner::restore_entry(const BusMessage& message) {
  if (const auto* snapshot = std::get_if<Snapshot>(&message)) {
    const std::string key = chat::fold(snapshot->object);
    Entry& entry = objects_[key];
    entry.spell(key, snapshot->object);
    restore_part(entry.object, *snapshot);
  } else if (const auto* event = std::get_if<LogEvent>(&message)) {
    const chat::Event& happened = event->event;
    remember_taken(happened);
    if (event->position > journal_->settled_position()) {
      ++found_entries_;
      found_.insert(happened.cause);
      may_lack_bans_ = may_lack_bans_ || changes_bans(happened);
    }
    const std::string key = chat::fold(event->object);
    // Of an object whose beginning was overtaken since it ended: its end comes later.
    if (!objects_.contains(key) && !begins_object(happened)) return;
    Entry& entry = objects_[key];
    if (!exists(entry.object)) entry.spell(key, event->object);
    remember_holder(key, entry, happened);
    evolve(entry.object, key, happened);
    // Of the history, what the ring still has.
    remember(key, entry, *event);
    if (is_alive(entry.object)) return;
    entry.clear_history(history_budget_);
    objects_.erase(key);
  } else if (const auto* seen = std::get_if<Seen>(&message)) {
    for (const Seen::Entry& entry : seen->entries) seen_.take(entry.id, entry.place);
  }
}

std::string Owner::snapshot_frames(std::string_view key) const {
  std::string frames;
  if (SeenIds::is_key(key)) {
    append_message(frames, seen_.part(key));
  } else if (const auto entry = objects_.find(key); entry != objects_.end()) {
    for (const Snapshot& part : snapshot_of(entry->second.object, entry->second.name(key)))
      append_message(frames, part);
  }
  return frames;
}

void Owner::adopt_bans(std::vector<chat::ServerBan> bans) {
  const std::string key(chat::kServerObject);
  restore_part(objects_[key].object, {key, true, true, chat::Server::Part{std::move(bans)}});
}

// ---- other slots' lives ----

void Owner::on_greeted(const Hello& hello) {
  const Slot slot = hello.place.slot;
  const uint64_t since = hello.kept_since.value_or(hello.place.incarnation);
  Follower& follower = followers_[slot];
  // Awaited in vain: its clients are gone, as if that were known since it went down.
  if (follower.awaited && since == hello.place.incarnation) on_slot_died({slot, since - 1});
  follower.absent = follower.awaited = false;
  if (since > first_incarnation_) lose_members({slot, since - 1});
  // A life that began after we saw the last one end has no part in what went before.
  const uint64_t stands = std::max(hello.stands, born_after_[slot]);
  follower.taken = stands;
  follower.sent = std::max(stands, published_);
  // This life has been told nothing of what was said.
  for (auto& [key, entry] : objects_) {
    if (OwnedHistory* history = entry.its_history()) history->kept_by.remove(slot);
  }
  resend(slot, stands, hello.recalls.value_or(false));
  tell_server_state(slot);
  for (Slot lost = 0; lost < settled_by_.size(); ++lost) {
    const uint64_t ours = settled_by_[lost][self_.slot];
    if (ours > 0) bus_.send(slot, SlotSettled{{lost, ours}});
  }
}

void Owner::tell(Slot slot, BusMessage message) {
  if (slot != self_.slot)
    return std::visit([&](const auto& one) { bus_.send(slot, one); }, message);
  if (auto* part = std::get_if<Snapshot>(&message)) listener_.on_own_snapshot(std::move(*part));
  if (const auto* event = std::get_if<LogEvent>(&message)) listener_.on_own_event(*event);
  if (auto* history = std::get_if<History>(&message)) listener_.on_own_history(std::move(*history));
  if (const auto* replay = std::get_if<Replay>(&message)) listener_.on_own_replay(*replay);
}

namespace {

// What a slot gets to hear of an object that it follows. People live in their nicks' snapshots: who
// watches a nick needs it, the holder does not.
bool is_recalled(const OwnedObject& object, Slot slot) {
  if (const auto* room = get_as<chat::Room>(object)) return room->followers().has(slot);
  const auto* person = get_as<chat::Person>(object);
  return person != nullptr && std::ranges::any_of(person->watchers(), [slot](const auto& watcher) {
           return watcher.second.slot == slot;
         });
}

// What a slot that stands at `stands` in the log has missed, out of the journal: it is taken once
// more from its beginning, and each object rebuilt as it was, so that a snapshot shows the state
// just before the event that it belongs to; or, for a slot that recalls, where it stands: whatever
// has happened to the object above that is in the journal, and so is the state before it
// (Owner::keep_clients()).
class Missed {
 public:
  Missed(Slot slot, uint64_t stands, uint64_t published, bool recalls)
      : sent(stands), slot_(slot), stands_(stands), published_(published), recalls_(recalls) {}

  void take(const BusMessage& entry) {
    if (const auto* snapshot = std::get_if<Snapshot>(&entry)) take_snapshot(*snapshot);
    if (const auto* event = std::get_if<LogEvent>(&entry)) take_event(*event);
  }
  // All has been taken. Nothing has happened since to the objects that are left.
  void end() {
    for (auto& [key, past] : objects_) recall(past);
  }

  std::vector<Snapshot> recalled;
  std::vector<BusMessage> since;
  uint64_t sent;  // the position of the last event in `since`

 private:
  struct Past {
    std::string name;
    OwnedObject object;
    bool recalled = false;
  };

  void take_snapshot(const Snapshot& part) {
    Past& past = objects_[chat::fold(part.object)];
    past.name = part.object;
    restore_part(past.object, part);
  }

  void take_event(const LogEvent& event) {
    const std::string key = chat::fold(event.object);
    Past& past = objects_[key];
    if (!exists(past.object)) past.name = event.object;
    if (event.position > stands_) recall(past);
    if (event.position > stands_ && event.position <= published_ &&
        chat::SlotSet(event.to).has(slot_))
      add(event, past);
    if (exists(past.object) || begins_object(event.event)) evolve(past.object, key, event.event);
    if (!is_alive(past.object)) past.object = std::monostate();
  }

  void add(const LogEvent& event, const Past& past) {
    if (chat::SlotSet(event.begins).has(slot_)) {
      for (Snapshot& part : snapshot_of(past.object, event.object))
        since.emplace_back(std::move(part));
    }
    since.emplace_back(event);
    sent = event.position;
  }

  void recall(Past& past) {
    if (!recalls_ || std::exchange(past.recalled, true) || !is_recalled(past.object, slot_)) return;
    for (Snapshot& part : snapshot_of(past.object, past.name)) recalled.push_back(std::move(part));
  }

  const Slot slot_;
  const uint64_t stands_;
  const uint64_t published_;
  const bool recalls_;
  std::map<std::string, Past, std::less<>> objects_;  // by folded name
};

}  // namespace

void Owner::resend(Slot slot, uint64_t stands, bool recalls) {
  Missed missed(slot, stands, published_, recalls);
  if (recalls || stands < published_) {
    journal_->replay([&](std::string_view payload) {
      if (const auto entry = decode_bus_message(payload)) missed.take(*entry);
    });
    missed.end();
  }
  for (Snapshot& part : missed.recalled) tell(slot, std::move(part));
  if (recalls) tell(slot, Recalled{});
  for (BusMessage& message : missed.since) tell(slot, std::move(message));
  followers_[slot].sent = followers_[slot].shared = missed.sent;
}

void Owner::recall_own(uint64_t stands) {
  followers_[self_.slot] = {.sent = 0, .taken = stands, .absent = false, .awaited = true};
  resend(self_.slot, stands, true);
}

void Owner::on_slot_died(const chat::Place& place) {
  // Nobody waits for it any more; its clients leave the rooms by events.
  Follower& follower = followers_[place.slot];
  follower.absent = true;
  follower.awaited = false;
  follower.taken = follower.sent;
  lose_members(place);
  born_after_[place.slot] = journal_->next_position() - 1;
}

void Owner::on_slot_absent(Slot slot) {
  if (followers_[slot].absent) return;
  // Its members lived before us, or it would have a pipe to us. Later lives of it, of which we know
  // nothing, have none: the next one's hello tells.
  on_slot_died({slot, newest_known(slot)});
}

uint64_t Owner::newest_known(Slot slot) const {
  uint64_t newest = 0;
  const auto look_at = [&](const chat::Place& place) {
    if (place.slot == slot) newest = std::max<uint64_t>(newest, place.incarnation);
  };
  for (const auto& [key, entry] : objects_) {
    if (const auto* person = get_as<chat::Person>(entry.object)) {
      if (person->held()) look_at(person->place());
      for (const auto& [watcher, place] : person->watchers()) look_at(place);
    }
    const auto* room = get_as<chat::Room>(entry.object);
    if (room == nullptr || !room->followers().has(slot)) continue;
    for (const chat::Member& member : room->members()) look_at(member.place);
  }
  seen_.each_place(look_at);
  return newest;
}

void Owner::on_living(Slot from, const Living& living) {
  seen_.forget_if([&](uint64_t connection, const chat::Place& home) {
    return home.slot == from && connection > living.after && connection <= living.up_to &&
           !std::binary_search(living.connections.begin(), living.connections.end(), connection);
  });
}

void Owner::lose_members(const chat::Place& place) {
  living_[place.slot] = std::max(living_[place.slot], uint64_t{place.incarnation} + 1);
  lose(place, true);
  losing_.push_back({place, journal_->next_position() - 1});
}

uint64_t Owner::settled_by_all(Slot lost) const {
  return *std::min_element(settled_by_[lost].begin(), settled_by_[lost].end());
}

void Owner::on_slot_settled(Slot from, const chat::Place& place) {
  if (place.slot >= settled_by_.size()) return;
  const uint64_t before = settled_by_all(place.slot);
  uint64_t& said = settled_by_[place.slot][from];
  said = std::max<uint64_t>(said, place.incarnation);
  const chat::Place gone{place.slot, settled_by_all(place.slot)};
  if (gone.incarnation == before) return;
  lose(gone, false);
  seen_.forget_if([&](uint64_t, const chat::Place& home) { return home.gone_with(gone); });
}

bool Owner::quiet() const {
  if (!pending_.empty() || !losing_.empty() || all_settled_ + 1 != journal_->next_position())
    return false;
  return std::all_of(settled_by_.begin(), settled_by_.end(), [&](const auto& by_owner) {
    for (Slot owner = 0; owner < by_owner.size(); ++owner) {
      if (!followers_[owner].absent && by_owner[owner] != by_owner[self_.slot]) return false;
    }
    return true;
  });
}

void Owner::lose(const chat::Place& place, bool rooms) {
  std::vector<std::string> keys;
  for (const auto& object : sorted()) {
    const auto& [key, entry] = *object;
    if (chat::names_room(key) == rooms && followers_of(entry.object).has(place.slot))
      keys.emplace_back(key);
  }
  chat::Command command;
  command.from = self_;
  command.at = base::milliseconds_since_1970();
  command.body = chat::LoseSlot{place};
  for (const std::string& key : keys) decide(key, key, command);
}

}  // namespace banterd::worker
