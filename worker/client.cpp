#include "worker/client.h"

#include "base/log.h"
#include "worker/limits.h"

namespace banterd::worker {

namespace {

// Of what one client has sent, taken in one turn: empty lines, and what protocols have besides
// lines, no rate limits.
constexpr int kMostTakenPerTurn = 256;

chat::ProfilePtr new_profile(uint64_t connection, std::string host) {
  auto profile = chat::make_profile();
  profile->client = chat::ClientId{connection};
  profile->nick = guest_nick(connection);
  profile->user = "guest";
  profile->host = std::move(host);
  return profile;
}

}  // namespace

Client::Client(ClientHost& host, uint64_t connection, const conf::Listener& listener,
               std::string_view address)
    : host_(host),
      connection_id_(connection),
      listener_(listener),
      address_(address),
      profile_(new_profile(connection, host.cloaked(address_))),
      protocol_(make_protocol(listener, *this)),
      bucket_(flood_limit(), host.now_ms()),
      since_(now()),
      heard_at_ms_(static_cast<uint32_t>(host.now_ms())),
      spoke_at_s_(now_s()) {
  if (host.keeps()) static_cast<void>(keeping_.make());
}

Client::~Client() {
  host_.deadlines().cancel(flood_delay_);
  host_.deadlines().cancel(wake_);
}

base::Result<void> Client::open(ConnectionContext& context, base::UniqueFd socket) {
  auto connection = Connection::create(context, *this, std::move(socket));
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  if (protocol_->chats()) host_.count_unregistered(1);
  changed();
  protocol_->on_open();
  proceed();
  return {};
}

// ---- commands ----

void Client::submit(const Route& route, AskOwner ask, const chat::CommandId& id,
                    const chat::ProfilePtr& profile, bool needs_credit) {
  chat::Command command{id, client_id(), host_.place(), now(), std::nullopt, std::move(ask.body)};
  if (ask.with_profile) command.profile = profile;
  note_effect();
  ++open_;
  open_owner_ = route.owner;
  host_.router().submit(route, std::move(ask.object), std::move(command), needs_credit);
}

void Client::on_answered(const OpenCommand& command, const chat::Event& event) {
  const auto* refused = std::get_if<chat::Refused>(&event.body);
  const bool was_talk = std::holds_alternative<chat::Said>(event.body);
  if (!was_talk || plan_ || protocol_->is_answering()) changed();
  if (refused != nullptr) {
    on_refused(command, refused->why);
  } else if (plan_ && std::holds_alternative<chat::Claimed>(event.body)) {
    on_claimed();
  } else if (std::holds_alternative<chat::Watching>(event.body)) {
    seldom_.make().watched[chat::fold(command.object)] = command.object;
  } else if (std::holds_alternative<chat::Unwatched>(event.body)) {
    seldom_.make().watched.erase(chat::fold(command.object));
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
  if (open_ == 0 && !only_listens()) host_.is_ready(*this);
}

void Client::on_found(Findings found, bool complete) {
  changed();
  const auto then = std::exchange(awaited_, {})->found;
  if (then && leaving_ == Leaving::no) then(std::move(found), complete);
  host_.is_ready(*this);
}

void Client::on_checked(PasswordIs found) {
  changed();
  const auto then = std::exchange(awaited_, {})->checked;
  if (then && leaving_ == Leaving::no) then(found);
  host_.is_ready(*this);
}

// ---- going on ----

bool Client::settled() const {
  if (open_ > 0 || plan_ || is_waiting()) return false;
  if (asked_.made()) return false;
  if (protocol_->is_answering() && leaving_ == Leaving::no) return false;
  if (leaving_ == Leaving::wanted) return false;
  return connection_ == nullptr || connection_->state() != Connection::State::closed;
}

void Client::proceed() {
  begin_turn();
  wants_input_ = false;
  for (int taken = 0;;) {
    if (!asked_->fresh.empty()) adopt_requests();
    if (plan_) {
      if (open_ > 0) break;
      next_phase();
    } else if (leaving_ == Leaving::under_way) {
      break;
    } else if (leaving_ == Leaving::wanted) {
      if (open_ > 0 || misses_rooms()) break;
      start_quit();
    } else if (is_waiting()) {
      break;
    } else if (!asked_->waiting.empty()) {
      if (!meet_first_request()) break;
    } else if (protocol_->is_answering()) {
      if (open_ > 0) break;
      changed();
      protocol_->on_all_done();
    } else if (taken++ == kMostTakenPerTurn) {
      // Others have their turn first.
      host_.is_ready(*this);
      break;
    } else if (!take_input()) {
      break;
    }
  }
  update_reading();
  end_turn();
}

bool Client::meet_first_request() {
  if (const auto* ask = std::get_if<AskOwner>(&asked_->waiting.front())) {
    const Route route = host_.router().route_to(ask->object);
    // For an owner that stays down the router answers, locally.
    const bool down = host_.router().stays_down(route.owner);
    if (open_ > 0 && (down || open_owner_ != route.owner)) return false;
    if (!down && !host_.router().has_credit(route)) {
      host_.waits_for_credit(route, *this);
      return false;
    }
  } else if (open_ > 0 || misses_rooms()) {
    return false;
  }
  // Taken out first: it may add others, or end all this.
  std::list<Request>& waiting = asked_.make().waiting;
  Request request = std::move(waiting.front());
  waiting.pop_front();
  if (waiting.empty() && asked_->fresh.empty()) asked_.drop();
  if (!is_talk(request)) changed();
  std::visit([this](auto& one) { meet(std::move(one)); }, request);
  return true;
}

bool Client::may_ask_at_once(const Route& route) const {
  const bool nothing_before = !asked_.made() && !plan_ && !is_waiting() && leaving_ == Leaving::no;
  const Router& router = host_.router();
  return nothing_before && (open_ == 0 || open_owner_ == route.owner) &&
         !router.stays_down(route.owner) && router.has_credit(route);
}

void Client::meet(AskOwner ask) {
  const Route route = host_.router().route_to(ask.object);
  meet(std::move(ask), route);
}
void Client::meet(AskOwner ask, const Route& route) {
  if (keeping_.made() && keeping_.make().line.on_command()) return;
  if (std::holds_alternative<chat::Say>(ask.body)) spoke_at_s_ = now_s();
  submit(route, std::move(ask), {connection_id_, ++line_, 0}, profile_, true);
}
void Client::meet(const DoLocally& local) {
  if (local.action) local.action();
}
void Client::meet(const Leave& going) { leave(going.reason); }
void Client::meet(const Ask& question) {
  awaited_.make().found = question.then;
  host_.ask(*this, question.object, question.question);
}
void Client::meet(const CheckPassword& check) {
  awaited_.make().checked = check.then;
  host_.check_password(*this, check.hash, check.text);
}

// False when there is nothing to take, or not now.
bool Client::take_input() {
  if (connection_ == nullptr || host_.draining()) return false;
  if (!may_take_now()) return false;
  if (keeping_.made() && keeping_->poison && skips_poison()) return true;
  const std::string_view input = connection_->input();
  begin_line();
  const Protocol::Taken taken = protocol_->take(input, input_ended_);
  follow_protocol();
  connection_->consume(taken.bytes);
  on_line_taken(input.substr(0, taken.bytes));
  if (taken.bytes > 0) heard_at_ms_ = static_cast<uint32_t>(host_.now_ms());
  if (taken.counts) static_cast<void>(bucket_.take(flood_limit(), host_.now_ms()));
  if (taken.bytes > 0) return true;
  if (input_ended_) {
    leave(protocol_->end_reason());
  } else {
    wants_input_ = true;
  }
  return false;
}

void Client::follow_protocol() {
  auto next = protocol_->next();
  if (next == nullptr) return;
  const bool begins_to_chat = next->chats() && !protocol_->chats();
  protocol_ = std::move(next);
  changed();
  if (begins_to_chat) host_.count_unregistered(1);
}

TokenBucket::Rate Client::flood_limit() const {
  return {config().limits.messages_per_second, config().limits.message_burst};
}

// Floods are delayed by not reading; so is who does not read his own answers.
bool Client::may_take_now() {
  if (connection_->half_full()) return false;
  if (!protocol_->chats() || connection_->input().empty()) return true;
  const uint64_t wait_ms = bucket_.wait_ms(flood_limit(), host_.now_ms());
  if (wait_ms == 0) {
    if (flood_told_ && bucket_.full(flood_limit(), host_.now_ms())) flood_told_ = false;
    return true;
  }
  if (!std::exchange(flood_told_, true)) protocol_->on_flood();
  if (flood_delay_ == Deadlines::kNone) {
    flood_delay_ = host_.deadlines().add(std::chrono::milliseconds(wait_ms),
                                         {*this, [](Client& its) {
                                            its.flood_delay_ = Deadlines::kNone;
                                            its.host_.is_ready(its);
                                          }});
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
  changed();
  if (leaving_ == Leaving::under_way) return end_connection();
  send(protocol_->farewell(text));
  connection_->end();
}

// ---- ConnectionOwner ----

void Client::on_input() {
  if (keeping_.made()) host_.has_changed(*this);
  // At once when nothing waits; else at the end of the iteration that lets him go on.
  if (wants_input_) proceed();
}

void Client::on_end_of_stream() {
  input_ended_ = true;
  changed();
  host_.is_ready(*this);
}

void Client::on_closed(std::string_view why) {
  changed();
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
  changed();
  const SendQueue::Begun begun = connection_->queue().begun();
  const auto rest = protocol_->rest_of_unit(begun.bytes, begun.written);
  connection_->cut(
      rest ? protocol_->cut_off("you are cut off: you do not read what you are sent") : "",
      rest.value_or(0));
  leave("send queue full");
}

void Client::on_drained() { host_.is_ready(*this); }

void Client::on_taken() { heard_at_ms_ = static_cast<uint32_t>(host_.now_ms()); }

}  // namespace banterd::worker
