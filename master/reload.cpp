#include "master/reload.h"

#include <utility>

#include "base/fault.h"
#include "conf/changed_keys.h"
#include "master/configuration.h"
#include "master/state_directory.h"

namespace banterd::master {

namespace {

std::string of_slot(std::string_view what, const Worker& worker) {
  return std::string(what) + " of slot " + std::to_string(worker.slot);
}

}  // namespace

Reload::Reload(base::Loop& loop, Current current, Request request)
    : loop_(loop),
      current_(current),
      request_(std::move(request)),
      due_(loop, [this] { on_due(); }) {
  if (auto checked = check(); !checked) fail("check", checked.error().context);
}

void Reload::collect() {
  if (candidate_.generation) candidate_.generation->supervisor.collect();
}
void Reload::tick() {
  if (candidate_.generation) candidate_.generation->supervisor.tick();
}
void Reload::flush() {
  if (candidate_.generation) candidate_.generation->workers.flush();
}

void Reload::advance() {
  if (step_ == Step::aborted || step_ == Step::ready_to_commit) return;
  if (!failure_) {
    switch (step_) {
      case Step::checking:
        if (check_->result()) on_checked();
        break;
      case Step::starting:
        if (candidate_.generation->workers.all_ready() && current_.generation.workers.all_ready())
          quiesce();
        break;
      case Step::quiescing:
        if (current_.dispatcher.all_answered()) freeze();
        break;
      case Step::freezing:
        if (handover_->all_frozen()) hand_over();
        break;
      case Step::handing_over:
        if (handover_->is_complete() && new_workers_ready()) finish();
        break;
      case Step::ready_to_commit:
      case Step::aborted:
        break;
    }
  }
  if (failure_) undo();
}

// ---- check ----

base::Result<void> Reload::check() {
  if (auto read = read_config(); !read) return read;
  auto binary = Binary::open(request_.binary_path);
  if (!binary) return binary.error();
  edition_.binary = std::make_shared<const Binary>(std::move(*binary));
  auto run = CheckRun::start(loop_, *edition_.binary, request_.config_file, request_.state);
  if (!run) return run.error();
  check_ = std::move(*run);
  return {};
}

base::Result<void> Reload::read_config() {
  const Edition& old = current_.generation.edition();
  auto next = read_configuration_again(request_.config_file, old.config_name);
  if (!next) return next.error();
  if (auto good = check_files(*next, old.config_name); !good) return good;
  edition_.config_name = old.config_name;
  edition_.config_text = std::move(next->text);
  edition_.state_directory = state_directory(next->config);
  auto key = read_cloak_key(edition_.state_directory);
  if (!key) return key.error();
  edition_.cloak_key = key->value_or(old.cloak_key);
  edition_.keeps_clients = next->config.keep_clients_on_crash;
  candidate_.config = std::move(next->config);
  return {};
}

void Reload::on_checked() {
  const base::Result<void>& checked = *check_->result();
  if (!checked) return fail("check", checked.error().context);
  const auto formats = find_formats(check_->output());
  if (!formats) return fail("check", "the program does not say which formats its workers write");
  candidate_.formats = *formats;
  check_.reset();
  if (auto listening = listen(); !listening) return fail("listen", listening.error().context);
  if (auto started = start(); !started) return fail("start", started.error().context);
}

// ---- listen, start ----

base::Result<void> Reload::listen() {
  if (base::fault("listen"))
    return base::Error{base::Errc::exists, "listen: a fault was asked for"};
  auto change = current_.acceptor.prepare(current_.config.listeners, candidate_.config.listeners);
  if (!change) return change.error();
  candidate_.listeners = std::move(*change);
  return {};
}

base::Result<void> Reload::start() {
  step_ = Step::starting;
  // Workers have so long to become ready, and a stand-in may begin later than the others.
  due_.start(ipc::kReadyLimit);
  const Orders& old = current_.generation.supervisor.orders();
  candidate_.changed = what_changed();
  Orders orders;
  orders.boot = old.boot;
  orders.number = old.number + 1;
  orders.first_incarnation = current_.generation.workers.last_incarnation() + 1;
  orders.imports = current_.generation.workers.slots();
  orders.edition = edition_;
  candidate_.generation = std::make_unique<Generation>(loop_, candidate_.config.worker_count(),
                                                       std::move(orders), request_.callbacks);
  current_.generation.supervisor.stand_in(edition_);
  return candidate_.generation->supervisor.start();
}

std::vector<std::string> Reload::what_changed() const {
  const Edition& old = current_.generation.edition();
  std::vector<std::string> changed = conf::changed_keys(old.config_text, edition_.config_text);
  if (!edition_.binary->same_file(*old.binary)) changed.emplace_back("binary");
  return changed;
}

// ---- freeze, hand over ----

void Reload::quiesce() {
  step_ = Step::quiescing;
  candidate_.paused_since_ms = loop_.now_ms();
  due_.start(kFreezeLimit);
  current_.generation.supervisor.hold_respawns();
  current_.acceptor.hold();
  current_.dispatcher.hold();
  advance();
}

void Reload::freeze() {
  step_ = Step::freezing;
  handover_.emplace(current_.generation.workers, candidate_.generation->workers, request_.attempt);
  handover_->freeze();
}

void Reload::hand_over() {
  step_ = Step::handing_over;
  due_.start(kHandoverLimit);
  // One that has died and is not buried yet has no channel to be written to.
  const bool all_live = current_.generation.workers.all_ready() && new_workers_ready();
  if (!all_live) return fail("hand over", "a worker has died");
  if (auto begun = handover_->begin_export(); !begun) fail("hand over", begun.error().context);
}

// A folder that has no key yet gets the one that people's hosts are made with: by a reload that
// nothing else can stop any more.
void Reload::finish() {
  if (auto kept = keep_cloak_key(edition_.state_directory, edition_.cloak_key); !kept)
    return fail("hand over", kept.error().context);
  step_ = Step::ready_to_commit;
}

bool Reload::new_workers_ready() const { return candidate_.generation->workers.all_ready(); }

void Reload::on_message(Generation& generation, Worker& worker, const ipc::ToMaster& message,
                        ipc::Channel::Frame& frame) {
  if (!handover_ || failure_) return;
  const bool is_old = &generation == &current_.generation;
  // Of a generation that was given up earlier, and is still being buried.
  if (!is_old && &generation != candidate_.generation.get()) return;
  const base::Result<void> done =
      is_old ? handover_->on_old(worker, message, frame) : handover_->on_new(worker, message);
  if (!done) fail(step_ == Step::freezing ? "freeze" : "hand over", done.error().context);
}

bool Reload::on_gone(Generation& generation, Worker& worker) {
  const bool frozen = step_ >= Step::quiescing;
  if (&generation == candidate_.generation.get()) {
    fail(frozen ? "hand over" : "start", of_slot("the new worker", worker) + " has died");
    return false;
  }
  if (&generation != &current_.generation) return false;  // given up earlier
  if (frozen && handover_ && handover_->has_exported(worker)) {
    if (failure_) return false;
    gone_after_export_.push_back(worker.slot);
    return true;
  }
  if (frozen) {
    fail(step_ == Step::handing_over ? "hand over" : "freeze",
         of_slot("the old worker", worker) + " has died");
  } else if (worker.stand_in) {
    fail("start", of_slot("the stand-in", worker) + " has died");
  }
  return false;
}

// ---- giving up ----

void Reload::on_due() {
  switch (step_) {
    case Step::starting:
      return fail("start", "not all workers are ready in time");
    case Step::quiescing:
      return fail("freeze", "a worker does not answer its hand-offs in time");
    case Step::freezing:
      return fail("freeze", "not in time: " + handover_->missing());
    case Step::handing_over:
      return fail("hand over", "not in time: " + handover_->missing());
    case Step::checking:
    case Step::ready_to_commit:
    case Step::aborted:
      return;
  }
}

// Only noted: what is undone may be in the middle of a callback. The first reason counts.
void Reload::fail(std::string_view step, std::string why) {
  if (step_ == Step::aborted || failure_) return;
  failure_ = Failure{step, std::move(why)};
}

void Reload::abort(const std::string& why) {
  if (step_ == Step::aborted) return;
  fail("stop", why);
  undo();
}

void Reload::undo() {
  const bool paused = step_ >= Step::quiescing;
  step_ = Step::aborted;
  due_.stop();
  check_.reset();
  if (candidate_.listeners) current_.acceptor.give_up(std::move(candidate_.listeners));
  if (candidate_.generation) candidate_.generation->supervisor.kill_all("the reload was given up");
  if (handover_) handover_->thaw();
  current_.generation.supervisor.end_stand_ins();
  if (!paused) return;
  for (const ipc::Slot slot : gone_after_export_) {
    current_.generation.give_up_or_keep(current_.generation.workers.at(slot), current_.dispatcher);
  }
  current_.generation.supervisor.release_respawns();
  current_.acceptor.release();
  current_.dispatcher.release();
}

}  // namespace banterd::master
