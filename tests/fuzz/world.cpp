#include "tests/fuzz/world.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "chat/types.h"
#include "ipc/journal.h"
#include "tests/fuzz/require.h"
#include "worker/limits.h"

namespace banterd::fuzz {

namespace {

using worker::AskOwner;

// Far more than any one line of a client can bring him in a world of so few, and than is kept of
// it.
constexpr size_t kMaxAnswerBytes = 1024 * 1024;
constexpr size_t kMaxInputBytes = 17 * 1024;  // a frame of a whole message
constexpr size_t kMaxSavedBytes = 1024 * 1024;
constexpr size_t kJournalBytes = 64 * 1024;

conf::Config config_of(const WorldSettings& settings) {
  conf::Config config = conf::defaults();
  config.operators = {{"oper", "$argon2id$"}};
  config.operator_commands = {true, true};
  config.rooms.history_lines = 50;
  if (settings.password) config.server.password = "secret";
  if (settings.small_limits) {
    config.limits.rooms_per_client = 3;
    config.limits.list_entries = 2;
    config.limits.monitor_entries = 2;
    config.limits.nick_bytes = 9;
    config.rooms.history_lines = 3;
    config.rooms.replay_lines = 2;
  }
  return config;
}

bool has_refused(const worker::LogEvent& event) {
  return std::holds_alternative<chat::Refused>(event.event.body);
}

}  // namespace

// ---- a client ----

Visitor::Visitor(World& world, const conf::Listener& listener, uint64_t connection)
    : world_(world),
      listener_(listener),
      connection_(connection),
      reader_(make_reader(listener.protocol)) {
  chat::Profile guest;
  guest.client = chat::ClientId{connection};
  guest.nick = worker::guest_nick(connection);
  guest.user = "guest";
  guest.host = "host" + std::to_string(connection) + ".example";
  profile_ = chat::make_profile(guest);
  protocol_ = worker::make_protocol(listener, *this);
  require(protocol_ != nullptr);
  protocol_->on_open();
}

void Visitor::type(std::string_view bytes) {
  if (leaving_ != Leaving::no || input_ended_) return;
  silence_ = {};
  input_ += bytes;
  proceed();
}

void Visitor::hang_up() {
  input_ended_ = true;
  proceed();
}

void Visitor::be_silent() {
  if (!wake_ || leaving_ != Leaving::no) return;
  silence_ += *wake_;
  world_.pass(*wake_);
  wake_.reset();
  protocol_->on_wake();
  proceed();
}

void Visitor::move() {
  if (!idle() || leaving_ != Leaving::no) return;
  const std::string saved = protocol_->save();
  auto moved = worker::make_protocol(listener_, *this);
  require(moved->restore(saved));
  if (auto next = moved->next()) moved = std::move(next);
  require(moved->save() == saved);
  require(&moved->encoder() == &protocol_->encoder() && moved->echoes() == protocol_->echoes());
  protocol_ = std::move(moved);
  proceed();
}

bool Visitor::proceed() {
  bool moved = false;
  while (leaving_ != Leaving::gone) {
    requests_.insert(requests_.begin(), std::make_move_iterator(fresh_.begin()),
                     std::make_move_iterator(fresh_.end()));
    fresh_.clear();
    if (leaving_ == Leaving::wanted) {
      settle();
      quit();
    } else if (!requests_.empty()) {
      meet_first();
    } else if (protocol_->is_answering()) {
      settle();
      // What came of it may have made him ask for more, or leave.
      if (requests_.empty() && fresh_.empty() && leaving_ == Leaving::no) protocol_->on_all_done();
    } else if (!take_input()) {
      break;
    }
    moved = true;
  }
  return moved;
}

void Visitor::follow_protocol() {
  if (auto next = protocol_->next()) protocol_ = std::move(next);
}

bool Visitor::take_input() {
  // Nothing is waited for but what talk has asked: its answers have no label.
  reader_->on_answered();
  taking_ = true;
  const worker::Protocol::Taken taken = protocol_->take(input_, input_ended_);
  taking_ = false;
  require(taken.bytes <= input_.size());
  follow_protocol();
  if (taken.bytes == 0) {
    require(input_.size() <= kMaxInputBytes);
    if (input_ended_) leave("");
    return input_ended_;
  }
  reader_->on_taken(std::string_view(input_).substr(0, taken.bytes));
  for (const std::string& bytes : std::exchange(answered_at_once_, {})) reader_->take(bytes);
  input_.erase(0, taken.bytes);
  sent_for_line_ = 0;
  if (taken.counts) world_.pass(std::chrono::milliseconds(1));
  return true;
}

void Visitor::meet_first() {
  if (const auto* ask = std::get_if<AskOwner>(&requests_.front())) {
    if (world_.is_absent(ask->object)) settle();
  } else {
    settle();
  }
  if (leaving_ != Leaving::no) return;
  const worker::Request request = std::move(requests_.front());
  requests_.pop_front();
  std::visit([this](const auto& one) { meet(one); }, request);
}

void Visitor::meet(const AskOwner& ask) {
  if (world_.is_absent(ask.object)) {
    protocol_->on_refused(ask.object, ask.body, chat::Refusal::unavailable);
  } else {
    submit(ask, profile_);
  }
}

void Visitor::meet(const worker::Enter& enter) {
  if (const auto* ban = world_.hub().server().ban_for(enter.profile.mask(), now()))
    return on_banned(*ban);
  begin_plan(chat::make_profile(enter.profile));
  do_step({std::string(enter.profile.nick.str()), chat::Claim{}, true});
  if (plan_ != nullptr && !enter.room.empty())
    do_step({enter.room, worker::join_of(config(), enter.room), true});
  plan_.reset();
}

void Visitor::meet(const worker::ChangeProfile& change) {
  auto newer = chat::make_profile(*profile_);
  change.change(*newer);
  ++newer->version;
  const chat::Nick before = profile_->nick;
  const bool moves = newer->nick.key() != before.key();
  begin_plan(newer);
  if (newer->nick == before) {
    do_step({std::string(before.str()), chat::Renew{}, true});
  } else {
    do_step({std::string(newer->nick.str()), chat::Claim{}, true});
    if (plan_ == nullptr) return;  // refused
    if (moves) do_step({std::string(before.str()), chat::Depart{}, false});
  }
  for (const std::string& room : rooms()) do_step({room, chat::Renew{}, true});
  if (moves) do_step({std::string(before.str()), chat::Release{}, false});
  plan_.reset();
  if (moves) world_.hub().clear_nick(before.key(), *this);
  on_own_renewed(newer);
}

void Visitor::meet(const worker::Ask& ask) {
  worker::Findings found = world_.find(ask.question);
  ask.then(std::move(found), !world_.settings().incomplete);
}

void Visitor::meet(const worker::CheckPassword& check) {
  check.then(world_.settings().right ? worker::PasswordIs::right : worker::PasswordIs::wrong);
}

void Visitor::leave(std::string_view reason) {
  if (leaving_ != Leaving::no) return;
  leaving_ = Leaving::wanted;
  reason_ = reason;
  requests_.clear();
  fresh_.clear();
}

void Visitor::quit() {
  if (has_nick_) {
    begin_plan(profile_);
    do_step({std::string(profile_->nick.str()), chat::Depart{}, false});
    for (const std::string& room : rooms()) do_step({room, chat::Quit{reason_}, false});
    for (const auto& [key, nick] : std::map(watched_)) do_step({nick, chat::Unwatch{}, false});
    do_step({std::string(profile_->nick.str()), chat::Release{}, false});
    world_.hub().clear_nick(profile_->nick.key(), *this);
    world_.hub().remove(*this);
  }
  send(protocol_->goodbye(reason_, false));
  leaving_ = Leaving::gone;
}

// ---- commands ----

void Visitor::submit(AskOwner ask, const chat::ProfilePtr& profile) {
  chat::Command command{
      {connection_, ++line_, 0}, client_id(), World::kPlace, now(), std::nullopt, ask.body};
  if (ask.with_profile) command.profile = profile;
  asked_.push_back({ask.object, command});
  world_.owner().take(ask.object, command);
}

void Visitor::do_step(AskOwner ask) {
  submit(std::move(ask), plan_);
  settle();
}

void Visitor::settle() {
  world_.commit();
  require(asked_.empty());
}

void Visitor::on_event(const worker::LogEvent& event) {
  require(!asked_.empty() && asked_.front().command.id == event.event.cause);
  const Asked asked = std::move(asked_.front());
  asked_.pop_front();
  if (has_refused(event)) return on_refused(asked, std::get<chat::Refused>(event.event.body).why);
  if (std::holds_alternative<chat::Claimed>(event.event.body)) {
    require(plan_ != nullptr);
    world_.hub().set_nick(plan_->nick.key(), *this);
    if (!std::exchange(has_nick_, true)) {
      profile_ = plan_;
      world_.hub().add(*this);
      protocol_->on_entered();
    }
  } else if (std::holds_alternative<chat::Watching>(event.event.body)) {
    watched_[chat::fold(asked.object)] = asked.object;
  } else if (std::holds_alternative<chat::Unwatched>(event.event.body)) {
    watched_.erase(chat::fold(asked.object));
  }
  if (plan_ == nullptr) protocol_->on_answered(asked.object, asked.command.body, event.event);
}

void Visitor::on_refused(const Asked& asked, chat::Refusal why) {
  const bool claim = std::holds_alternative<chat::Claim>(asked.command.body);
  if (claim) plan_.reset();
  if (plan_ == nullptr) protocol_->on_refused(asked.object, asked.command.body, why);
}

void Visitor::on_own_renewed(const chat::ProfilePtr& newer) {
  if (newer->version <= profile_->version) return;
  const chat::ProfilePtr before = std::exchange(profile_, newer);
  protocol_->on_renewed(*before);
}

void Visitor::on_killed(const worker::Delivery& delivery) {
  protocol_->on_killed(delivery);
  leave("Killed: " + std::get<chat::Killed>(delivery.event.body).reason);
}

void Visitor::on_banned(const chat::ServerBan& ban) { leave("Banned: " + ban.reason); }

bool Visitor::is_matched_by(std::string_view mask) const {
  return chat::matches(mask, profile_->mask());
}

// ---- what he is told ----

void Visitor::send(std::string_view bytes) {
  world_.hub().catch_up(*this);
  read(bytes);
}

void Visitor::read(std::string_view bytes) {
  if (bytes.empty()) return;
  require(leaving_ != Leaving::gone);
  sent_ += bytes;
  sent_for_line_ += bytes.size();
  require(sent_for_line_ <= kMaxAnswerBytes);
  if (taking_) {
    answered_at_once_.emplace_back(bytes);
  } else {
    reader_->take(bytes);
  }
}

void Visitor::deliver(const worker::SharedBytesPtr& buffer, size_t begin, size_t end) {
  read(std::string_view(buffer->bytes).substr(begin, end - begin));
}

void Visitor::check() const {
  if (leaving_ == Leaving::gone) return;
  require(idle());
  Reader::Rooms expected;
  for (const worker::Membership& membership : memberships_) {
    std::set<std::string>& members = expected[chat::fold(membership.replica->name)];
    for (const chat::Member& member : membership.replica->room.members())
      members.insert(member.profile->nick.key());
  }
  reader_->check_rooms(expected);
  require(protocol_->save().size() <= kMaxSavedBytes);
}

void Visitor::read_last_words() {
  if (leaving_ == Leaving::gone) return;
  reader_->on_answered();
  for (const std::string& words :
       {protocol_->farewell("Server is shutting down"), protocol_->cut_off("you do not read"),
        protocol_->goodbye("bye", true)}) {
    if (!words.empty()) reader_->take(words);
  }
}

// ---- what he may ask of his session ----

const conf::Config& Visitor::config() const { return world_.config(); }
const worker::ServerInfo& Visitor::server() const { return world_.info(); }
std::vector<worker::Numbers> Visitor::known_numbers() const { return {world_.numbers()}; }
chat::TimeMs Visitor::now() const { return world_.now(); }
const chat::Server& Visitor::server_state() const { return world_.hub().server(); }

worker::RoomView Visitor::room(std::string_view name) const {
  const worker::Replica* replica = world_.hub().find(name);
  if (replica == nullptr || !world_.hub().is_member(*this, *replica)) return {};
  return {replica->name, &replica->room};
}

std::vector<std::string> Visitor::rooms() const {
  std::vector<std::string> names;
  for (const worker::Membership& membership : memberships_)
    names.push_back(membership.replica->name);
  return names;
}

std::optional<chat::ProfilePtr> Visitor::holder_of(std::string_view nick) const {
  return world_.hub().holder_of(nick);
}

void Visitor::reshape(std::string_view room) { world_.hub().reshape(*this, room); }

worker::PersonLine Visitor::person_line() const {
  worker::PersonLine line{profile_, {}, std::string(address()), 1'700'000'000'000, 7};
  for (const worker::Membership& membership : memberships_) {
    const chat::Room& room = membership.replica->room;
    line.rooms.push_back({membership.replica->name, room.member(client_id())->prefixes,
                          (room.head().flags & chat::secret) != 0});
  }
  return line;
}

// ---- the world ----

World::World(WorldSettings settings)
    : settings_(std::move(settings)),
      config_(config_of(settings_)),
      hub_(kPlace, config_.rooms.replay_lines) {
  hub_.set_clients(*this);
  auto memory = ipc::Journal::create_memory("fuzz");
  require(memory.has_value());
  auto journal = ipc::Journal::open(*std::move(memory), kJournalBytes);
  require(journal.has_value());
  owner_.emplace(bus_, kPlace, *std::move(journal), config_.rooms.history_lines, *this);
  owner_->restore();
  for (const conf::Listener& listener : settings_.listeners)
    visitors_.emplace_back(*this, listener, visitors_.size() + 1);
}

worker::Audience* World::local(chat::ClientId client) const {
  const auto number = static_cast<uint64_t>(client);
  return number == 0 || number > visitors_.size() ? nullptr : &visitors_[number - 1];
}

void World::on_own_event(const worker::LogEvent& event) {
  // The sender learns of the decision before anyone is told of the event.
  const uint64_t connection = event.event.cause.connection;
  if (connection != 0) visitors_[connection - 1].on_event(event);
  hub_.apply(event);
}

void World::commit() {
  owner_->commit();
  hub_.end_iteration();
}

void World::turn() {
  for (bool moved = true; moved;) {
    commit();
    moved = false;
    for (Visitor& visitor : visitors_) moved = visitor.proceed() || moved;
  }
}

bool World::is_absent(std::string_view object) const {
  return settings_.absent && chat::fold(object).back() % 2 == 0;
}

worker::Findings World::find(const worker::Question& question) {
  worker::Findings found;
  std::visit([&](const auto& one) { answer(one, found); }, question);
  return found;
}

void World::answer(const worker::AboutRooms&, worker::Findings& found) {
  found.rooms = owner_->rooms();
}

void World::answer(const worker::AboutRoom& question, worker::Findings& found) {
  const worker::Owner::NamedRoom named = owner_->room(question.room);
  if (named.room == nullptr) return;
  found.name = named.name;
  found.head = named.room->head();
  if (question.members) {
    for (const chat::Member& member : named.room->members()) found.members.push_back(member);
  }
  if (!question.list.empty()) found.entries = named.room->entries(question.list[0]);
}

void World::answer(const worker::AboutPeople& question, worker::Findings& found) {
  for (const Visitor& visitor : visitors_) {
    const auto& nicks = question.nicks;
    const std::string key = visitor.profile().nick.key();
    const bool asked_for =
        nicks.empty()
            ? chat::matches(question.mask, visitor.profile().mask())
            : std::ranges::any_of(nicks, [&](const auto& nick) { return chat::fold(nick) == key; });
    if (visitor.here() && asked_for) found.people.push_back(visitor.person_line());
  }
}

worker::Numbers World::numbers() const {
  return {.slot = 0, .visible = 2, .rooms = owner_->room_count(), .most = 3};
}

void World::answer(const worker::AboutNumbers&, worker::Findings& found) {
  found.numbers.push_back(numbers());
}

void World::answer(const worker::AboutFormer& question, worker::Findings& found) {
  found.former = owner_->former(question.nick);
}

void World::answer(const worker::AboutHistory& question, worker::Findings& found) {
  found.past = owner_->history(question);
}

}  // namespace banterd::fuzz
