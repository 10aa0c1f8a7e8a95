#include "worker/client.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "worker/limits.h"

namespace banterd::worker {

namespace {

chat::TimeMs wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

chat::ProfilePtr new_profile(uint64_t connection, std::string host) {
  auto profile = std::make_shared<chat::Profile>();
  profile->client = chat::ClientId{connection};
  profile->nick = guest_nick(connection);
  profile->user = "guest";
  profile->host = std::move(host);
  return profile;
}

}  // namespace

Client::Client(ClientHost& host, uint64_t connection, const conf::Listener& listener,
               std::string host_name)
    : host_(host),
      connection_id_(connection),
      listener_(listener),
      profile_(new_profile(connection, std::move(host_name))),
      protocol_(make_protocol(listener, *this)),
      bucket_(host.config().limits.messages_per_second, host.config().limits.message_burst,
              host.now_ms()) {}

Client::~Client() { host_.deadlines().cancel(flood_delay_); }

base::Result<void> Client::open(ConnectionContext& context, base::UniqueFd socket) {
  if (protocol_ == nullptr)
    return base::Error{base::Errc::invalid, "the listener's protocol is not built"};
  auto connection =
      Connection::create(context, *this, std::move(socket), host_.config().limits.ping_timeout);
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  protocol_->on_open();
  if (protocol_->chats()) enter();
  return {};
}

// ---- plans ----

void Client::enter() {
  host_.hub().add(*this);
  Plan plan{Purpose::enter, {}, profile_};
  plan.phases.push_back({AskOwner{profile_->nick.str(), chat::Claim{}, true}});
  chat::Join join = join_of(host_.config(), host_.config().rooms.default_room);
  plan.phases.push_back({AskOwner{host_.config().rooms.default_room, join, true}});
  begin(std::move(plan));
}

void Client::change_nick(const chat::Nick& nick) {
  if (nick == profile_->nick) return;
  auto renewed = std::make_shared<chat::Profile>(*profile_);
  renewed->nick = nick;
  ++renewed->version;
  Plan plan{Purpose::change_nick, {}, renewed};
  const std::string before = profile_->nick.str();
  const bool same_object = nick.key() == profile_->nick.key();  // only its spelling changes
  plan.phases.push_back({AskOwner{nick.str(), chat::Claim{}, true}});
  if (!same_object) plan.phases.push_back({AskOwner{before, chat::Depart{}, false}});
  std::vector<AskOwner> everywhere;
  for (const std::string& room : rooms()) everywhere.push_back({room, chat::Renew{}, true});
  if (!everywhere.empty()) plan.phases.push_back(std::move(everywhere));
  if (!same_object) plan.phases.push_back({AskOwner{before, chat::Release{}, false}});
  begin(std::move(plan));
}

void Client::leave(std::string_view reason) {
  if (leaving_ != Leaving::no) return;
  leaving_ = Leaving::wanted;
  quit_reason_ = reason;
  requests_.clear();
  host_.is_ready(*this);
}

// Begins only when nothing of his is open.
void Client::start_quit() {
  leaving_ = Leaving::under_way;
  if (connection_ != nullptr) connection_->end();
  Plan plan{Purpose::quit, {}, profile_};
  if (has_nick_) plan.phases.push_back({AskOwner{profile_->nick.str(), chat::Depart{}, false}});
  std::vector<AskOwner> everywhere;
  for (const std::string& room : rooms())
    everywhere.push_back({room, chat::Quit{quit_reason_}, false});
  if (!everywhere.empty()) plan.phases.push_back(std::move(everywhere));
  if (has_nick_) plan.phases.push_back({AskOwner{profile_->nick.str(), chat::Release{}, false}});
  begin(std::move(plan));
}

void Client::begin(Plan plan) {
  plan.line = ++line_;
  plan_ = std::make_unique<Plan>(std::move(plan));
  next_phase();
}

void Client::next_phase() {
  if (plan_->phases.empty()) return finish_plan();
  const std::vector<AskOwner> phase = std::move(plan_->phases.front());
  plan_->phases.pop_front();
  for (const AskOwner& ask : phase) {
    submit(ask, {connection_id_, plan_->line, ++plan_->step}, plan_->profile, false);
  }
}

void Client::finish_plan() {
  const std::unique_ptr<Plan> plan = std::move(plan_);
  if (plan->purpose == Purpose::change_nick) {
    if (plan->profile->nick.key() != profile_->nick.key())
      host_.hub().clear_nick(profile_->nick.key(), *this);
    const chat::ProfilePtr before = std::exchange(profile_, plan->profile);
    if (memberships_.empty()) {
      // No room tells him of it.
      const chat::Event renewed{{},       profile_->client, host_.place(), wall_clock_ms(),
                                profile_, chat::Renewed{}};
      std::string text;
      encoder().encode({renewed, {}, before.get(), nullptr, profile_.get(), 0, false}, text);
      send(text);
    }
  } else if (plan->purpose == Purpose::quit) {
    if (has_nick_) host_.hub().clear_nick(profile_->nick.key(), *this);
    host_.hub().remove(*this);
    if (connection_ == nullptr) host_.is_gone(*this);
  }
}

// The first step was refused: nothing has changed yet.
void Client::abandon_plan() {
  const Purpose purpose = plan_->purpose;
  plan_.reset();
  if (purpose == Purpose::enter) {
    // His nick is his by construction: only a defect leads here.
    base::log_error("a guest's nick was refused", {{"connection", connection_id_}});
    if (connection_ != nullptr) connection_->cut(protocol_->cut_off("there is no nick for you"));
    leave("no nick");
  }
}

// ---- commands ----

void Client::submit(AskOwner ask, const chat::CommandId& id, const chat::ProfilePtr& profile,
                    bool needs_credit) {
  chat::Command command{id,           client_id(),        host_.place(), wall_clock_ms(),
                        std::nullopt, std::move(ask.body)};
  if (ask.with_profile) command.profile = profile;
  ++open_;
  open_owner_ = host_.router().owner_of_object(ask.object);
  host_.router().submit(std::move(ask.object), std::move(command), needs_credit);
}

void Client::on_answered(const OpenCommand& command, const chat::Event& event) {
  const auto* refused = std::get_if<chat::Refused>(&event.body);
  if (refused != nullptr) {
    const bool claim = std::holds_alternative<chat::Claim>(command.command.body);
    // A step that finds nothing to do is done; so is one that its owner failed on, but who is still
    // here is told.
    const bool failed = refused->why == chat::Refusal::crashed && leaving_ == Leaving::no;
    if (!plan_ || claim || failed)
      protocol_->on_refused(command.object, command.command.body, refused->why);
    if (plan_ && claim) abandon_plan();
    if (refused->why == chat::Refusal::not_a_member || refused->why == chat::Refusal::no_such_room)
      host_.hub().disown(*this, command.object);
    return;
  }
  if (std::holds_alternative<chat::Claimed>(event.body) && plan_) {
    has_nick_ = true;
    host_.hub().set_nick(plan_->profile->nick.key(), *this);
  }
}

void Client::on_settled() {
  --open_;
  if (open_ == 0) host_.is_ready(*this);
}

void Client::on_rooms(const std::vector<RoomLine>& list) {
  awaits_rooms_ = false;
  protocol_->on_rooms(list);
  host_.is_ready(*this);
}

// ---- going on ----

bool Client::settled() const {
  if (open_ > 0 || plan_ || awaits_rooms_ || !requests_.empty()) return false;
  if (leaving_ == Leaving::wanted) return false;
  return connection_ == nullptr || connection_->state() != Connection::State::closed;
}

void Client::proceed() {
  wants_input_ = false;
  for (;;) {
    if (plan_) {
      if (open_ > 0) break;
      next_phase();
    } else if (leaving_ == Leaving::under_way) {
      break;
    } else if (leaving_ == Leaving::wanted) {
      if (open_ > 0) break;
      start_quit();
    } else if (awaits_rooms_) {
      break;
    } else if (!requests_.empty()) {
      if (!meet_first_request()) break;
    } else if (!take_input()) {
      break;
    }
  }
  update_reading();
}

bool Client::meet_first_request() {
  if (const auto* ask = std::get_if<AskOwner>(&requests_.front())) {
    const Slot owner = host_.router().owner_of_object(ask->object);
    // Of an absent owner the router answers, locally.
    const bool absent = host_.router().is_absent(owner);
    if (open_ > 0 && (absent || open_owner_ != owner)) return false;
    if (!absent && !host_.router().has_credit(owner)) {
      host_.waits_for_credit(owner, *this);
      return false;
    }
  } else if (open_ > 0) {
    return false;
  }
  // Taken out first: it may add others, or end all this.
  const Request request = std::move(requests_.front());
  requests_.pop_front();
  std::visit([this](const auto& one) { meet(one); }, request);
  return true;
}

void Client::meet(const AskOwner& ask) {
  submit(ask, {connection_id_, ++line_, 0}, profile_, true);
}
void Client::meet(const DoLocally& local) { local.action(); }
void Client::meet(const ChangeNick& change) { change_nick(change.nick); }
void Client::meet(const Leave& going) { leave(going.reason); }
void Client::meet(const AskRooms&) {
  awaits_rooms_ = true;
  host_.ask_rooms(*this);
}

// False when there is nothing to take, or not now.
bool Client::take_input() {
  if (connection_ == nullptr || host_.draining()) return false;
  if (!may_take_now()) return false;
  const Protocol::Taken taken = protocol_->take(connection_->input(), input_ended_);
  connection_->consume(taken.bytes);
  if (taken.counts) static_cast<void>(bucket_.take(host_.now_ms()));
  if (taken.bytes > 0) return true;
  if (input_ended_) {
    leave("");
  } else {
    wants_input_ = true;
  }
  return false;
}

// Floods are delayed by not reading; so is who does not read his own answers.
bool Client::may_take_now() {
  if (connection_->half_full()) return false;
  if (!protocol_->chats() || connection_->input().empty()) return true;
  const uint64_t wait_ms = bucket_.wait_ms(host_.now_ms());
  if (wait_ms == 0) {
    if (flood_told_ && bucket_.full(host_.now_ms())) flood_told_ = false;
    return true;
  }
  if (!std::exchange(flood_told_, true)) protocol_->on_flood();
  if (flood_delay_ == Deadlines::kNone) {
    flood_delay_ = host_.deadlines().add(std::chrono::milliseconds(wait_ms), [this] {
      flood_delay_ = Deadlines::kNone;
      host_.is_ready(*this);
    });
  }
  return false;
}

void Client::update_reading() {
  if (connection_ != nullptr && leaving_ == Leaving::no)
    connection_->set_reading(wants_input_ && !host_.draining());
}

void Client::flush() {
  queued_flush_ = false;
  if (connection_ != nullptr) connection_->flush();
}

void Client::farewell(std::string_view text) {
  if (connection_ == nullptr || leaving_ == Leaving::under_way) return;
  send(protocol_->farewell(text));
  connection_->end();
}

// ---- ConnectionOwner ----

void Client::on_input() {
  // At once when nothing waits; else at the end of the iteration that lets him go on.
  if (wants_input_) proceed();
}

void Client::on_end_of_stream() {
  input_ended_ = true;
  host_.is_ready(*this);
}

void Client::on_closed(std::string_view why) {
  host_.socket_closed(*this);
  host_.deadlines().cancel(flood_delay_);
  connection_.reset();
  if (leaving_ == Leaving::no) leave(why);
  if (leaving_ == Leaving::under_way && !plan_) host_.is_gone(*this);
}

void Client::on_overflow() {
  base::log_info("client cut off: send queue full",
                 {{"connection", connection_id_}, {"bytes", connection_->queued_bytes()}});
  connection_->cut(protocol_->cut_off("you are cut off: you do not read what you are sent"));
  leave("send queue full");
}

void Client::on_drained() { host_.is_ready(*this); }

// ---- Session ----

bool Client::is_in(std::string_view room) const {
  const std::string key = chat::fold(room);
  return std::any_of(memberships_.begin(), memberships_.end(), [&](const Membership& membership) {
    return chat::fold(membership.replica->name) == key;
  });
}

std::vector<std::string> Client::rooms() const {
  std::vector<std::string> names;
  for (const Membership& membership : memberships_) names.push_back(membership.replica->name);
  return names;
}

std::vector<chat::ProfilePtr> Client::members(std::string_view room) const {
  std::vector<chat::ProfilePtr> people;
  if (!is_in(room)) return people;
  for (const auto& [client, member] : host_.hub().find(room)->room.members())
    people.push_back(member.profile);
  std::sort(people.begin(), people.end(),
            [](const auto& a, const auto& b) { return a->nick.key() < b->nick.key(); });
  return people;
}

const chat::RoomHead* Client::room_head(std::string_view room) const {
  return is_in(room) ? &host_.hub().find(room)->room.head() : nullptr;
}

void Client::request(Request request) { requests_.push_back(std::move(request)); }

void Client::send(std::string_view bytes) {
  if (connection_ == nullptr) return;
  connection_->send(bytes);
  if (!std::exchange(queued_flush_, true)) host_.needs_flush(*this);
}

void Client::reshape(std::string_view room) { host_.hub().reshape(*this, room); }

// ---- Audience ----

void Client::deliver(const SharedBytesPtr& buffer, size_t begin, size_t end) {
  if (connection_ == nullptr) return;
  connection_->send(buffer, begin, end);
  if (!std::exchange(queued_flush_, true)) host_.needs_flush(*this);
}

void Client::on_joined(const std::string& room) { protocol_->on_joined(room); }
void Client::on_left(const std::string& room) { protocol_->on_left(room); }

}  // namespace banterd::worker
