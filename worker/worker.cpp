#include "worker/worker.h"

#include <csignal>
#include <optional>

#include "base/log.h"
#include "base/process_title.h"
#include "base/uv/loop.h"
#include "base/uv/timer.h"
#include "conf/config.h"
#include "ipc/channel.h"
#include "ipc/contract.h"
#include "ipc/journal.h"
#include "ipc/messages.h"
#include "worker/bus.h"
#include "worker/clients.h"
#include "worker/deadlines.h"
#include "worker/hub.h"
#include "worker/owner.h"
#include "worker/router.h"

namespace banterd::worker {

namespace {

constexpr std::string_view kShutdownText = "Server is shutting down";
// How long a connection that has been told and flushed may take to close its side, in a shutdown
// and otherwise.
constexpr std::chrono::milliseconds kShutdownLinger{300};
constexpr std::chrono::milliseconds kLinger{2000};
// How often in one iteration those go on whose fences opened meanwhile.
constexpr int kRoundsPerIteration = 4;
// Rooms in one message of a list.
constexpr size_t kRoomsPerMessage = 500;

// What a worker has once it knows who it is: everything but the control channel. Joins the parts
// and passes on what one says to another; decides nothing itself.
class Slots final : public BusListener, public OwnerListener {
 public:
  Slots(base::Loop& loop, const ipc::Start& start, conf::Config config,
        std::unique_ptr<ipc::Journal> journal)
      : place_{start.slot, start.incarnation},
        config_(std::move(config)),
        deadlines_(loop),
        wake_(loop, [] {}),
        connections_{loop, deadlines_, config_.limits.send_queue_bytes, kLinger},
        bus_(loop, start.slot, start.slots, *this),
        hub_(place_),
        owner_(bus_, place_, std::move(journal), config_.rooms.history_lines, *this),
        clients_({config_, place_, connections_, bus_, hub_, [this] { return owner_.rooms(); }}),
        router_(bus_, owner_, clients_),
        taken_(start.slots),
        told_(start.slots) {
    clients_.set_router(router_);
    owner_.restore();
  }

  Bus& bus() { return bus_; }
  Clients& clients() { return clients_; }
  [[nodiscard]] const conf::Config& config() const { return config_; }
  void shorten_linger() { connections_.linger = kShutdownLinger; }

  // All that was queued in this iteration goes on its way.
  void end_iteration() {
    owner_.commit();
    for (int round = 0; round < kRoundsPerIteration && clients_.run_ready(); ++round)
      owner_.commit();
    // The rest has its turn in the next iteration, after the pipes and clients have had theirs.
    if (clients_.has_ready()) wake_.start(std::chrono::milliseconds::zero());
    hub_.end_iteration();
    clients_.flush();
    const std::vector<uint64_t> ended = clients_.take_ended();
    if (!ended.empty()) {
      bus_.send_to_all(Ended{ended});
      owner_.on_ended(ended);
    }
    tell_standing();
    bus_.flush();
  }

  // ---- BusListener ----
  Hello hello_for(Slot slot) override { return {place_, taken_[slot]}; }

  void on_bus_message(Slot from, BusMessage message) override {
    std::visit([&](auto& one) { on_message(from, one); }, message);
  }

  void on_slot_down(const chat::Place& place) override {
    base::log_info("slot is down", {{"slot", place.slot}, {"incarnation", place.incarnation}});
    told_[place.slot] = {};
    owner_.on_slot_down(place);
    clients_.on_slot_down(place.slot);
  }

  // ---- OwnerListener: this slot is one of those that follow ----
  void on_own_snapshot(Snapshot part) override { hub_.apply(std::move(part)); }
  void on_own_event(const LogEvent& event) override { on_event(place_.slot, event); }
  void on_own_history(History history) override { hub_.apply(history); }
  void on_own_settled(uint64_t position) override { router_.on_settled(place_.slot, position); }

 private:
  void on_event(Slot owner, const LogEvent& event) {
    taken_[owner] = event.position;
    if (event.event.from == place_) router_.on_event(owner, event);
    hub_.apply(event);
  }

