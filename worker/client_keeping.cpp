// The part of Client that lets him go on in his slot's next life (worker/keeper.h).
//
// What he has asked for and what is not done is of two kinds. Commands and plans are data: they are
// kept and go on. Other requests are not: for them the line that they came from is kept, and taken
// again. If it has had an effect by then, that is done twice unless the line was a list of
// commands, whose first ones are left out; so it is not taken again, and he is told.
#include <algorithm>

#include "base/fault.h"
#include "worker/client.h"

namespace banterd::worker {

namespace {

// Numbers of commands that a line which ended a life may have used.
constexpr uint64_t kNumbersOfALine = 1'000'000;

}  // namespace

void Client::changed() {
  if (std::exchange(record_changed_, true)) return;
  host_.has_changed(*this);
}

bool Client::is_talk(const Request& request) {
  const auto* ask = std::get_if<AskOwner>(&request);
  return ask != nullptr && std::holds_alternative<chat::Say>(ask->body);
}

// ---- a turn ----

void Client::begin_turn() {
  if (host_.keeps() && connection_ != nullptr) host_.is_taking(*this, taking_offset());
}

// Of what cannot be taken again no line is to blame.
uint64_t Client::taking_offset() const {
  if (has_unmet() && unfinished_line().empty()) return UINT64_MAX;
  return connection_->bytes_consumed() - unfinished_line().size();
}

void Client::begin_line() {
  line_effect_ = false;
  if (host_.keeps()) host_.is_taking(*this, connection_->bytes_consumed());
}

void Client::on_line_taken(std::string_view line) {
  if (line.empty() || !host_.keeps()) return;
  static_cast<void>(base::fault(line));
  host_.has_input(*this);
  fresh_line_ = line;
  line_kept_.clear();
  line_met_ = 0;
  line_is_flat_ = std::ranges::all_of(fresh_requests_, [](const Request& request) {
    return std::holds_alternative<AskOwner>(request);
  });
  const bool talks = !fresh_requests_.empty() && !protocol_->is_answering() &&
                     std::ranges::all_of(fresh_requests_, is_talk);
  if (!talks) changed();
}

void Client::end_turn() {
  if (!host_.keeps()) return;
  host_.has_taken();
  if (has_unmet()) {
    if (line_kept_.empty()) line_kept_ = fresh_line_;
    changed();
  } else if (!line_kept_.empty()) {
    line_kept_.clear();
    changed();
  }
  fresh_line_ = {};
}

bool Client::has_unmet() const {
  if (leaving_ != Leaving::no) return false;
  return !requests_.empty() || !fresh_requests_.empty() || is_waiting() ||
         protocol_->is_answering();
}

std::string_view Client::unfinished_line() const {
  const bool again = has_unmet() && (line_is_flat_ || !line_effect_);
  return again ? std::string_view(line_kept_) : std::string_view();
}

// ---- what is kept ----

KeptClient Client::keep() const {
  KeptClient kept;
  kept.client = save();
  kept.has_socket = connection_ != nullptr;
  kept.entered = has_nick_;
  kept.leaving = static_cast<uint8_t>(leaving_);
  kept.quit_reason = quit_reason_;
  kept.expelled = expelled_;
  const bool again = !unfinished_line().empty();
  kept.met = again && line_is_flat_ ? line_met_ : 0;
  kept.dropped = has_unmet() && !again;
  if (!plan_) return kept;
  KeptPlan& plan = kept.plan.emplace();
  plan.purpose = static_cast<uint8_t>(plan_->purpose);
  for (const std::vector<AskOwner>& phase : plan_->phases) {
    std::vector<KeptStep>& steps = plan.phases.emplace_back();
    for (const AskOwner& ask : phase) steps.push_back({ask.object, ask.body, ask.with_profile});
  }
  plan.profile = plan_->profile;
  plan.leaves = plan_->leaves;
  plan.line = plan_->line;
  plan.step = plan_->step;
  return kept;
}

// ---- going on ----

base::Result<void> Client::recover(ConnectionContext& context, const KeptClient& kept,
                                   Restored restored) {
  const ClientRecord& record = kept.client;
  if (record.profile == nullptr || record.profile->nick.str().empty())
    return base::Error{base::Errc::invalid, "a client without a name"};
  profile_ = record.profile;
  if (!protocol_->restore(record.protocol_state))
    return base::Error{base::Errc::invalid, "a client whose protocol's state is none"};
  if (next_protocol_ != nullptr) protocol_ = std::move(next_protocol_);
  address_ = record.address;
  since_ = record.since;
  spoke_at_ms_ = host_.now_ms() - std::min(host_.now_ms(), record.idle_ms);
  line_ = std::max(record.line, restored.last_line);
  open_ = restored.open;
  open_owner_ = restored.open_owner;
  has_nick_ = kept.entered;
  leaving_ = static_cast<Leaving>(std::min<uint8_t>(kept.leaving, 2));
  quit_reason_ = kept.quit_reason;
  expelled_ = kept.expelled;
  skips_met_ = kept.met;
  poison_ = restored.poison;
  if (record.flood) {
    bucket_.restore({record.flood->level, record.flood->at_ms});
    flood_told_ = record.flood->told;
  }
  if (kept.plan) recover_plan(*kept.plan);
  if (auto connected = recover_connection(context, kept, restored); !connected) return connected;
  recover_presence();
  if (kept.dropped) tell_dropped();
  if (connection_ == nullptr) leave("Connection lost");
  if (connection_ == nullptr && leaving_ == Leaving::under_way && !plan_) host_.is_gone(*this);
  host_.is_ready(*this);
  return {};
}

void Client::recover_plan(const KeptPlan& kept) {
  // What the protocol would ask for anew is under way.
  std::erase_if(fresh_requests_,
                [](const Request& request) { return std::holds_alternative<Enter>(request); });
  plan_ = std::make_unique<Plan>(Plan{
      static_cast<Purpose>(kept.purpose), {}, kept.profile, kept.leaves, kept.line, kept.step});
  for (const std::vector<KeptStep>& steps : kept.phases) {
    std::vector<AskOwner>& phase = plan_->phases.emplace_back();
    for (const KeptStep& step : steps) phase.push_back({step.object, step.body, step.with_profile});
  }
}

base::Result<void> Client::recover_connection(ConnectionContext& context, const KeptClient& kept,
                                              Restored& restored) {
  if (!restored.socket.valid()) return {};
  // One that was cut has no stream to go on with.
  const Connection::Saved& saved = kept.client.socket.saved;
  if (!kept.has_socket || saved.is_cut) {
    host_.socket_closed(*this);
    return {};
  }
  input_ended_ = saved.end_of_stream;
  auto connection =
      Connection::restore(context, *this, std::move(restored.socket), config().limits.ping_timeout,
                          saved, std::move(restored.input), std::move(restored.queue));
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  connection_->continue_streams(restored.read, restored.written);
  return {};
}

// As others see him. Who is leaving has been counted as gone, and is told nothing more.
void Client::recover_presence() {
  if (leaving_ == Leaving::under_way) return;
  if (!has_nick_) {
    if (protocol_->chats()) host_.count_unregistered(1);
    return;
  }
  host_.count(nullptr, profile_.get());
  host_.hub().add(*this);
  host_.hub().set_nick(profile_->nick.key(), *this);
  if (plan_ && plan_->purpose == Purpose::renew)
    host_.hub().set_nick(plan_->profile->nick.key(), *this);
}

void Client::rewatch(const std::string& nick) {
  watched_[chat::fold(nick)] = nick;
  host_.hub().watch(chat::fold(nick), *this);
}

void Client::found_room() {
  if (--missing_rooms_ == 0) host_.is_ready(*this);
}

void Client::tell_dropped() {
  changed();
  protocol_->on_dropped();
}

// True when the line is left out that ended the last life: its numbers are not used again, so that
// no owner takes another command for one of it.
bool Client::skips_poison() {
  const std::string_view input = connection_->input();
  const uint64_t at = connection_->bytes_consumed();
  if (at < *poison_) return false;
  const bool here = at == *poison_ && !input.empty();
  poison_.reset();
  if (!here) return false;
  // A stream that is not cut at line ends cannot be gone on with behind it.
  if (listener_.protocol == conf::ProtocolName::http) {
    leave("The server failed on what you sent");
    return true;
  }
  connection_->consume(std::min(input.find('\n'), input.size() - 1) + 1);
  line_ += kNumbersOfALine;
  skips_met_ = 0;
  tell_dropped();
  host_.has_input(*this);
  return true;
}

}  // namespace banterd::worker
