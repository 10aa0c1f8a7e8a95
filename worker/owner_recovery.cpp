// The part of Owner that deals with lives that end and begin: its own, out of the journal, and
// other slots'.
#include <algorithm>

#include "base/log.h"
#include "ipc/frame.h"
#include "worker/owner.h"

namespace banterd::worker {

namespace {

// The journal keeps the ids taken in this many objects of their own, so that each snapshot of them
// is small.
constexpr uint64_t kSeenBuckets = 64;
constexpr std::string_view kSeenKey = "seen/";  // '/' is in no nick, and a room begins with '#'

std::string seen_key(uint64_t bucket) { return std::string(kSeenKey) + std::to_string(bucket); }

void append_message(std::string& frames, const BusMessage& message) {
  ipc::append_frame(frames, encode(message));
}

}  // namespace

// ---- this slot's own earlier lives ----

void Owner::restore() {
  const size_t entries = journal_->replay([this](std::string_view payload) {
    const auto message = decode_bus_message(payload);
    if (message) {
      restore_entry(*message);
    } else {
      base::log_warning("journal entry skipped", {{"error", message.error()}});
    }
  });
  committed_ = journal_->last_position();
  settled_ = journal_->settled_position();
  if (const ipc::CommandMark mark = journal_->interrupted(); mark != ipc::CommandMark{}) {
    base::log_warning("the last life of this slot ended while it decided a command",
                      {{"connection", mark.connection}, {"line", mark.line}, {"step", mark.step}});
  }
  // Until each slot has said where it stands, it may have taken nothing of what the journal holds.
  for (Follower& follower : followers_) follower.sent = committed_;

  std::vector<std::string> keys;
  for (const auto& [key, entry] : objects_) keys.push_back(key);
  for (uint64_t bucket = 0; bucket < kSeenBuckets; ++bucket) keys.push_back(seen_key(bucket));
  journal_->begin([this](std::string_view key) { return snapshot_frames(key); },
                  [this](uint64_t position) { on_committed(position); }, keys);
  if (entries > 0)
    base::log_info("journal replayed", {{"entries", entries}, {"objects", objects_.size()}});
  // Those who lived in this slot before are gone with it.
  if (self_.incarnation > 1) lose_members({self_.slot, self_.incarnation - 1});
}

void Owner::restore_entry(const BusMessage& message) {
  if (const auto* snapshot = std::get_if<Snapshot>(&message)) {
    Entry& entry = objects_[chat::fold(snapshot->object)];
    entry.name = snapshot->object;
    restore_part(entry.object, *snapshot);
  } else if (const auto* event = std::get_if<LogEvent>(&message)) {
    const chat::Event& happened = event->event;
    if (happened.cause.connection != 0)
      seen_[happened.cause.connection] = {happened.cause, happened.from};
    const std::string key = chat::fold(event->object);
    // Of an object whose beginning was overtaken since it ended: its end comes later.
    if (!objects_.contains(key) && !begins_object(happened)) return;
    Entry& entry = objects_[key];
    if (!exists(entry.object)) entry.name = event->object;
    evolve(entry.object, key, happened);
    // Of the history, what the ring still has.
    remember(key, entry, *event);
    if (is_alive(entry.object)) return;
    entry.history.clear(history_budget_);
    objects_.erase(key);
  } else if (const auto* seen = std::get_if<Seen>(&message)) {
    for (const Seen::Entry& entry : seen->entries) seen_[entry.id.connection] = entry;
  }
}

std::string Owner::snapshot_frames(std::string_view key) const {
  std::string frames;
  if (key.starts_with(kSeenKey)) {
    Seen seen;
    for (const auto& [connection, entry] : seen_) {
      if (seen_key(connection % kSeenBuckets) == key) seen.entries.push_back(entry);
    }
    std::sort(seen.entries.begin(), seen.entries.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    append_message(frames, seen);
  } else if (const auto entry = objects_.find(key); entry != objects_.end()) {
    for (const Snapshot& part : snapshot_of(entry->second.object, entry->second.name))
      append_message(frames, part);
  }
  return frames;
}

// ---- other slots' lives ----

void Owner::on_greeted(const Hello& hello) {
  const Slot slot = hello.place.slot;
  Follower& follower = followers_[slot];
  follower.absent = false;
  if (hello.place.incarnation > 1) lose_members({slot, hello.place.incarnation - 1});
  // A life that began after we saw the last one end has no part in what went before.
  const uint64_t stands = std::max(hello.stands, born_after_[slot]);
  follower.taken = stands;
  follower.sent = std::max(stands, committed_);
  resend(slot, stands);
  for (Slot other = 0; other < settled_incarnation_.size(); ++other) {
    if (settled_incarnation_[other] > 0)
      bus_.send(slot, SlotSettled{{other, settled_incarnation_[other]}});
  }
}

void Owner::resend(Slot slot, uint64_t stands) {
  uint64_t sent = stands;
  if (stands < committed_) {
    // Rebuilds each object as it was, so that a snapshot shows the state just before the event that
    // it belongs to.
    std::map<std::string, OwnedObject, std::less<>> past;
    journal_->replay([&](std::string_view payload) {
      const auto message = decode_bus_message(payload);
      if (!message) return;
      if (const auto* snapshot = std::get_if<Snapshot>(&*message)) {
        restore_part(past[chat::fold(snapshot->object)], *snapshot);
      }
      const auto* event = std::get_if<LogEvent>(&*message);
      if (event == nullptr) return;
      OwnedObject& object = past[chat::fold(event->object)];
      if (event->position > stands && event->position <= committed_ &&
          chat::SlotSet(event->to).has(slot)) {
        if (chat::SlotSet(event->begins).has(slot)) {
          for (const Snapshot& part : snapshot_of(object, event->object)) bus_.send(slot, part);
        }
        bus_.send(slot, *event);
        sent = event->position;
      }
      if (exists(object) || begins_object(event->event))
        evolve(object, chat::fold(event->object), event->event);
      if (!is_alive(object)) object = std::monostate();
    });
  }
  followers_[slot].sent = sent;
}

void Owner::on_slot_down(const chat::Place& place) {
  // Nobody waits for it any more; its clients leave the rooms by events.
  Follower& follower = followers_[place.slot];
  follower.absent = true;
  follower.taken = follower.sent;
  lose_members(place);
  born_after_[place.slot] = journal_->next_position() - 1;
}

void Owner::lose_members(const chat::Place& place) {
  living_[place.slot] = std::max(living_[place.slot], place.incarnation + 1);
  lose(place, true);
  losing_.push_back({place, journal_->next_position() - 1});
}

void Owner::on_slot_settled(Slot from, const chat::Place& place) {
  chat::SlotSet& owners = settled_by_[{place.slot, place.incarnation}];
  owners.add(from);
  for (Slot slot = 0; slot < bus_.slots(); ++slot) {
    if (!owners.has(slot)) return;
  }
  settled_by_.erase({place.slot, place.incarnation});
  lose_people(place);
  std::erase_if(seen_, [&](const auto& entry) { return entry.second.place.gone_with(place); });
}

void Owner::lose_people(const chat::Place& place) { lose(place, false); }

void Owner::lose(const chat::Place& place, bool rooms) {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : objects_) {
    if (chat::names_room(key) == rooms && followers_of(entry.object).has(place.slot))
      keys.push_back(key);
  }
  chat::Command command;
  command.from = self_;
  command.body = chat::LoseSlot{place};
  for (const std::string& key : keys) decide(key, key, command);
}

}  // namespace banterd::worker
