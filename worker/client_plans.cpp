// The part of Client that is about what touches all that is his: coming in, a new record, leaving.
#include "worker/client.h"
#include "worker/limits.h"

namespace banterd::worker {

bool Client::expel_if_banned(const chat::Profile& person) {
  const chat::Server& server = host_.hub().server();
  if (server.bans().empty()) return false;
  chat::Profile uncloaked = person;
  uncloaked.host = address_;
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
  Plan plan{Purpose::enter, {}, chat::make_profile(enter.profile)};
  plan.phases.push_back({AskOwner{std::string(enter.profile.nick.str()), chat::Claim{}, true}});
  if (!enter.room.empty()) {
    plan.phases.push_back({AskOwner{enter.room, join_of(host_.config(), enter.room), true}});
  }
  begin(std::move(plan));
}

void Client::meet(const ChangeProfile& change) {
  auto renewed = chat::make_profile(*profile_);
  change.change(*renewed);
  ++renewed->version;
  Plan plan{Purpose::renew, {}, renewed};
  const std::string before(profile_->nick.str());
  const bool same_object = renewed->nick.key() == profile_->nick.key();
  if (renewed->nick == profile_->nick) {
    plan.phases.push_back({AskOwner{before, chat::Renew{}, true}});
  } else {
    plan.phases.push_back({AskOwner{std::string(renewed->nick.str()), chat::Claim{}, true}});
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
  changed();
  leaving_ = Leaving::wanted;
  seldom_.make().quit_reason = reason;
  asked_.drop();
  host_.is_ready(*this);
}

// Begins only when nothing of his is open.
void Client::start_quit() {
  changed();
  leaving_ = Leaving::under_way;
  host_.deadlines().cancel(wake_);
  count_gone();
  if (connection_ != nullptr) connection_->set_reading(false);
  Plan plan{Purpose::quit, {}, profile_};
  std::vector<AskOwner> everywhere;
  for (const std::string& room : rooms())
    everywhere.push_back({room, chat::Quit{seldom_->quit_reason}, false});
  for (const auto& [key, nick] : seldom_->watched)
    everywhere.push_back({nick, chat::Unwatch{}, false});
  const AskOwner release{std::string(profile_->nick.str()), chat::Release{}, false};
  const bool may_be_claimed = has_nick_ && !is_guest_nick(profile_->nick);
  if (may_be_claimed && !everywhere.empty()) {
    // Who wants it waits for it while he leaves, which one who is nowhere does at once.
    plan.phases.push_back({AskOwner{release.object, chat::Depart{}, false}});
  } else if (has_nick_ && !may_be_claimed) {
    everywhere.push_back(release);
  }
  if (!everywhere.empty()) plan.phases.push_back(std::move(everywhere));
  if (may_be_claimed) plan.phases.push_back({release});
  // His end of stream says that nobody sees him any more, unless that may take long.
  if (waits_for_owner_down(plan)) end_connection();
  begin(std::move(plan));
}

bool Client::waits_for_owner_down(const Plan& plan) const {
  for (const std::vector<AskOwner>& phase : plan.phases) {
    for (const AskOwner& ask : phase) {
      if (host_.router().stays_down(host_.router().route_to(ask.object).owner)) return true;
    }
  }
  return false;
}

void Client::end_connection() {
  changed();
  if (connection_ == nullptr) return;
  send(protocol_->goodbye(seldom_->quit_reason, expelled_));
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
  changed();
  if (plan_->phases.empty()) return finish_plan();
  const std::vector<AskOwner> phase = std::move(plan_->phases.front());
  plan_->phases.erase(plan_->phases.begin());
  for (const AskOwner& ask : phase) {
    const Route route = host_.router().route_to(ask.object);
    submit(route, ask, {connection_id_, plan_->line, ++plan_->step}, plan_->profile, false);
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
  changed();
  const chat::ProfilePtr before = std::exchange(profile_, newer);
  host_.count(before.get(), profile_.get());
  protocol_->on_renewed(*before);
}

// The claim was refused: nothing has changed yet.
void Client::abandon_plan(const OpenCommand& claim, chat::Refusal why) {
  changed();
  plan_.reset();
  protocol_->on_refused(claim.object, claim.command.body, why);
}

}  // namespace banterd::worker