  void on_message(Slot from, Hello& hello) {
    if (hello.place.slot != from) {
      base::log_warning("hello of another slot dropped",
                        {{"from", from}, {"says", hello.place.slot}});
      return;
    }
    owner_.on_greeted(hello);
    router_.on_greeted(from);
  }
  void on_message(Slot, CommandMessage& message) { owner_.take(message.object, message.command); }
  void on_message(Slot from, LogEvent& event) {
    if (event.position > taken_[from]) on_event(from, event);
  }
  void on_message(Slot, Snapshot& part) { hub_.apply(std::move(part)); }
  void on_message(Slot, History& history) { hub_.apply(history); }
  void on_message(Slot from, Standing& standing) {
    owner_.on_taken(from, standing.taken);
    router_.on_settled(from, standing.settled);
  }
  void on_message(Slot, Ended& ended) { owner_.on_ended(ended.connections); }
  void on_message(Slot from, SlotSettled& settled) { owner_.on_slot_settled(from, settled.place); }
  void on_message(Slot from, ListRooms& query) {
    RoomList answer{query.query, false, {}};
    for (RoomLine& room : owner_.rooms()) {
      answer.rooms.push_back(std::move(room));
      if (answer.rooms.size() < kRoomsPerMessage) continue;
      bus_.send(from, answer);
      answer.rooms.clear();
    }
    answer.last = true;
    bus_.send(from, answer);
  }
  void on_message(Slot from, RoomList& answer) { clients_.on_room_list(from, std::move(answer)); }
  void on_message(Slot, Seen&) {}  // lives in journals only

  void tell_standing() {
    for (Slot slot = 0; slot < bus_.slots(); ++slot) {
      if (!bus_.greeted(slot)) continue;
      Standing& told = told_[slot];
      if (told.taken == taken_[slot] && told.settled == owner_.settled()) continue;
      told = {taken_[slot], owner_.settled()};
      bus_.send(slot, told);
    }
  }

  const chat::Place place_;
  const conf::Config config_;
  Deadlines deadlines_;
  base::Timer wake_;  // does nothing but let the loop turn once more
  ConnectionContext connections_;
  Bus bus_;
  Hub hub_;
  Owner owner_;
  Clients clients_;
  Router router_;
  std::vector<uint64_t> taken_;  // by owner: up to here his log stands in our clients' send queues
  std::vector<Standing> told_;   // by slot: what it was last told
};

// The control channel and the life that the master commands:
//
//   unnamed ──start──► named ──meshed──► serving ──drain──► draining ──leave──► leaving ──all
//   sockets gone──► exit
//
// The end of the control channel is the end of the master: then the worker leaves by itself.
class Worker {
 public:
  explicit Worker(base::UniqueFd control)
      : leave_limit_(loop_, [this] { exit(ipc::exit_ok); }),
        iteration_end_(loop_, [this] { end_iteration(); }) {
    auto channel = ipc::Channel::create(
        loop_, std::move(control),
        [this](ipc::Channel::Frame frame) { on_frame(std::move(frame)); },
        [this](const base::Error& why) { on_master_gone(why); });
    if (!channel) base::panic("no control channel", {{"error", channel.error()}});
    control_ = *std::move(channel);
  }

  int run() {
    loop_.run();
    // Clients and pipes go before the loop that they live in.
    control_.reset();
    slots_.reset();
    return exit_code_;
  }

 private:
  void on_frame(ipc::Channel::Frame frame) {
    auto message = ipc::decode_to_worker(frame.payload);
    if (!message) {
      base::log_warning("control message dropped", {{"error", message.error()}});
      return;
    }
    std::visit([&](auto& one) { on_message(one, frame); }, *message);
  }

  void on_message(ipc::Start& start, ipc::Channel::Frame& frame) {
    auto config = conf::parse(start.config, start.config_name);
    if (!config)
      base::panic("the master's configuration does not parse", {{"error", config.error()}});
    const std::string role = "worker " + std::to_string(start.slot);
    base::log_setup(role, config->log.level, config->log.format);
    base::set_process_title("banterd: " + role + " generation " + std::to_string(start.generation));
    if (frame.descriptors.size() != 1) base::panic("no journal came with the start");
    auto journal =
        ipc::Journal::open(std::move(frame.descriptors[0]), config->limits.journal_bytes);
    if (!journal) base::panic("the journal cannot be opened", {{"error", journal.error()}});
    slots_.emplace(loop_, start, *std::move(config), *std::move(journal));
  }

