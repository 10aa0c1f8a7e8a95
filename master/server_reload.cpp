// What SIGHUP does (master/reload.h has the steps up to the commit).
#include <ctime>

#include "base/log.h"
#include "base/take_part.h"
#include "master/server.h"

namespace banterd::master {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "nothing" : text;
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%H:%M:%SZ", &parts)};
}

template <class OnLine>
void each_line(std::string_view text, OnLine&& on_line) {
  while (!text.empty()) on_line(base::take_part(text, '\n'));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

void Server::want_reload(const base::LogField& cause) {
  if (shutdown_) return base::log_info("no reload: shutting down", {cause});
  if (reload_ || exec_moment_.wanted())
    base::log_info("a reload is under way: another follows it", {cause});
  reload_wanted_ = true;
}

void Server::begin_reload() {
  reload_wanted_ = false;
  exec_moment_.drop();
  ++reloads_;
  reload_told_ = false;
  base::log_info("reloading", {{"number", reloads_}});
  service_manager_.reloading();
  reload_ = std::make_unique<Reload>(
      loop_, Reload::Current{*generation_, plan_.config, *acceptor_, dispatcher_},
      Reload::Request{reloads_, plan_.binary_path, plan_.config_file, encode(state()),
                      callbacks()});
}

void Server::advance_reload() {
  // An exec that is delayed (no worker lives, say, and connections wait for one) must not hold up
  // the reload that may mend it, and brings an exec of its own.
  const bool exec_comes = exec_moment_.wanted() && !exec_moment_.was_delayed();
  if (reload_wanted_ && serving_ && !shutdown_ && !reload_ && !exec_comes) begin_reload();
  if (!reload_) return;
  reload_->advance();
  if (reload_->aborted()) return give_up_reload();
  if (reload_->ready_to_commit()) commit(std::exchange(reload_, nullptr)->take());
}

// One decision: from here on the new generation serves, and nothing can fail.
void Server::commit(Reload::Candidate next) {
  const bool wants_copies = next.config.keep_clients_on_crash && dispatcher_.lacks_copies();
  next.generation->workers.tell_all(ipc::Commit{wants_copies});
  next.generation->workers.flush();
  next.generation->supervisor.begin_to_serve();
  generation_->supervisor.retire();
  generation_->workers.flush();
  plan_.config = std::move(next.config);
  plan_.config_text = next.generation->edition().config_text;
  formats_ = next.formats;
  const auto became = acceptor_->apply(std::move(next.listeners));
  acceptor_->set_keepalive_idle(plan_.config.limits.ping_timeout);
  dispatcher_.keep_sockets(plan_.config.keep_clients_on_crash);
  dispatcher_.move_to(next.generation->workers, became, plan_.config.listeners);
  depart(std::exchange(generation_, std::move(next.generation)), false);
  apply_limits(acceptor_->listening().size());
  base::log_setup("master", plan_.config.log.level, plan_.config.log.format);
  acceptor_->release();
  dispatcher_.release();

  const uint64_t pause_ms = loop_.now_ms() - next.paused_since_ms;
  base::log_info("reloaded", {{"generation", generation_->number()},
                              {"changed", joined(next.changed)},
                              {"workers", generation_->workers.slots()},
                              {"clients", admission_.connections()},
                              {"pause_ms", pause_ms}});
  last_reload_ = "reload " + std::to_string(reloads_) + " done at " + time_of_day() + ", pause " +
                 std::to_string(pause_ms) + " ms";
  exec_moment_.want();
}

void Server::give_up_reload() {
  const Reload::Failure& failure = reload_->failure();
  const bool refused = failure.step == "check" || failure.step == "listen";
  if (refused) {
    each_line(failure.why, [](std::string_view line) {
      base::log_error("reload refused: " + std::string(line));
    });
  }
  base::log_error("reload failed",
                  {{"step", failure.step},
                   {"why", first_line(failure.why)},
                   {"goes_on", "generation " + std::to_string(generation_->number())}});
  last_reload_ = "reload " + std::to_string(reloads_) + " failed: " + first_line(failure.why);
  if (auto remains = reload_->take_remains()) depart(std::move(remains), true);
  reload_.reset();
  end_reload();
}

void Server::end_reload() {
  if (std::exchange(reload_told_, true)) return;
  service_manager_.ready(status());
}

// ---- the old generation ----

void Server::depart(std::unique_ptr<Generation> generation, bool killed) {
  departing_.push_back({std::move(generation), loop_.now_ms(), killed});
}

void Server::kill_who_does_not_leave() {
  for (Departing& old : departing_) {
    const bool in_time = loop_.now_ms() - old.since_ms < static_cast<uint64_t>(kLeaveLimit.count());
    if (in_time || std::exchange(old.killed, true)) continue;
    old.generation->supervisor.kill_all("it does not leave");
  }
}

void Server::bury_departed() {
  for (Departing& old : departing_) old.generation->supervisor.collect();
  // Here no callback of theirs is running.
  std::erase_if(departing_,
                [](const Departing& old) { return old.generation->workers.processes() == 0; });
}

// ---- the exec ----

void Server::advance_exec() {
  if (!exec_moment_.wanted()) return;
  const bool at_boundary = dispatcher_.is_idle() && generation_->supervisor.at_boundary();
  exec_moment_.advance(departing_.empty(), at_boundary);
  // Outside the loop: what a signal has left in the loop's own pipe would be lost.
  if (exec_moment_.reached()) loop_.stop();
}

void Server::exec() {
  const BlockedSignals blocked;
  // Signals that have come are met before; those that come from here on wait for the next image.
  loop_.poll();
  if (!exec_moment_.reached()) return;
  report();
  const MasterState last = state();
  std::vector<int> descriptors;
  for (const SlotRecord& slot : last.slots) {
    for (const int fd : {slot.channel, slot.journal, slot.clients}) {
      if (fd >= 0) descriptors.push_back(fd);
    }
  }
  for (const ServedRecord& served : last.served)
    descriptors.insert(descriptors.end(), served.sockets.begin(), served.sockets.end());
  for (const ListenerRecord& listener : last.listeners) descriptors.push_back(listener.fd);
  for (const RefusedRecord& refused : last.refused) descriptors.push_back(refused.fd);
  auto memory = write_state(encode(last));
  const base::Error why = memory ? exec_in_place(*generation_->edition().binary, plan_.arguments,
                                                 *memory, std::move(descriptors))
                                 : memory.error();
  base::log_error("exec failed: the master goes on as the old program", {{"error", why}});
  exec_moment_.drop();
  end_reload();
}

// ---- the restart ----

void Server::restart() {
  const BlockedSignals blocked;
  // A signal to end that has come meanwhile is met before; one that comes from here on waits for
  // the next image.
  loop_.poll();
  if (!restart_) return;
  base::log_info("restarting");
  restart_->exec();
}

}  // namespace banterd::master
