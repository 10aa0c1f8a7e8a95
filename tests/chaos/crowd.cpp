#include "tests/chaos/crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace banterd::chaos {

namespace {

// Many at once, since what everybody in a room is told of many who come is cheaper than of each;
// but not so many that the backlog overflows, after which connects take seconds.
constexpr size_t kMostEntering = 512;
constexpr size_t kRoomsOfSender = 8;
constexpr size_t kHalfLiners = 10;
// A connection that was on its way to a worker when it was killed.
constexpr std::chrono::seconds kDeathsGoOn{5};

// Different senders begin in different rooms.
std::vector<RoomIndex> rooms_of_sender(size_t sender, size_t rooms) {
  const size_t count = std::min(rooms, kRoomsOfSender);
  const size_t first = rooms <= kRoomsOfSender ? sender : sender * count;
  std::vector<RoomIndex> chosen;
  for (size_t i = 0; i < count; ++i) chosen.push_back(static_cast<RoomIndex>((first + i) % rooms));
  return chosen;
}

// What he has not got yet; empty if nothing.
std::string_view name_of(const Client& client) {
  switch (client.state()) {
    case Client::State::absent:
      return "absent";
    case Client::State::connecting:
      return "connecting";
    case Client::State::entering:
      return "entering";
    case Client::State::present:
      return client.fence_answered() ? "" : "without an answer";
  }
  return "";
}

}  // namespace

Crowd::Crowd(const Options& options, ClientWorld& world) : keeps_(options.keep), world_(world) {
  const auto full_room = static_cast<RoomIndex>(options.rooms);
  for (size_t i = 0; i < options.senders; ++i)
    add(Role::speaker, rooms_of_sender(i, options.rooms));
  for (size_t i = 0; options.half_lines && i < kHalfLiners; ++i)
    add(Role::half_liner, {static_cast<RoomIndex>(i % options.rooms)});
  if (options.full_queues > 0) add(Role::filler, {full_room});
  for (size_t i = 0; i < options.full_queues; ++i) add(Role::full, {full_room, 0});
  add_readers(options);
}

void Crowd::add_readers(const Options& options) {
  const size_t senders = std::max<size_t>(options.senders, 1);
  for (size_t i = 0; i < options.clients; ++i) {
    if (i < options.both) {
      add(Role::reader, rooms_of_sender(i % senders, options.rooms));
    } else {
      add(Role::reader, {static_cast<RoomIndex>(i % options.rooms)});
    }
  }
}

void Crowd::add(Role role, std::vector<RoomIndex> rooms) {
  clients_.push_back(
      std::make_unique<Client>(clients_.size(), role, std::move(rooms), world_, *this));
  outside_.push_back(clients_.back().get());
}

std::vector<Client*> Crowd::of(Role role) const {
  std::vector<Client*> found;
  for (const auto& client : clients_) {
    if (client->role() == role) found.push_back(client.get());
  }
  return found;
}

// ---- coming and going ----

base::Result<void> Crowd::let_in() {
  while (entering_ < kMostEntering && !outside_.empty() && !ending_) {
    Client* const client = outside_.front();
    outside_.pop_front();
    if (auto connected = client->connect(); !connected) return connected.error();
    ++entering_;
  }
  return {};
}

void Crowd::on_present(Client&) {
  --entering_;
  ++present_;
}

void Crowd::on_ended(Client& client, Client::State before, const std::string& why) {
  --(before == Client::State::present ? present_ : entering_);
  outside_.push_back(&client);
  if (ending_) return;
  Tally& tally = world_.truth.tally;
  if (keeps_ && before == Client::State::present && kept_may_close()) {
    ++tally.ended_with_worker;
  } else if (is_fault(client, before)) {
    tally.fault(tally.closed, fmt::format("client {}: closed: {}", client.number(), why));
  } else {
    ++tally.ended_with_worker;
  }
}

bool Crowd::is_fault(const Client& client, Client::State before) const {
  if (client.doomed()) return false;
  return before == Client::State::present || Clock::now() - last_death_ > kDeathsGoOn;
}

// One in a hundred, of those whose output or input was cut at a bad moment.
bool Crowd::kept_may_close() const {
  constexpr size_t kOneIn = 100;
  return (world_.truth.tally.ended_with_worker + 1) * kOneIn <= clients_.size();
}

void Crowd::expect_deaths(const std::set<LocalEnd>& connections) {
  last_death_ = Clock::now();
  for (const auto& client : clients_) {
    if (client->state() == Client::State::absent || !connections.contains(client->local_end()))
      continue;
    client->doom();
    // One who does not read would not notice before the end.
    if (client->role() == Role::full && client->present()) client->drop("with its worker");
  }
}

// ---- what they see ----

void Crowd::take_worst_latencies(Samples* samples) {
  for (const auto& client : clients_) {
    const uint32_t worst = client->take_worst_latency();
    if (worst > 0 && samples != nullptr) samples->add(worst);
  }
}

void Crowd::ask_fences() {
  for (const auto& client : clients_) {
    if (client->present() && client->reads()) client->ask_fence();
  }
}

bool Crowd::fences_answered() const {
  return std::ranges::all_of(
      clients_, [](const auto& client) { return !client->present() || client->fence_answered(); });
}

std::string Crowd::who_is_waited_for() const {
  struct Group {
    size_t count = 0;
    const Client* first = nullptr;
  };
  std::map<std::string_view, Group> groups;
  for (const auto& client : clients_) {
    const std::string_view name = name_of(*client);
    if (name.empty()) continue;
    Group& group = groups[name];
    if (group.count++ == 0) group.first = client.get();
  }
  std::string words;
  for (const auto& [name, group] : groups) {
    const LocalEnd end = group.first->local_end();
    words += fmt::format("{}{} {} (client {} at 127.0.1.{}:{})", words.empty() ? "" : ", ",
                         group.count, name, group.first->number(), end.address & 0xff, end.port);
  }
  return words.empty() ? "nobody" : words;
}

void Crowd::check_end() {
  for (const auto& client : clients_) client->receiver().end();
}

}  // namespace banterd::chaos
