#include "worker/owner.h"

#include <algorithm>

#include "ipc/frame.h"
#include "worker/limits.h"
#include "worker/slot_map.h"

namespace banterd::worker {

namespace {

// Members that are told of events in one commit: some 100 ms of work where all of them live here.
constexpr size_t kToldPerCommit = 1'000'000;
// Frames that have left are dropped once they come to so much, should some always be left.
constexpr size_t kPassedFrameBytes = size_t{1024} * 1024;
// Room for frames that is always kept: thousands who come at once need more.
constexpr size_t kKeptFrameBytes = size_t{64} * 1024;
constexpr chat::TimeMs kSetBackMs = 60'000;

}  // namespace

Owner::Owner(Bus& bus, const chat::Place& self, std::unique_ptr<ipc::Journal> journal,
             size_t history_lines, OwnerListener& listener, uint64_t first_incarnation)
    : bus_(bus),
      self_(self),
      journal_(std::move(journal)),
      history_lines_(history_lines),
      first_incarnation_(first_incarnation),
      listener_(listener),
      followers_(bus.slots()),
      living_(bus.slots()),
      born_after_(bus.slots()),
      settled_by_(bus.slots(), std::vector<uint64_t>(bus.slots())) {}

ipc::CommandMark Owner::mark_of(const chat::CommandId& id) {
  return {id.connection, id.line, id.step};
}

// ---- decide ----

bool Owner::is_lost(const chat::CommandId& id) const { return some_lost_ && !found_.contains(id); }

void Owner::take(const std::string& name, const chat::Command& command) {
  const std::string key = chat::fold(name);
  if (seen_.has(command.id)) {
    // Sent again after a pipe was re-made: its event went, or goes, out with the log.
    if (is_lost(command.id)) append_refusal(key, name, command, chat::Refusal::crashed);
  } else if (doomed_.erase(command.id) > 0) {
    append_refusal(key, name, command, chat::Refusal::crashed);
    refused_.emplace_back(journal_->next_position() - 1, command.id);
  } else {
    decide(key, name, command);
  }
}

void Owner::decide(const std::string& key, const std::string& name, const chat::Command& command) {
  // From a life of that slot that has ended meanwhile: nobody waits for the answer.
  if (command.from.incarnation < living_[command.from.slot]) return;
  journal_->mark(mark_of(command.id));
  const auto found = objects_.find(key);
  Entry* entry = found == objects_.end() ? nullptr : &found->second;
  chat::Decision decision = verdict_on(key, entry, command);
  if (auto* event = std::get_if<chat::EventBody>(&decision)) {
    const bool others_wait = waiting_.contains(key);
    append_event(key, entry, name, command, std::move(*event));
    if (others_wait) retry_waiting(key);
  } else if (const auto* refusal = std::get_if<chat::Refusal>(&decision)) {
    // What the owner asks of itself needs no answer.
    if (command.id.connection != 0) append_refusal(key, name, command, *refusal);
  } else {
    auto& waiting = waiting_[key];
    const bool known = std::any_of(waiting.begin(), waiting.end(), [&](const chat::Command& other) {
      return other.id == command.id;
    });
    if (!known) waiting.push_back(command);
  }
  journal_->clear_mark();
}

chat::Decision Owner::verdict_on(const std::string& key, Entry* entry,
                                 const chat::Command& command) {
  if (entry == nullptr) return worker::decide(nullptr, key, command);
  const auto* redact = std::get_if<chat::Redact>(&command.body);
  if (redact == nullptr) return worker::decide(&entry->object, key, command);
  // Whose message it was stands in the history only.
  entry->history().unpack(history_lines_, history_budget_);
  chat::Command complete = command;
  std::get<chat::Redact>(complete.body).author = entry->history().author_of(key, redact->message);
  return worker::decide(&entry->object, key, complete);
}

std::string_view Owner::Entry::name(std::string_view key) const {
  if (of_room.made()) return of_room->name;
  const auto* person = get_as<chat::Person>(object);
  if (person == nullptr || !person->held()) return key;
  const std::string_view nick = person->profile()->nick.str();
  return chat::same_name(nick, key) ? nick : key;
}

void Owner::retry_waiting(const std::string& key) {
  // Those that still have to wait come back to the queue in their order.
  const auto waiting = waiting_.extract(key);
  if (waiting.empty()) return;
  for (const chat::Command& command : waiting.mapped()) {
    decide(key, command.profile ? std::string((*command.profile)->nick.str()) : key, command);
  }
}

void Owner::append_refusal(const std::string& key, const std::string& name,
                           const chat::Command& command, chat::Refusal why) {
  auto pending = std::make_unique<Pending>();
  LogEvent& event = pending->event;
  event.object = name;
  event.event = {command.id, command.client, command.from,
                 command.at, std::nullopt,   chat::Refused{why}};
  event.to = chat::SlotSet::of(command.from.slot).bits();
  append(key, std::move(pending), !objects_.contains(key));
}

// Who sorts by time shall see the order of the log, in which commands of several workers overtake
// one another by some milliseconds.
chat::TimeMs Owner::time_of(const chat::Command& command) {
  if (command.at > last_at_ || command.at < last_at_ - kSetBackMs) last_at_ = command.at;
  return last_at_;
}

void Owner::append_event(const std::string& key, Entry* existing, const std::string& name,
                         const chat::Command& command, chat::EventBody body) {
  auto pending = std::make_unique<Pending>();
  LogEvent& event = pending->event;
  event.position = journal_->next_position();
  event.event = {command.id,       command.client,  command.from,
                 time_of(command), command.profile, std::move(body)};
  Entry& entry = existing != nullptr ? *existing : objects_[key];
  const bool is_new = existing == nullptr;
  if (is_new) entry.spell(key, name);
  if (is_new && chat::names_room(key)) ++room_count_;
  // A nick is spelt as its holder spells it.
  const bool renames = is_new || std::holds_alternative<chat::Claimed>(event.event.body);
  event.object = renames ? name : entry.name(key);
  remember_holder(key, entry, event.event);

  const chat::SlotSet before = followers_of(entry.object);
  if (const auto* joined = std::get_if<chat::Joined>(&event.event.body)) {
    // A slot without a member so far begins to follow, unless the room itself begins.
    if (!joined->creates && !before.has(joined->place.slot)) {
      event.begins = chat::SlotSet::of(joined->place.slot).bits();
      pending->snapshot = snapshot_of(entry.object, event.object);
    }
    if (entry.its_history() != nullptr) add_past(*pending, entry, command);
  }
  evolve(entry.object, key, event.event);
  if (const auto* room = get_as<chat::Room>(entry.object))
    pending->members = room->members().size();
  const chat::SlotSet after = followers_of(entry.object);
  if (OwnedHistory* history = entry.its_history()) history->kept_by = history->kept_by & after;
  chat::SlotSet to = before | after;
  if (command.id.connection != 0) to.add(command.from.slot);
  event.to = to.among(bus_.slots()).bits();

  remember(key, entry, event);
  const bool removes = !is_alive(entry.object);
  if (removes) {
    if (chat::names_room(key)) --room_count_;
    entry.clear_history(history_budget_);
    objects_.erase(key);
  }
  append(key, std::move(pending), removes);
}

void Owner::add_past(Pending& pending, Entry& entry, const chat::Command& join) {
  const uint64_t lines = std::get<chat::Join>(join.body).replay_lines;
  OwnedHistory& history = entry.history();
  history.unpack(history_lines_, history_budget_);
  if (history.kept_by.has(join.from.slot)) {
    pending.replay_lines = lines;
    return;
  }
  pending.history = history.last(lines, pending.event.position, pending.event.object, join.client);
  if (!pending.history.empty()) history.kept_by.add(join.from.slot);
}

void Owner::remember(const std::string& key, Entry& entry, const LogEvent& event) {
  const auto* room = get_as<chat::Room>(entry.object);
  if (room == nullptr) return;
  const chat::EventBody& body = event.event.body;
  if (const auto* redacted = std::get_if<chat::Redacted>(&body)) {
    entry.history().unpack(history_lines_, history_budget_);
    entry.history().erase(key, redacted->message, history_budget_);
  }
  const auto* said = std::get_if<chat::Said>(&body);
  if (said == nullptr || !is_kept(*said)) return;
  entry.history().unpack(history_lines_, history_budget_);
  entry.history().add(event.position, event.event, room->record_of(event.event.client),
                      history_lines_, history_budget_);
  history_budget_.drop_what_is_over();
}

// Before an event that ends it is applied.
void Owner::remember_holder(const std::string& key, const Entry& entry, const chat::Event& event) {
  const auto* person = get_as<chat::Person>(entry.object);
  if (person == nullptr || person->profile() == nullptr) return;
  const auto* lost = std::get_if<chat::SlotLost>(&event.body);
  const bool ends = std::holds_alternative<chat::Released>(event.body) ||
                    (lost != nullptr && person->place().gone_with(lost->place));
  // A guest's nick is never given again: nobody asks who had it.
  if (ends && !is_guest_nick(person->profile()->nick))
    former_.add(key, {person->profile(), event.at});
}

void Owner::remember_taken(const chat::Event& event) {
  // A command that lost its event is refused after later ones were taken: those count.
  if (event.cause.connection != 0) seen_.take(event.cause, event.from);
}

void Owner::append(const std::string& key, std::unique_ptr<Pending> pending, bool removes) {
  LogEvent& event = pending->event;
  event.position = journal_->next_position();
  remember_taken(event.event);
  const size_t begin = frames_.size();
  append_message(frames_, event);
  pending->frame_bytes = frames_.size() - begin;
  journal_->append(key, std::string_view(frames_).substr(begin),
                   {.removes = removes,
                    .needs_state = keeps_ || event.begins != 0,
                    .keeps_state = !changes_state(event.event)});
  pending_.push_back(std::move(pending));
}

// ---- commit, publish, settle ----

void Owner::commit() {
  journal_->commit();
  publish_some();
  settle();
}

void Owner::on_committed(uint64_t position) {
  committed_ = position;
  spare_refused();
}

void Owner::publish_some() {
  size_t told = 0;
  while (!pending_.empty() && pending_.front()->event.position <= committed_ &&
         told < kToldPerCommit) {
    // Publishing may make this slot's clients send more, which is appended behind.
    const std::unique_ptr<Pending> pending = std::move(pending_.front());
    pending_.pop_front();
    told += 1 + pending->members;
    publish(*pending);
    published_ = pending->event.position;
  }
  if (pending_.empty()) published_ = committed_;
  drop_passed_frames();
}

void Owner::drop_passed_frames() {
  if (frames_passed_ < frames_.size() && frames_passed_ < kPassedFrameBytes) return;
  frames_.erase(0, std::exchange(frames_passed_, 0));
}

void Owner::drop_spare_room() {
  if (frames_.empty() && frames_.capacity() > kKeptFrameBytes) frames_.shrink_to_fit();
}

void Owner::publish(Pending& pending) {
  const LogEvent& event = pending.event;
  const chat::SlotSet begins(event.begins);
  const bool shared = !concerns_sender_alone(event);
  const std::string_view frame =
      std::string_view(frames_).substr(frames_passed_, pending.frame_bytes);
  frames_passed_ += pending.frame_bytes;
  chat::SlotSet(event.to).each([&](Slot slot) {
    if (slot == self_.slot || followers_[slot].absent) return;
    if (begins.has(slot)) {
      for (const Snapshot& part : pending.snapshot) bus_.send(slot, part);
    }
    bus_.send_frames(slot, frame);
    followers_[slot].sent = event.position;
    if (shared) followers_[slot].shared = event.position;
  });
  if (shared) followers_[event.event.from.slot].asked = event.position;
  if (chat::SlotSet(event.to).has(self_.slot)) {
    Follower& self = followers_[self_.slot];
    if (self.awaited) self.sent = self.shared = event.position;
    if (begins.has(self_.slot)) {
      for (Snapshot& part : pending.snapshot) listener_.on_own_snapshot(std::move(part));
    }
    listener_.on_own_event(event);
  }
  tell_past(pending);
}

void Owner::tell_past(Pending& pending) {
  const LogEvent& event = pending.event;
  const Slot slot = event.event.from.slot;
  for (History& history : pending.history) tell(slot, std::move(history));
  if (pending.replay_lines > 0)
    tell(slot, Replay{event.object, event.event.client, pending.replay_lines});
}

void Owner::settle() {
  if (const uint64_t settled = taken_by_all(&Follower::sent); settled > all_settled_) {
    all_settled_ = settled;
    // Should this life end before that is kept, our own clients have not taken it.
    if (!keeps_) journal_->settle(settled);
  }
  if (const uint64_t settled = taken_by_all(&Follower::shared); settled > shared_settled_) {
    shared_settled_ = settled;
    listener_.on_own_settled(settled);
  }
  while (!losing_.empty() && losing_.front().position <= shared_settled_) {
    const chat::Place place = losing_.front().place;
    losing_.pop_front();
    bus_.send_to_all(SlotSettled{place});
    on_slot_settled(self_.slot, place);
  }
}

uint64_t Owner::taken_by_all(uint64_t Follower::*up_to) const {
  uint64_t taken = published_;
  for (Slot slot = 0; slot < followers_.size(); ++slot) {
    const Follower& follower = followers_[slot];
    if (follower.taken < follower.*up_to) taken = std::min(taken, follower.taken);
  }
  return taken;
}

void Owner::on_taken(Slot slot, uint64_t position) {
  Follower& follower = followers_[slot];
  follower.taken = std::max(follower.taken, position);
  if (slot == self_.slot) follower = {};
}

void Owner::on_ended(const std::vector<uint64_t>& connections) {
  for (const uint64_t connection : connections) {
    seen_.forget(connection);
    auto doomed = doomed_.lower_bound({connection, 0, 0});
    while (doomed != doomed_.end() && doomed->connection == connection) {
      journal_->spare(mark_of(*doomed));
      doomed = doomed_.erase(doomed);
    }
  }
}

// ---- questions ----

std::vector<Owner::Objects::const_iterator> Owner::sorted() const {
  std::vector<Objects::const_iterator> all;
  all.reserve(objects_.size());
  for (auto object = objects_.begin(); object != objects_.end(); ++object) all.push_back(object);
  std::sort(all.begin(), all.end(),
            [](auto a, auto b) { return a->first.view() < b->first.view(); });
  return all;
}

std::vector<RoomLine> Owner::rooms() const {
  std::vector<RoomLine> list;
  for (const auto& object : sorted()) {
    const Entry& entry = object->second;
    const auto* room = get_as<chat::Room>(entry.object);
    if (room == nullptr) continue;
    const chat::RoomHead& head = room->head();
    list.push_back({std::string(entry.name(object->first)), room->members().size(),
                    std::string(head.topic), head.created, head.topic_at,
                    (head.flags & chat::secret) != 0});
  }
  return list;
}

Owner::NamedRoom Owner::room(std::string_view name) const {
  const auto entry = objects_.find(chat::fold(name));
  if (entry == objects_.end()) return {};
  return {entry->second.name(entry->first), get_as<chat::Room>(entry->second.object)};
}

std::vector<PastEvent> Owner::history(const AboutHistory& wanted) {
  const std::string key = chat::fold(wanted.room);
  const auto entry = objects_.find(key);
  if (entry == objects_.end() || entry->second.its_history() == nullptr) return {};
  entry->second.history().unpack(history_lines_, history_budget_);
  return entry->second.history().find(wanted);
}

std::vector<FormerLine> Owner::former(std::string_view nick) const {
  return former_.of(chat::fold(nick));
}

chat::ProfilePtr Owner::holder(std::string_view nick) const {
  const auto entry = objects_.find(chat::fold(nick));
  const auto* person =
      entry == objects_.end() ? nullptr : get_as<chat::Person>(entry->second.object);
  return person == nullptr ? nullptr : person->profile();
}

const chat::Server* Owner::server() const {
  const auto entry = objects_.find(chat::kServerObject);
  return entry == objects_.end() ? nullptr : get_as<chat::Server>(entry->second.object);
}

void Owner::tell_server_state(Slot slot) {
  if (owner_of(chat::kServerObject, bus_.slots()) != self_.slot) return;
  std::vector<Snapshot> parts;
  const auto entry = objects_.find(chat::kServerObject);
  if (entry != objects_.end()) parts = snapshot_of(entry->second.object, chat::kServerObject);
  // That there are no bans is worth knowing too.
  if (parts.empty())
    parts.push_back({std::string(chat::kServerObject), true, true, chat::Server::Part{}});
  for (Snapshot& part : parts) {
    if (slot == self_.slot) {
      listener_.on_own_snapshot(std::move(part));
    } else {
      bus_.send(slot, part);
    }
  }
}

}  // namespace banterd::worker
