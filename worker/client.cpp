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
               std::string address)
    : host_(host),
      connection_id_(connection),
      listener_(listener),
      address_(std::move(address)),
      profile_(new_profile(connection, host.cloaked(address_))),
      protocol_(make_protocol(listener, *this)),
      bucket_(host.config().limits.messages_per_second, host.config().limits.message_burst,
              host.now_ms()),
      since_(wall_clock_ms()),
      heard_at_ms_(host.now_ms()),
      spoke_at_ms_(host.now_ms()) {}

Client::~Client() {
  host_.deadlines().cancel(flood_delay_);
  host_.deadlines().cancel(wake_);
}

base::Result<void> Client::open(ConnectionContext& context, base::UniqueFd socket) {
  if (protocol_ == nullptr)
    return base::Error{base::Errc::invalid, "the listener's protocol is not built"};
  auto connection =
      Connection::create(context, *this, std::move(socket), host_.config().limits.ping_timeout);
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  if (protocol_->chats()) host_.count_unregistered(1);
  protocol_->on_open();
  proceed();
  return {};
}

// ---- plans ----

bool Client::expel_if_banned(const chat::Profile& person) {
  chat::Profile uncloaked = person;
  uncloaked.host = address_;
  const chat::Server& server = host_.hub().server();
  for (const std::string& mask : {person.mask(), uncloaked.mask()}) {
    if (const chat::ServerBan* ban = server.ban_for(mask, now())) {
      on_banned(*ban);
      return true;
    }
  }
  return false;
}

void Client::meet(const Enter& enter) {
  if (expel_if_banned(enter.profile)) return;
  Plan plan{Purpose::enter, {}, std::make_shared<chat::Profile>(enter.profile)};
  plan.phases.push_back({AskOwner{enter.profile.nick.str(), chat::Claim{}, true}});
  if (!enter.room.empty()) {
    plan.phases.push_back({AskOwner{enter.room, join_of(host_.config(), enter.room), true}});
  }
  begin(std::move(plan));
}

void Client::meet(const ChangeProfile& change) {
  auto renewed = std::make_shared<chat::Profile>(*profile_);
  change.change(*renewed);
  ++renewed->version;
  Plan plan{Purpose::renew, {}, renewed};
  const std::string before = profile_->nick.str();
  const bool same_object = renewed->nick.key() == profile_->nick.key();
  if (renewed->nick == profile_->nick) {
    plan.phases.push_back({AskOwner{before, chat::Renew{}, true}});
  } else {
    plan.phases.push_back({AskOwner{renewed->nick.str(), chat::Claim{}, true}});
    if (!same_object) plan.phases.push_back({AskOwner{before, chat::Depart{}, false}});
    if (!same_object) plan.leaves = profile_->nick.key();
  }
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
  fresh_requests_.clear();
  host_.is_ready(*this);
}

// Begins only when nothing of his is open.
void Client::start_quit() {
  leaving_ = Leaving::under_way;
  host_.deadlines().cancel(wake_);
  count_gone();
  if (connection_ != nullptr) connection_->set_reading(false);
  Plan plan{Purpose::quit, {}, profile_};
  if (has_nick_) plan.phases.push_back({AskOwner{profile_->nick.str(), chat::Depart{}, false}});
  std::vector<AskOwner> everywhere;
  for (const std::string& room : rooms())
    everywhere.push_back({room, chat::Quit{quit_reason_}, false});
  for (const auto& [key, nick] : watched_) everywhere.push_back({nick, chat::Unwatch{}, false});
  if (!everywhere.empty()) plan.phases.push_back(std::move(everywhere));
  if (has_nick_) plan.phases.push_back({AskOwner{profile_->nick.str(), chat::Release{}, false}});
  // His end of stream says that nobody sees him any more, unless that may take long.
  if (waits_for_absent(plan)) end_connection();
  begin(std::move(plan));
}

bool Client::waits_for_absent(const Plan& plan) const {
  for (const std::vector<AskOwner>& phase : plan.phases) {
    for (const AskOwner& ask : phase) {
      if (host_.router().is_absent(host_.router().owner_of_object(ask.object))) return true;
    }
  }
  return false;
}

void Client::end_connection() {
  if (connection_ == nullptr) return;
  send(protocol_->goodbye(quit_reason_, expelled_));
  connection_->end();
}

