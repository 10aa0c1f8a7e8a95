#include "worker/worker.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "base/free_memory.h"
#include "base/log.h"
#include "base/process_title.h"
#include "base/uv/loop.h"
#include "base/uv/timer.h"
#include "conf/config.h"
#include "ipc/channel.h"
#include "ipc/contract.h"
#include "ipc/journal.h"
#include "ipc/messages.h"
#include "worker/exporter.h"
#include "worker/importer.h"
#include "worker/service.h"

namespace banterd::worker {

namespace {

constexpr std::string_view kShutdownText = "Server is shutting down";
// How long clients may take to be told when the master is gone: systemd, or a person, starts anew
// soon.
constexpr std::chrono::milliseconds kOrphanPatience{2000};
// How long the master may not know that a connection has ended, while nothing else is to be said.
constexpr std::chrono::milliseconds kClosedDelay{10};

// The control channel and the life that the master commands:
//
//   unnamed ──start──► named ──meshed, bans known──► serving ──drain──► draining ──leave──► leaving
//   ──all sockets gone──► exit
//
// The end of the control channel is the end of the master: then the worker leaves by itself.
class Worker {
 public:
  explicit Worker(base::UniqueFd control)
      : leave_limit_(loop_, [this] { exit(ipc::exit_ok); }),
        closed_limit_(loop_, [this] { closed_are_due_ = true; }),
        next_copies_(loop_, [] {}),
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
    exporter_.reset();
    importer_.reset();
    service_.reset();
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
    if (frame.descriptors.empty()) base::panic("no journal came with the start");
    auto journal =
        ipc::Journal::open(std::move(frame.descriptors[0]), config->limits.journal_bytes);
    if (!journal) base::panic("the journal cannot be opened", {{"error", journal.error()}});
    // A stand-in has another generation's configuration (master/reload.h), and the clients of its
    // own.
    config->keep_clients_on_crash = frame.descriptors.size() > 1;
    std::unique_ptr<ipc::ClientMemory> clients;
    if (config->keep_clients_on_crash) clients = open_clients(std::move(frame.descriptors[1]));
    service_ = std::make_unique<Service>(
        loop_, start, *std::move(config), *std::move(journal),
        [this](const ipc::OperatorRequest& request) { tell(request); }, std::move(clients));
    exporter_ = std::make_unique<Exporter>(
        loop_, *service_,
        [this](const ipc::ToMaster& message, std::vector<ipc::SharedFd> descriptors) {
          tell(message, std::move(descriptors));
        });
    importer_ = std::make_unique<Importer>(loop_, *service_, start.imports,
                                           [this](const ipc::ToMaster& message) { tell(message); });
  }

  // Without it, clients are not kept.
  static std::unique_ptr<ipc::ClientMemory> open_clients(base::UniqueFd memory) {
    auto opened = ipc::ClientMemory::open(std::move(memory));
    if (opened) return *std::move(opened);
    base::log_error("clients are not kept", {{"error", opened.error()}});
    return nullptr;
  }

  void on_message(ipc::Kept& kept, ipc::Channel::Frame& frame) {
    if (!service_) base::panic("kept connections before the start");
    for (size_t i = 0; i < kept.connections.size(); ++i) {
      base::UniqueFd socket;
      if (i < frame.descriptors.size()) socket = std::move(frame.descriptors[i]);
      service_->on_kept(kept.connections[i], std::move(socket));
    }
  }

  void on_message(ipc::Peer& peer, ipc::Channel::Frame& frame) {
    if (!service_ || frame.descriptors.size() != 1)
      base::panic("a peer came without its pipe", {{"slot", peer.slot}});
    service_->bus().connect({peer.slot, peer.incarnation}, std::move(frame.descriptors[0]));
  }

  void on_message(ipc::Meshed&, ipc::Channel::Frame&) {
    if (!service_) base::panic("meshed before the start");
    service_->on_meshed();
    meshed_ = true;
  }

