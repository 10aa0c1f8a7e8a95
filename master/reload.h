// One reload, up to the moment when nothing of it can fail any more: SIGHUP's configuration, number
// of workers and program come in, and nobody's connection closes (docs/architecture.md, "Reload").
//
//   checking ──► starting ──► quiescing ──► freezing ──► handing over ──► ready to commit
//      │            │             │            │              │
//      └────────────┴─────────────┴────────────┴──────────────┴──► aborted
//
//   checking      the configuration and what it names are read again, and the program on disk is
//                 run with -t: it checks them too, and proves that it can read what this master
//                 would leave it. Then the sockets of new listeners are opened, all or none.
//   starting      the new generation's workers are started from that program: meshed, and idle. At
//                 the same time the old generation is made whole: a slot that is down, or becomes
//                 so, gets a *stand-in*, a worker of the new program and configuration with the old
//                 generation's number, journal and clients (if that one keeps them). It recovers
//                 what the slot had in the ordinary way and exports it with the others. Hence a
//                 reload needs no second way to read a journal, and works while a slot is down,
//                 even if its own program can do nothing but crash.
//   quiescing     nobody is accepted or given to a worker, until all offers are answered.
//   freezing      the old workers stop and settle what is under way (master/handover.h).
//   handing over  they write down what they have; the new ones take it. A state directory that has
//                 no key of cloaks yet gets the one there is.
//
// An abort leaves everything as it was: the new workers are killed, the old ones thawed, stand-ins
// replaced, accepting goes on. It happens on any error, when a step takes too long, and when one of
// the workers dies: a new one at any time, a stand-in at any time, an old one from the quiescing
// until its export has been passed on. (After that its export is the truth: should we abort for
// another reason, its death counts from then on.)
//
// What follows is the owner's: to commit (take()), or to clear up (take_remains()).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/timer.h"
#include "conf/config.h"
#include "master/acceptor.h"
#include "master/check_run.h"
#include "master/dispatcher.h"
#include "master/generation.h"
#include "master/handover.h"
#include "master/state.h"

namespace banterd::master {

class Reload {
 public:
  static constexpr std::chrono::seconds kFreezeLimit{3};  // quiescing and freezing
  static constexpr std::chrono::seconds kHandoverLimit{10};

  // What is reloaded. Outlives the reload.
  struct Current {
    Generation& generation;
    const conf::Config& config;
    Acceptor& acceptor;
    Dispatcher& dispatcher;
  };
  struct Request {
    uint64_t attempt = 0;  // grows with each in a run of the server
    std::string binary_path;
    std::optional<std::string> config_file;  // without it: the built-in default again
    std::string state;                       // encoded, for the program to prove itself on
    Generation::Callbacks callbacks;         // of the new generation
  };
  // A generation that has all that the old one had, and has only to be told to serve.
  struct Candidate {
    conf::Config config;
    FormatVersions formats;            // what its workers write
    std::vector<std::string> changed;  // keys, and "binary"
    std::unique_ptr<Acceptor::Change> listeners;
    std::unique_ptr<Generation> generation;
    uint64_t paused_since_ms = 0;  // by the loop's clock
  };
  struct Failure {
    std::string_view step;  // "check", "listen", "start", "freeze", "hand over"
    std::string why;        // may have several lines
  };

  Reload(base::Loop& loop, Current current, Request request);
  Reload(const Reload&) = delete;
  Reload& operator=(const Reload&) = delete;

  // As the supervisor's, for the new generation.
  void collect();
  void tick();
  // Looks whether a step is done, and does the next. Once per iteration of the loop, never from a
  // callback of a channel.
  void advance();
  // Writes what is queued for the new workers.
  void flush();
  // Gives up, if there is still something to give up.
  void abort(const std::string& why);

  [[nodiscard]] bool ready_to_commit() const { return step_ == Step::ready_to_commit; }
  [[nodiscard]] bool aborted() const { return step_ == Step::aborted; }
  // Once it is aborted.
  [[nodiscard]] const Failure& failure() const { return *failure_; }

  // Once it is ready: what is left is to commit.
  [[nodiscard]] Candidate take() { return std::move(candidate_); }
  // Once it is aborted: the new generation, if there was one, killed but not reaped.
  [[nodiscard]] std::unique_ptr<Generation> take_remains() {
    return std::move(candidate_.generation);
  }

  // What a worker of either generation says, or its end. To be told of all.
  void on_message(Generation& generation, Worker& worker, const ipc::ToMaster& message,
                  ipc::Channel::Frame& frame);
  // True when connections of that worker are on their way to the new generation: the dispatcher
  // must not forget them.
  [[nodiscard]] bool on_gone(Generation& generation, Worker& worker);

 private:
  enum class Step {
    checking,
    starting,
    quiescing,
    freezing,
    handing_over,
    ready_to_commit,
    aborted
  };
  base::Result<void> check();
  base::Result<void> read_config();
  void on_checked();
  base::Result<void> listen();
  base::Result<void> start();
  void quiesce();
  void freeze();
  void hand_over();
  void finish();
  void on_due();
  void fail(std::string_view step, std::string why);
  void undo();
  [[nodiscard]] bool new_workers_ready() const;
  [[nodiscard]] std::vector<std::string> what_changed() const;

  base::Loop& loop_;
  Current current_;
  Request request_;
  Step step_ = Step::checking;
  base::Timer due_;
  Edition edition_;  // the next one
  std::unique_ptr<CheckRun> check_;
  Candidate candidate_;
  std::optional<Handover> handover_;
  std::vector<ipc::Slot> gone_after_export_;  // of the old generation
  std::optional<Failure> failure_;
};

}  // namespace banterd::master