void Client::count_gone() {
  if (has_nick_) {
    host_.count(profile_.get(), nullptr);
  } else if (protocol_->chats()) {
    host_.count_unregistered(-1);
  }
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
  if (plan->purpose == Purpose::enter) {
    // A room may have refused him; he is here all the same.
  } else if (plan->purpose == Purpose::renew) {
    if (!plan->leaves.empty()) host_.hub().clear_nick(plan->leaves, *this);
    on_own_renewed(plan->profile);
  } else if (plan->purpose == Purpose::quit) {
    if (has_nick_) host_.hub().clear_nick(profile_->nick.key(), *this);
    host_.hub().remove(*this);
    end_connection();
    if (connection_ == nullptr) host_.is_gone(*this);
  }
}

// At the end of a plan, unless a room has told it already.
void Client::on_own_renewed(const chat::ProfilePtr& newer) {
  if (newer->version <= profile_->version) return;
  const chat::ProfilePtr before = std::exchange(profile_, newer);
  host_.count(before.get(), profile_.get());
  protocol_->on_renewed(*before);
}

// The claim was refused: nothing has changed yet.
void Client::abandon_plan(const OpenCommand& claim, chat::Refusal why) {
  plan_.reset();
  protocol_->on_refused(claim.object, claim.command.body, why);
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
    on_refused(command, refused->why);
  } else if (plan_ && std::holds_alternative<chat::Claimed>(event.body)) {
    on_claimed();
  } else if (std::holds_alternative<chat::Watching>(event.body)) {
    watched_[chat::fold(command.object)] = command.object;
  } else if (std::holds_alternative<chat::Unwatched>(event.body)) {
    watched_.erase(chat::fold(command.object));
  }
  if (refused == nullptr && !plan_)
    protocol_->on_answered(command.object, command.command.body, event);
}

void Client::on_refused(const OpenCommand& command, chat::Refusal why) {
  const bool claim = std::holds_alternative<chat::Claim>(command.command.body);
  // A step that finds nothing to do is done; so is one that its owner failed on, but who is still
  // here is told.
  const bool failed = why == chat::Refusal::crashed && leaving_ == Leaving::no;
  if (plan_ && claim) {
    abandon_plan(command, why);
  } else if (!plan_ || failed) {
    protocol_->on_refused(command.object, command.command.body, why);
  }
  if (why == chat::Refusal::not_a_member || why == chat::Refusal::no_such_room)
    host_.hub().disown(*this, command.object);
}

// From now on what is said to the nick reaches him.
void Client::on_claimed() {
  host_.hub().set_nick(plan_->profile->nick.key(), *this);
  if (plan_->purpose != Purpose::enter) return;
  has_nick_ = true;
  profile_ = plan_->profile;
  host_.count_unregistered(-1);
  host_.count(nullptr, profile_.get());
  host_.hub().add(*this);
  protocol_->on_entered();
  expel_if_banned(*profile_);  // since he asked
}

void Client::on_settled() {
  --open_;
  if (open_ == 0) host_.is_ready(*this);
}

void Client::on_found(Findings found, bool complete) {
  const auto then = std::exchange(on_found_, nullptr);
  if (then && leaving_ == Leaving::no) then(std::move(found), complete);
  host_.is_ready(*this);
}

void Client::on_checked(bool right) {
  const auto then = std::exchange(on_checked_, nullptr);
  if (then && leaving_ == Leaving::no) then(right);
  host_.is_ready(*this);
}

// ---- going on ----

bool Client::settled() const {
  if (open_ > 0 || plan_ || is_waiting()) return false;
  if (!requests_.empty() || !fresh_requests_.empty()) return false;
  if (protocol_->is_answering() && leaving_ == Leaving::no) return false;
  if (leaving_ == Leaving::wanted) return false;
  return connection_ == nullptr || connection_->state() != Connection::State::closed;
}