  void on_message(ipc::Connection& connection, ipc::Channel::Frame& frame) {
    const auto refuse = [&](std::string why) { tell(ipc::Refused{connection.id, std::move(why)}); };
    if (frame.descriptors_lost || frame.descriptors.size() != (connection.anew ? 2 : 1))
      return refuse("no descriptor came: out of descriptors");
    if (draining_) return refuse("shutting down");
    if (service_->clients().draining()) return refuse("handing over");
    if (connection.anew) {
      auto begun = service_->begin_anew(connection, std::move(frame.descriptors[0]),
                                        std::move(frame.descriptors[1]));
      if (!begun) return refuse(begun.error().context);
      begun_anew_.push_back(connection.id);
      return;
    }
    const auto& listeners = service_->config().listeners;
    if (connection.listener >= listeners.size()) return refuse("no such listener");
    auto added = service_->clients().add(connection.id, listeners[connection.listener],
                                         connection.peer, std::move(frame.descriptors[0]));
    if (!added) return refuse(added.error().context);
    tell(ipc::Taken{connection.id});
  }

  // Once a second.
  void on_message(ipc::Ping& ping, ipc::Channel::Frame&) {
    ipc::Pong pong{ping.number, std::nullopt};
    if (service_ && service_->keeps_clients()) pong.connections = service_->clients().sockets();
    tell(pong);
    if (service_) service_->owner().drop_spare_room();
    memory_.give_back();
  }

  void on_message(ipc::Drain&, ipc::Channel::Frame&) {
    draining_ = true;
    service_->clients().drain();
  }

  void on_message(ipc::Leave& leave, ipc::Channel::Frame&) {
    begin_leaving(std::chrono::milliseconds(leave.patience_ms));
  }

  void on_message(ipc::SlotDown& down, ipc::Channel::Frame&) {
    service_->on_slot_stays_down(down.slot, down.lost || !service_->config().keep_clients_on_crash);
  }

  // ---- handing over to another generation ----

  void on_message(ipc::Freeze&, ipc::Channel::Frame&) { exporter_->freeze(); }
  void on_message(ipc::Thaw&, ipc::Channel::Frame&) { exporter_->thaw(); }
  void on_message(ipc::Export& order, ipc::Channel::Frame& frame) {
    if (frame.descriptors_lost)
      return tell(ipc::HandoverFailed{"no pipes came: out of descriptors"});
    exporter_->begin(order.attempt, std::move(frame.descriptors));
  }
  void on_message(ipc::Import& order, ipc::Channel::Frame& frame) {
    if (frame.descriptors.size() != 2)
      return tell(ipc::HandoverFailed{"no export came: out of descriptors"});
    importer_->add(order.slot, frame.descriptors[0], std::move(frame.descriptors[1]));
  }
  void on_message(ipc::Commit& commit, ipc::Channel::Frame&) {
    importer_->commit();
    if (!commit.wants_copies) return;
    service_->clients().each([this](const Client& client) {
      if (client.has_socket()) uncopied_.push_back(client.connection_id());
    });
  }
  // At once: the sockets are copies, and closing them in order would mean to end connections.
  void on_message(ipc::Retire&, ipc::Channel::Frame&) { ::_exit(ipc::exit_ok); }

  void on_master_gone(const base::Error& why) {
    if (leaving_) return;
    base::log_warning("the master is gone: leaving", {{"why", why}});
    // In the middle of a hand-over, who has not been told to serve says nothing to anybody: the old
    // worker does.
    if (importer_ != nullptr && importer_->is_waiting()) ::_exit(ipc::exit_lost_master);
    if (exporter_ != nullptr) exporter_->thaw();
    exit_code_ = ipc::exit_lost_master;
    if (!service_) return exit(exit_code_);
    begin_leaving(kOrphanPatience);
  }

  void begin_leaving(std::chrono::milliseconds patience) {
    if (leaving_) return;
    leaving_ = draining_ = true;
    leave_limit_.start(patience);
    service_->farewell(kShutdownText, patience);
  }