  void on_message(ipc::Peer& peer, ipc::Channel::Frame& frame) {
    if (!slots_ || frame.descriptors.size() != 1)
      base::panic("a peer came without its pipe", {{"slot", peer.slot}});
    slots_->bus().connect({peer.slot, peer.incarnation}, std::move(frame.descriptors[0]));
  }

  void on_message(ipc::Meshed&, ipc::Channel::Frame&) { tell(ipc::Ready{}); }

  void on_message(ipc::Connection& connection, ipc::Channel::Frame& frame) {
    const auto refuse = [&](std::string why) { tell(ipc::Refused{connection.id, std::move(why)}); };
    if (frame.descriptors_lost || frame.descriptors.size() != 1)
      return refuse("no descriptor came: out of descriptors");
    if (draining_) return refuse("shutting down");
    const auto& listeners = slots_->config().listeners;
    if (connection.listener >= listeners.size()) return refuse("no such listener");
    auto added = slots_->clients().add(connection.id, listeners[connection.listener],
                                       connection.peer, std::move(frame.descriptors[0]));
    if (!added) return refuse(added.error().context);
    tell(ipc::Taken{connection.id});
  }

  void on_message(ipc::Ping& ping, ipc::Channel::Frame&) { tell(ipc::Pong{ping.number}); }

  void on_message(ipc::Drain&, ipc::Channel::Frame&) {
    draining_ = true;
    slots_->clients().drain();
  }

  void on_message(ipc::Leave& leave, ipc::Channel::Frame&) {
    begin_leaving(std::chrono::milliseconds(leave.patience_ms));
  }

  void on_master_gone(const base::Error& why) {
    if (leaving_) return;
    base::log_warning("the master is gone: leaving", {{"why", why}});
    exit_code_ = ipc::exit_lost_master;
    if (!slots_) return exit(exit_code_);
    // Systemd or a person starts anew soon: clients are told, but nobody is waited for long.
    begin_leaving(std::chrono::milliseconds(2000));
  }

  void begin_leaving(std::chrono::milliseconds patience) {
    if (leaving_) return;
    leaving_ = draining_ = true;
    leave_limit_.start(patience);
    slots_->shorten_linger();
    slots_->clients().drain();
    slots_->clients().farewell(kShutdownText);
  }

  void end_iteration() {
    if (!slots_) return flush_control();
    slots_->end_iteration();
    std::vector<uint64_t> closed = slots_->clients().take_closed();
    if (!closed.empty()) tell(ipc::Closed{std::move(closed)});
    if (draining_ && !drained_ && slots_->clients().settled()) {
      drained_ = true;
      tell(ipc::Drained{});
    }
    if (leaving_ && slots_->clients().sockets() == 0) exit(exit_code_);
    flush_control();
  }

  void tell(const ipc::ToMaster& message) {
    if (control_ != nullptr) control_->send(ipc::encode(message));
  }
  void flush_control() {
    if (control_ != nullptr) control_->flush();
  }

  void exit(int code) {
    exit_code_ = code;
    loop_.stop();
  }

  base::Loop loop_;
  std::unique_ptr<ipc::Channel> control_;
  std::optional<Slots> slots_;
  base::Timer leave_limit_;
  base::IterationEnd iteration_end_;
  bool draining_ = false;
  bool drained_ = false;
  bool leaving_ = false;
  int exit_code_ = ipc::exit_ok;
};

}  // namespace

int run(int control_descriptor) {
  // The control channel says when to end; a terminal's Ctrl-C and systemd's signals are the
  // master's.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1}) std::signal(number, SIG_IGN);
  Worker worker{base::UniqueFd(control_descriptor)};
  return worker.run();
}

}  // namespace banterd::worker