void Client::proceed() {
  wants_input_ = false;
  for (;;) {
    if (!fresh_requests_.empty()) adopt_requests();
    if (plan_) {
      if (open_ > 0) break;
      next_phase();
    } else if (leaving_ == Leaving::under_way) {
      break;
    } else if (leaving_ == Leaving::wanted) {
      if (open_ > 0) break;
      start_quit();
    } else if (is_waiting()) {
      break;
    } else if (!requests_.empty()) {
      if (!meet_first_request()) break;
    } else if (protocol_->is_answering()) {
      if (open_ > 0) break;
      protocol_->on_all_done();
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
  if (std::holds_alternative<chat::Say>(ask.body)) spoke_at_ms_ = host_.now_ms();
  submit(ask, {connection_id_, ++line_, 0}, profile_, true);
}
void Client::meet(const DoLocally& local) { local.action(); }
void Client::meet(const Leave& going) { leave(going.reason); }
void Client::meet(const Ask& question) {
  on_found_ = question.then;
  host_.ask(*this, question.object, question.question);
}
void Client::meet(const CheckPassword& check) {
  on_checked_ = check.then;
  host_.check_password(*this, check.hash, check.text);
}

// False when there is nothing to take, or not now.
bool Client::take_input() {
  if (connection_ == nullptr || host_.draining()) return false;
  if (!may_take_now()) return false;
  const Protocol::Taken taken = protocol_->take(connection_->input(), input_ended_);
  connection_->consume(taken.bytes);
  if (taken.bytes > 0) heard_at_ms_ = host_.now_ms();
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
  if (connection_ == nullptr) return;
  if (leaving_ == Leaving::under_way) return end_connection();
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
  host_.deadlines().cancel(wake_);
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

RoomView Client::room(std::string_view name) const {
  const Replica* replica = host_.hub().find(name);
  if (replica == nullptr || !host_.hub().is_member(*this, *replica)) return {};
  return {replica->name, &replica->room};
}

bool Client::has_gone(chat::ClientId member) const { return host_.hub().has_gone(member); }

std::vector<std::string> Client::rooms() const {
  std::vector<std::string> names;
  for (const Membership& membership : memberships_) names.push_back(membership.replica->name);
  return names;
}

chat::ProfilePtr Client::holder_of(std::string_view nick) const {
  return host_.hub().holder_of(nick);
}

const chat::Server& Client::server_state() const { return host_.hub().server(); }

chat::TimeMs Client::now() const { return wall_clock_ms(); }

std::chrono::milliseconds Client::silent_for() const {
  // Who is not read cannot be heard.
  if (!wants_input_) return std::chrono::milliseconds::zero();
  return std::chrono::milliseconds(host_.now_ms() - heard_at_ms_);
}

void Client::wake_in(std::chrono::milliseconds delay) {
  host_.deadlines().cancel(wake_);
  wake_ = host_.deadlines().add(delay, [this] {
    wake_ = Deadlines::kNone;
    if (leaving_ == Leaving::no) protocol_->on_wake();
    host_.is_ready(*this);
  });
}

PersonLine Client::person_line() const {
  PersonLine line{profile_, {}, address_, since_, (host_.now_ms() - spoke_at_ms_) / 1000};
  for (const Membership& membership : memberships_) {
    const chat::Room& room = membership.replica->room;
    const chat::Member* member = room.member(client_id());
    line.rooms.push_back({membership.replica->name,
                          member == nullptr ? uint8_t{0} : member->prefixes,
                          (room.head().flags & chat::secret) != 0});
  }
  return line;
}

void Client::request(Request request) { fresh_requests_.push_back(std::move(request)); }

void Client::adopt_requests() {
  requests_.insert(requests_.begin(), std::make_move_iterator(fresh_requests_.begin()),
                   std::make_move_iterator(fresh_requests_.end()));
  fresh_requests_.clear();
}

void Client::send(std::string_view bytes) {
  if (connection_ == nullptr) return;
  connection_->send(bytes);
  if (!std::exchange(queued_flush_, true)) host_.needs_flush(*this);
}

void Client::send_answer(std::string_view bytes) {
  if (connection_ == nullptr) return;
  connection_->send_answer(bytes);
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

void Client::on_watched(std::string_view nick, const chat::Profile* holder) {
  protocol_->on_watched(nick, holder);
}
void Client::on_watched_renewed(const Delivery& delivery) {
  protocol_->on_watched_renewed(delivery);
}
void Client::on_server_said(const Delivery& delivery) { protocol_->on_server_said(delivery); }

void Client::on_killed(const Delivery& delivery) {
  if (leaving_ != Leaving::no) return;
  const auto& killed = std::get<chat::Killed>(delivery.event.body);
  base::log_info("client killed", {{"connection", connection_id_},
                                   {"nick", profile_->nick.str()},
                                   {"by", delivery.actor == nullptr ? "" : delivery.actor->mask()},
                                   {"reason", killed.reason}});
  protocol_->on_killed(delivery);
  expelled_ = true;
  leave("Killed: " + killed.reason);
}

bool Client::is_matched_by(std::string_view mask) const {
  chat::Profile uncloaked = *profile_;
  uncloaked.host = address_;
  return chat::matches(mask, profile_->mask()) || chat::matches(mask, uncloaked.mask());
}

void Client::on_banned(const chat::ServerBan& ban) {
  if (leaving_ != Leaving::no) return;
  base::log_info(
      "client banned",
      {{"connection", connection_id_}, {"nick", profile_->nick.str()}, {"mask", ban.mask}});
  expelled_ = true;
  leave("Banned: " + ban.reason);
}

}  // namespace banterd::worker