  void end_iteration() {
    // What was taken is acknowledged before its client hears from us: should we die now, he is not
    // greeted twice.
    tell_closed();
    flush_control();
    if (!service_) return;
    service_->end_iteration();
    // Of these the next life could know by a checkpoint alone.
    for (const uint64_t id : std::exchange(begun_anew_, {})) tell(ipc::Taken{id});
    exporter_->end_iteration();
    importer_->end_iteration();
    if (meshed_ && !ready_ && service_->has_recovered() && service_->knows_server()) {
      ready_ = true;
      tell(ipc::Ready{});
    }
    const std::vector<uint64_t> closed = service_->clients().take_closed();
    closed_.insert(closed_.end(), closed.begin(), closed.end());
    tell_closed();
    tell_copies();
    if (draining_ && !drained_ && service_->clients().settled()) {
      drained_ = true;
      service_->ignore_deaths();
      tell(ipc::Drained{});
    }
    if (leaving_ && service_->clients().sockets() == 0) exit(exit_code_);
    flush_control();
  }

  // A frame at a time, when the one before has left: each socket is open twice meanwhile.
  void tell_copies() {
    if (uncopied_.empty() || control_ == nullptr || control_->queued_bytes() > 0) return;
    ipc::Copies copies;
    std::vector<ipc::SharedFd> sockets;
    while (!uncopied_.empty() && sockets.size() < ipc::kMaxFrameDescriptors) {
      const Client* const client = service_->clients().find(uncopied_.back());
      uncopied_.pop_back();
      if (client == nullptr || !client->has_socket()) continue;
      base::UniqueFd copy(fcntl(client->connection()->descriptor(), F_DUPFD_CLOEXEC, 0));
      if (!copy.valid()) {
        base::log_warning("clients are not kept",
                          {{"error", base::from_errno("copy a socket", errno)}});
        return uncopied_.clear();
      }
      copies.ids.push_back(client->connection_id());
      sockets.push_back(std::make_shared<base::UniqueFd>(std::move(copy)));
    }
    if (!sockets.empty()) tell(copies, std::move(sockets));
    if (!uncopied_.empty()) next_copies_.start(std::chrono::milliseconds::zero());
  }

  // The master is not woken for it alone: it goes along with other messages, or after a moment. If
  // clients are kept he has to know at once who is not to be kept.
  void tell_closed() {
    if (closed_.empty() || control_ == nullptr) return;
    const bool waits = control_->queued_bytes() == 0 && !closed_are_due_ && !draining_;
    if (waits && !service_->keeps_clients()) {
      if (!closed_limit_.running()) closed_limit_.start(kClosedDelay);
      return;
    }
    closed_are_due_ = false;
    closed_limit_.stop();
    tell(ipc::Closed{std::exchange(closed_, {})});
  }

  void tell(const ipc::ToMaster& message, std::vector<ipc::SharedFd> descriptors = {}) {
    if (control_ != nullptr) control_->send(ipc::encode(message), std::move(descriptors));
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
  std::unique_ptr<Service> service_;
  std::unique_ptr<Exporter> exporter_;
  std::unique_ptr<Importer> importer_;
  base::Timer leave_limit_;
  base::Timer closed_limit_;
  base::Timer next_copies_;           // does nothing but let the loop turn once more
  std::vector<uint64_t> closed_;      // connections that the master believes to be open
  std::vector<uint64_t> begun_anew_;  // in this iteration
  std::vector<uint64_t> uncopied_;    // connections of whose sockets the master has no copy
  base::FreeMemory memory_;
  base::IterationEnd iteration_end_;
  bool closed_are_due_ = false;
  bool meshed_ = false;
  bool ready_ = false;  // and the master has been told
  bool draining_ = false;
  bool drained_ = false;
  bool leaving_ = false;
  int exit_code_ = ipc::exit_ok;
};

}  // namespace

int run(int control_descriptor) {
  // The control channel says when to end; a terminal's Ctrl-C and systemd's signals are the
  // master's.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGXFSZ})
    std::signal(number, SIG_IGN);
  Worker worker{base::UniqueFd(control_descriptor)};
  return worker.run();
}

}  // namespace banterd::worker
