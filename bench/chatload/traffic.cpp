#include "bench/chatload/traffic.h"

#include <algorithm>
#include <iostream>
#include <map>

namespace banterd::bench {

namespace {

constexpr auto kLongestProbing = std::chrono::minutes(1);
constexpr auto kProbeEvery = std::chrono::seconds(2);

size_t count_rooms(const std::vector<Seat>& seats) {
  uint32_t last = 0;
  for (const Seat& seat : seats) last = std::max(last, seat.room);
  return size_t{last} + 1;
}

}  // namespace

Traffic::Traffic(const Options& options, const std::vector<Seat>& seats)
    : options_(options),
      rooms_(count_rooms(seats)),
      members_(seats.size()),
      crowd_(options, static_cast<uint32_t>(seats.size()), *this) {
  for (uint32_t connection = 0; connection < seats.size(); ++connection) {
    seat(connection, seats[connection]);
  }
  for (Connection& connection : crowd_.connections()) {
    connection.receipts = Receipts(rooms_[connection.person.room].senders);
  }
}

void Traffic::seat(uint32_t connection, const Seat& seat) {
  Room& room = rooms_[seat.room];
  Person& person = crowd_[connection].person;
  person.room = seat.room;
  if (seat.sender) {
    if (senders_.size() <= *seat.sender) senders_.resize(*seat.sender + 1);
    senders_[*seat.sender].connection = connection;
    senders_[*seat.sender].room = seat.room;
    room.first_sender =
        room.senders == 0 ? *seat.sender : std::min(room.first_sender, *seat.sender);
    ++room.senders;
    person.subscribes = options_.senders_subscribe;
  }
  members_[connection] = {seat.sender, person.subscribes};
  if (person.subscribes) ++room.receivers;
}

uint32_t Traffic::place_in_room(const Sender& sender) const {
  return static_cast<uint32_t>(&sender - senders_.data()) - rooms_[sender.room].first_sender;
}

bool Traffic::set_up() {
  if (!crowd_.open_all()) return false;
  crowd_.run_for(seconds(options_.settle_seconds));
  for (Room& room : rooms_) {
    if (probe(room)) continue;
    std::cerr << "chatload: no message reached everybody\n";
    return false;
  }
  return true;
}

// Being ready does not mean that nobody misses what is said from now on: only a message that all
// have got does.
bool Traffic::probe(Room& room) {
  Sender& sender = senders_[room.first_sender];
  const auto end = Clock::now() + kLongestProbing;
  while (Clock::now() < end && connection_of(sender).is_ready()) {
    sender.window.abandon();
    say(sender, Clock::now());
    connection_of(sender).flush();
    crowd_.run_until([&] { return sender.window.empty(); }, kProbeEvery);
    if (sender.window.empty()) return true;
  }
  return false;
}

void Traffic::resize_windows(uint32_t most) {
  for (Sender& sender : senders_) sender.window.resize(most);
}

void Traffic::begin() {
  tally_ = {};
  for (Latencies& latencies : latencies_) latencies.clear();
  crowd_.reset_counts();
  for (Sender& sender : senders_) {
    sender.window.abandon();
    sender.first = sender.window.next();
  }
  for (Connection& connection : crowd_.connections()) {
    connection.receipts.begin();
    const Room& room = rooms_[connection.person.room];
    for (uint32_t place = 0; place < room.senders; ++place) {
      connection.receipts.expect(place, senders_[room.first_sender + place].first);
    }
  }
  last_delivery_ = Clock::now();
}

void Traffic::say(Sender& sender, Clock::time_point due) {
  const bool hears_itself = options_.echo || !members_[sender.connection].counts;
  const uint32_t receivers = rooms_[sender.room].receivers - (hears_itself ? 0 : 1);
  const auto number = static_cast<uint32_t>(&sender - senders_.data());
  const Marker marker{number, sender.window.open(receivers),
                      static_cast<uint64_t>(std::chrono::nanoseconds(due - start_).count())};
  connection_of(sender).say(message_text(marker, options_.bytes));
  ++tally_.sent;
}

void Traffic::pause(uint32_t connection) {
  members_[connection].counts = false;
  --rooms_[crowd_[connection].person.room].receivers;
  crowd_[connection].pause();
}

Traffic::Sender* Traffic::expected_sender(const Connection& connection, const Marker& marker) {
  if (marker.sender >= senders_.size() ||
      marker.sequence >= senders_[marker.sender].window.next()) {
    ++tally_.unknown;
    return nullptr;
  }
  Sender& sender = senders_[marker.sender];
  if (sender.room != connection.person.room) {
    ++tally_.astray;
  } else if (!hears(connection.person.number, sender)) {
    ++tally_.echoed;
  } else if (marker.sequence < sender.first) {
    ++tally_.of_before;
  } else {
    return &sender;
  }
  return nullptr;
}

// False if it had come before.
bool Traffic::note_receipt(Connection& connection, const Sender& sender, const Marker& marker) {
  switch (connection.receipts.take(place_in_room(sender), marker.sequence)) {
    case Receipts::Verdict::twice:
      ++tally_.twice;
      return false;
    case Receipts::Verdict::late:
      ++tally_.late;
      break;
    case Receipts::Verdict::in_order:
      break;
  }
  connection.receipts.note_order(marker.sender, marker.sequence);
  return true;
}

void Traffic::on_message(Connection& connection, const Marker& marker, Clock::time_point when) {
  Sender* const sender = expected_sender(connection, marker);
  if (!sender || !note_receipt(connection, *sender, marker)) return;
  if (!members_[connection.person.number].counts) return;
  ++tally_.delivered;
  const auto due = start_ + std::chrono::nanoseconds(marker.sent_after_ns);
  latencies_[connection.person.number % 2].add(when - due);
  last_delivery_ = when;
  sender->window.deliver(marker.sequence);
}

void Traffic::on_closed(Connection& connection, bool was_ready, std::string_view why) {
  if (!was_ready) return;
  if (tally_.dropped++ == 0) {
    std::cerr << "chatload: connection " << connection.person.number << " dropped: " << why << '\n';
  }
  if (!members_[connection.person.number].counts) return;
  Room& room = rooms_[connection.person.room];
  --room.receivers;
  for (uint32_t place = 0; place < room.senders; ++place) {
    Sender& sender = senders_[room.first_sender + place];
    if (!hears(connection.person.number, sender)) continue;
    tally_.undelivered += sender.window.forgive(connection.receipts.next(place));
  }
}

bool Traffic::all_delivered() const {
  return std::all_of(senders_.begin(), senders_.end(),
                     [](const Sender& sender) { return sender.window.empty(); });
}

uint64_t Traffic::lost() const {
  uint64_t count = 0;
  for (const Connection& connection : crowd_.connections()) {
    if (!connection.is_ready() || !members_[connection.person.number].counts) continue;
    const Room& room = rooms_[connection.person.room];
    for (uint32_t place = 0; place < room.senders; ++place) {
      const Sender& sender = senders_[room.first_sender + place];
      if (!hears(connection.person.number, sender)) continue;
      count += connection.receipts.missing(place, sender.window.next());
    }
  }
  return count;
}

SameOrder Traffic::same_order() const {
  std::map<uint64_t, uint64_t> receivers_by_order;
  SameOrder result;
  if (rooms_.size() != 1) return result;
  for (const Connection& connection : crowd_.connections()) {
    const Member& member = members_[connection.person.number];
    const bool hears_all = !member.sender || options_.echo;
    if (!connection.is_ready() || !member.counts || !hears_all) continue;
    ++result.receivers;
    result.same = std::max(result.same, ++receivers_by_order[connection.receipts.order()]);
  }
  return result;
}

}  // namespace banterd::bench
