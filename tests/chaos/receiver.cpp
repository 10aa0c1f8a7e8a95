#include "tests/chaos/receiver.h"

#include <fmt/format.h>

#include <algorithm>

namespace banterd::chaos {

namespace {

constexpr uint32_t kNoEnd = UINT32_MAX;
// Of lost lines that may still come late.
constexpr size_t kMostMissing = 10'000;

}  // namespace

Receiver::Receiver(size_t number, std::vector<RoomIndex> rooms, Truth& truth)
    : number_(number), rooms_(std::move(rooms)), truth_(truth), places_(rooms_.size()) {}

void Receiver::begin(const Voice* own) {
  own_ = own;
  active_ = true;
  heard_.clear();
  missing_.clear();
  for (size_t number = 0; number < truth_.voices.size(); ++number) {
    const Voice& voice = truth_.voices[number];
    heard_.push_back({next_heard(voice, voice.sent, kNoEnd), false});
  }
  for (size_t i = 0; i < rooms_.size(); ++i) places_[i] = {0, truth_.orders[rooms_[i]].size() == 0};
}

void Receiver::take(const SaidLine& line) {
  if (!active_) return;
  if (line.voice >= truth_.voices.size())
    return truth_.tally.fault(
        truth_.tally.misplaced,
        fmt::format("client {}: a voice that there is not: {}", number_, line.voice));
  const Voice& voice = truth_.voices[line.voice];
  if (!in_its_place(voice, line)) {
    return fault(truth_.tally.misplaced, voice, heard(voice.number).next,
                 fmt::format("{} from {} in room \"{}\" with {} bytes", line.sequence, line.nick,
                             line.room, line.bytes));
  }
  ++truth_.tally.delivered;
  take_sequence(voice, line.sequence);
  // One who speaks does not see his own lines between those of others.
  if (own_ == nullptr) take_order(voice.room_of(line.sequence), {voice.number, line.sequence});
}

bool Receiver::in_its_place(const Voice& voice, const SaidLine& line) const {
  if (&voice == own_ || line.nick != voice.nick || line.bytes != voice.bytes) return false;
  const RoomIndex room = voice.room_of(line.sequence);
  if (!is_in(room)) return false;
  if (!line.room.empty()) return line.room == truth_.room_names[room];
  return own_ != nullptr || room == rooms_.back();
}

// ---- the order of one person ----

Receiver::Heard& Receiver::heard(VoiceNumber voice) {
  while (heard_.size() <= voice)
    heard_.push_back({next_heard(truth_.voices[heard_.size()], 0, kNoEnd), true});
  return heard_[voice];
}

uint32_t Receiver::next_heard(const Voice& voice, uint32_t sequence, uint32_t end) const {
  for (size_t turn = 0; turn < voice.rooms.size() && sequence < end; ++turn, ++sequence) {
    if (is_in(voice.room_of(sequence))) return sequence;
  }
  return end;
}

size_t Receiver::index_of(RoomIndex room) const {
  return static_cast<size_t>(std::ranges::find(rooms_, room) - rooms_.begin());
}

void Receiver::take_sequence(const Voice& voice, uint32_t sequence) {
  Heard& so_far = heard(voice.number);
  if (sequence > so_far.next) {
    lose(voice, so_far.next, sequence, std::to_string(sequence));
  } else if (sequence < so_far.next && so_far.exact) {
    return take_late(voice, sequence);
  }
  so_far = {next_heard(voice, sequence + 1, kNoEnd), true};
}

void Receiver::take_late(const Voice& voice, uint32_t sequence) {
  const auto missed = std::ranges::find(missing_, std::pair(voice.number, sequence));
  const uint32_t expected = heard(voice.number).next;
  if (missed == missing_.end())
    return fault(truth_.tally.doubled, voice, expected, std::to_string(sequence));
  missing_.erase(missed);
  --truth_.tally.lost;
  fault(truth_.tally.reordered, voice, expected, std::to_string(sequence));
}

void Receiver::lose(const Voice& voice, uint32_t begin, uint32_t end, const std::string& got) {
  uint64_t count = 0;
  for (uint32_t at = next_heard(voice, begin, end); at < end; at = next_heard(voice, at + 1, end)) {
    ++count;
    if (missing_.size() < kMostMissing) missing_.emplace_back(voice.number, at);
  }
  if (count > 0) fault(truth_.tally.lost, voice, begin, got, count);
}

void Receiver::fault(uint64_t& counter, const Voice& voice, uint32_t expected,
                     const std::string& got, uint64_t count) {
  const char* kind = &counter == &truth_.tally.lost        ? "lost"
                     : &counter == &truth_.tally.doubled   ? "doubled"
                     : &counter == &truth_.tally.reordered ? "reordered"
                     : &counter == &truth_.tally.disagreed ? "another order"
                                                           : "misplaced";
  truth_.tally.fault(counter,
                     fmt::format("client {}: {}: of sender {} expected {}, got {}", number_, kind,
                                 voice.nick, expected, got),
                     count);
}

// ---- the order of a room ----

void Receiver::take_order(RoomIndex room, RoomOrder::Line line) {
  RoomOrder& order = truth_.orders[room];
  Place& place = places_[index_of(room)];
  if (!place.known) {
    // He came while others were talking: his place is where they have what he hears first.
    const auto at = order.find_recent(line);
    if (at) place = {*at + 1, true};
    return;
  }
  if (place.next == order.size()) order.append(line);
  const RoomOrder::Line& expected = order[place.next++];
  if (expected == line) return;
  place.known = false;
  fault(
      truth_.tally.disagreed, truth_.voices[line.voice], line.sequence,
      fmt::format("it at place {} of {}, where others have line {} of {}", place.next - 1,
                  truth_.room_names[room], expected.sequence, truth_.voices[expected.voice].nick));
}

void Receiver::end() {
  if (!active_) return;
  for (size_t number = 0; number < truth_.voices.size(); ++number) {
    const Voice& voice = truth_.voices[number];
    if (&voice == own_) continue;
    lose(voice, heard(voice.number).next, voice.owed(), "the end");
  }
  active_ = false;
  if (own_ != nullptr) return;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    const RoomOrder& order = truth_.orders[rooms_[i]];
    if (!places_[i].known || places_[i].next == order.size()) continue;
    const RoomOrder::Line& next = order[places_[i].next];
    if (truth_.voices[next.voice].alive) continue;  // it has been counted as lost
    fault(truth_.tally.disagreed, truth_.voices[next.voice], next.sequence,
          "nothing, while others have it");
  }
}

}  // namespace banterd::chaos
