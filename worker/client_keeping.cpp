// The part of Client that lets him go on in his slot's next life (worker/keeper.h).
//
// What he has asked for and what is not done is of two kinds. Commands and plans are data: they are
// kept and go on. Other requests are not: for them the line that they came from is kept, and taken
// again. If it has had an effect by then, that is done twice unless the line was a list of
// commands, whose first ones are left out; so it is not taken again, and he is told.
#include <algorithm>
#include <functional>

#include "worker/client.h"
#include "worker/limits.h"

namespace banterd::worker {

namespace {

// It asks for nothing but that what was asked before is done first.
bool only_waits(const Request& request) {
  const auto* local = std::get_if<DoLocally>(&request);
  return local != nullptr && !local->action;
}

// Numbers of commands that a line which ended a life may have used.
constexpr uint64_t kNumbersOfALine = 1'000'000;

}  // namespace

void Client::changed() {
  if (!keeping_.made() || std::exchange(keeping_.make().record_changed, true)) return;
  host_.has_changed(*this);
}

// ---- a turn ----

void Client::begin_turn() {
  if (keeping_.made() && connection_ != nullptr) host_.is_taking(*this, taking_offset());
}

// Of what cannot be taken again no line is to blame.
uint64_t Client::taking_offset() const {
  if (has_unmet() && unfinished_line().empty()) return UINT64_MAX;
  return connection_->bytes_consumed() - unfinished_line().size();
}

void Client::begin_line() {
  if (!keeping_.made()) return;
  keeping_.make().line.begin(protocol_->is_amid_unit());
  host_.is_taking(*this, connection_->bytes_consumed());
}

void Client::on_line_taken(std::string_view line) {
  if (!keeping_.made()) return;
  const bool more_than_talk = keeping_.make().line.end(line);
  if (line.empty()) return;
  host_.has_changed(*this);
  if (more_than_talk || protocol_->is_answering()) changed();
}

void Client::end_turn() {
  if (!keeping_.made()) return;
  host_.has_taken();
  if (keeping_.make().line.end_turn(has_unmet())) changed();
}

bool Client::has_unmet() const {
  if (leaving_ != Leaving::no) return false;
  return is_waiting() || protocol_->is_answering() ||
         !std::ranges::all_of(asked_->waiting, only_waits) ||
         !std::ranges::all_of(asked_->fresh, only_waits);
}

std::string_view Client::unfinished_line() const {
  return has_unmet() ? keeping_->line.to_take_again() : std::string_view();
}

// ---- what is kept ----

KeptClient Client::keep() const {
  KeptClient kept;
  kept.client = save();
  for (const std::string& room : keeping_->missing_rooms) kept.client.rooms.push_back(room);
  kept.has_socket = connection_ != nullptr;
  kept.entered = has_nick_;
  kept.leaving = leaving_;
  kept.quit_reason = seldom_->quit_reason;
  kept.expelled = expelled_;
  const bool again = !unfinished_line().empty();
  if (again) kept.client.protocol_state = protocol_->save_before_last();
  kept.met = keeping_->line.commands_to_skip(again);
  kept.dropped = has_unmet() && !again;
  kept.waits = asked_.made() && !has_unmet();
  if (!plan_) return kept;
  KeptPlan& plan = kept.plan.emplace();
  plan.purpose = plan_->purpose;
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
  if (auto adopted = adopt(record); !adopted) return adopted;
  line_ = std::max(record.line, restored.last_line);
  open_ = restored.open;
  open_owner_ = restored.open_owner;
  has_nick_ = kept.entered;
  leaving_ = std::min(kept.leaving, Leaving::under_way);
  if (!kept.quit_reason.empty()) seldom_.make().quit_reason = kept.quit_reason;
  expelled_ = kept.expelled;
  keeping_.make().line.skip_commands(kept.met);
  keeping_.make().poison = restored.poison;
  if (kept.plan) recover_plan(*kept.plan);
  if (kept.waits) asked_.make().waiting.push_back(DoLocally{});
  if (auto connected = recover_connection(context, kept, restored); !connected) return connected;
  appear();
  // What is said to a nick that he is about to take reaches him, too.
  if (plan_ && plan_->purpose == Purpose::renew && has_nick_ && leaving_ != Leaving::under_way)
    host_.hub().set_nick(plan_->profile->nick.key(), *this);
  if (kept.dropped) tell_dropped();
  if (connection_ == nullptr) leave("Connection lost");
  if (connection_ == nullptr && leaving_ == Leaving::under_way && !plan_) host_.is_gone(*this);
  host_.is_ready(*this);
  return {};
}

void Client::recover_plan(const KeptPlan& kept) {
  // What the protocol would ask for anew is under way.
  std::erase_if(asked_.make().fresh,
                [](const Request& request) { return std::holds_alternative<Enter>(request); });
  if (asked_->fresh.empty() && asked_->waiting.empty()) asked_.drop();
  plan_ = std::make_unique<Plan>(
      Plan{kept.purpose, {}, kept.profile, kept.leaves, kept.line, kept.step});
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
  if (auto connected = adopt_connection(context, std::move(restored.socket), saved,
                                        std::move(restored.input), std::move(restored.queue));
      !connected)
    return connected;
  connection_->continue_streams(restored.read, restored.written);
  return {};
}

// He is another person than he was: his former self has been seen to quit.
base::Result<void> Client::begin_anew(ConnectionContext& context, const KeptClient& kept,
                                      Restored restored, chat::TimeMs served_until) {
  if (kept.leaving != Leaving::no || !kept.has_socket || kept.client.socket.saved.is_cut)
    return base::Error{base::Errc::invalid, "a client who is leaving"};
  if (auto adopted = adopt(kept.client); !adopted) return adopted;
  const chat::ProfilePtr former = profile_;
  auto person = chat::make_profile(*former);
  person->client = chat::ClientId{connection_id_};
  person->nick = guest_nick(connection_id_);
  profile_ = std::move(person);
  keeping_.make().poison = restored.poison;
  if (auto connected = recover_connection(context, kept, restored); !connected) return connected;
  appear();
  protocol_->begin_anew(
      {*former, kept.entered, kept.client.rooms, kept.client.watched, served_until});
  if (kept.dropped) tell_dropped();
  host_.is_ready(*this);
  return {};
}

void Client::reenter(const std::string& room) {
  Hub& hub = host_.hub();
  const Replica* const replica = hub.find(room);
  if (replica != nullptr && hub.is_member(*this, *replica)) hub.enter(*this, room);
}

void Client::wait_for_room(const std::string& room) {
  keeping_.make().missing_rooms.push_back(room);
  changed();
}

void Client::find_rooms(const std::function<bool(const std::string& room)>& found) {
  if (!misses_rooms()) return;
  std::vector<std::string>& missing = keeping_.make().missing_rooms;
  const auto back = std::partition(missing.begin(), missing.end(), std::not_fn(found));
  std::for_each(back, missing.end(), [this](const std::string& room) { reenter(room); });
  missing.erase(back, missing.end());
  changed();
  if (missing.empty()) host_.is_ready(*this);
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
  Keeping& its = keeping_.make();
  if (at < *its.poison) return false;
  const bool here = at == *its.poison && !input.empty();
  its.poison.reset();
  if (!here) return false;
  const std::optional<size_t> bytes = protocol_->skip(input);
  if (!bytes) {
    leave("The server failed on what you sent");
    return true;
  }
  connection_->consume(*bytes);
  line_ += kNumbersOfALine;
  its.line.skip_commands(0);
  tell_dropped();
  host_.has_changed(*this);
  return true;
}

}  // namespace banterd::worker
