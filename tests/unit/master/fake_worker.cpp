// A worker for tests of the master: this test program, started again by the master with
// ipc::kWorkerArgument. It speaks only the control channel. It tells each connection
// "slot S incarnation I id N", answers each read with "slot S generation G", and says "bye" at the
// end; "reload", "stop" and "restart" are asked of the master instead, and "state" is answered with
// "cloak_key KEY state_directory FOLDER", "boot" with "boot N". The file that the environment
// variable BANTERD_FAKE_WORKER names says how it misbehaves, if with "-S" at its end in slot S
// alone:
//   refuse       refuses every connection
//   die          the first incarnation ends at its first connection, without having taken it
//   hang-up      the same, but only its channel ends: it stays
//   slow-start   is never ready
//   crash        ends at once, with exit status 7
//   stubborn     neither drains nor leaves
//   options      greets with "slot S keepalive SECONDS nodelay 0/1" of the connection
//   hold         answers no hand-off before the next ping, and then ends the connection
// In a reload, an old worker:
//   freeze-hangs, freeze-dies, freeze-fails
//   export-hangs, export-dies, export-fails
//   exported-dies          its export is complete
//   exported-dies-early    its sockets have not left
//   retire-hangs           does not leave
// and a new one:
//   babbles                the master has always read half a message of it
//   start-hangs, start-dies, import-hangs, import-dies, import-fails
// A configuration that contains "crash-again-S" lets slot S crash in all its incarnations but the
// first. It is the program that -t is run of, too ("check-hangs", "check-fails", "check-lingers":
// what it has started does not end for long), and the one that the master becomes: after a reload,
// or ("--start FILE") after a restart.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "conf/config.h"
#include "ipc/channel.h"
#include "ipc/messages.h"
#include "master/configuration.h"
#include "master/master.h"
#include "master/state.h"

namespace banterd {

namespace {

// The first line of the file that an environment variable names; empty without it.
std::string read_hint(const char* variable) {
  const char* path = std::getenv(variable);
  std::string line;
  if (path != nullptr) {
    std::ifstream file(path);
    std::getline(file, line);
  }
  return line;
}

// One socket with its number, through a pipe between two fake workers.
bool send_socket(int pipe, uint64_t id, int socket) {
  iovec part{&id, sizeof id};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &socket, sizeof socket);
  return sendmsg(pipe, &message, MSG_NOSIGNAL) == sizeof id;
}

base::UniqueFd receive_socket(int pipe, uint64_t& id) {
  pollfd ready{pipe, POLLIN, 0};
  if (poll(&ready, 1, 5000) <= 0) return {};
  iovec part{&id, sizeof id};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(pipe, &message, MSG_CMSG_CLOEXEC) != sizeof id) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr) return {};
  int socket = -1;
  std::memcpy(&socket, CMSG_DATA(header), sizeof socket);
  return base::UniqueFd(socket);
}

class FakeWorker {
 public:
  FakeWorker() {
    auto channel = ipc::Channel::create(
        loop_, base::UniqueFd(ipc::kControlDescriptor),
        [this](ipc::Channel::Frame frame) { on_frame(std::move(frame)); },
        [](const base::Error&) { _exit(ipc::exit_lost_master); });
    if (!channel) _exit(ipc::exit_cannot_start);
    channel_ = std::move(*channel);
  }

  void run() { loop_.run(); }

 private:
  void on_frame(ipc::Channel::Frame frame) {
    const auto message = ipc::decode_to_worker(frame.payload);
    if (!message) _exit(9);
    descriptors_ = std::move(frame.descriptors);
    if (!babbles()) end_babble();
    std::visit([this](const auto& m) { on(m); }, *message);
    channel_->flush();
    if (babbles()) babble();
  }

  void answer(const ipc::ToMaster& message) {
    if (babble_.empty()) return channel_->send(ipc::encode(message));
    ipc::append_frame(babble_, ipc::encode(message));
  }
  [[nodiscard]] bool babbles() const { return start_.generation > 1 && is("babbles"); }
  // The rest of the last half of a message, what is to be answered, and another half, in one write:
  // at no time has the master read whole messages only.
  void babble() {
    ipc::append_frame(babble_, ipc::encode(ipc::ToMaster(ipc::Pong{0, std::nullopt})));
    const size_t kept = 5;
    tell(channel_->descriptor(), babble_.substr(0, babble_.size() - kept));
    babble_.erase(0, babble_.size() - kept);
  }
  void end_babble() {
    if (!babble_.empty()) tell(channel_->descriptor(), std::exchange(babble_, {}));
  }
  [[nodiscard]] bool is(const std::string& manner) const {
    const std::string now = read_hint("BANTERD_FAKE_WORKER");
    return now == manner || now == manner + "-" + std::to_string(start_.slot);
  }
  // "freeze" with "hangs", "dies" or "fails". True: the worker does nothing of what it was asked.
  bool misbehaves(const std::string& step) {
    if (is(step + "-dies")) _exit(9);
    if (is(step + "-fails")) answer(ipc::HandoverFailed{"a fake's mood"});
    return is(step + "-fails") || is(step + "-hangs");
  }
  void tell(int client, const std::string& line) const {
    if (write(client, line.data(), line.size()) < 0) _exit(9);
  }

  void on(const ipc::Start& start) {
    start_ = start;
    if (descriptors_.size() != 1) _exit(9);  // the journal
    if (is("crash")) _exit(7);
    const std::string crash = "crash-again-" + std::to_string(start.slot);
    if (start.incarnation > start.first_incarnation &&
        start.config.find(crash) != std::string::npos)
      _exit(7);
  }
  void on(const ipc::Peer&) {
    if (descriptors_.size() != 1) _exit(9);
    ++peers_;
  }
  void on(const ipc::Kept&) {}
  void on(const ipc::Meshed&) {
    if (start_.imports > 0 && misbehaves("start")) return;
    if (!is("slow-start")) answer(ipc::Ready{});
  }
  void on(const ipc::Ping& ping) {
    answer(ipc::Pong{ping.number, std::nullopt});
    for (const uint64_t id : held_) answer(ipc::Taken{id});
    if (!held_.empty()) answer(ipc::Closed{std::exchange(held_, {})});
  }
  void on(const ipc::SlotDown& down) {
    for (auto& [id, client] : clients_)
      tell(client->fd(), "slot " + std::to_string(down.slot) + " is down\n");
  }

  // ---- connections ----

  void on(const ipc::Connection& connection) {
    if (is("hold")) return held_.push_back(connection.id);
    if (is("die") && start_.incarnation == 1) _exit(9);
    if (is("hang-up") && start_.incarnation == 1) {
      shutdown(channel_->descriptor(), SHUT_RDWR);
      for (;;) pause();
    }
    if (is("refuse")) return answer(ipc::Refused{connection.id, "a fake's mood"});
    // Before the greeting: a test that kills us on seeing it must find the connection taken.
    answer(ipc::Taken{connection.id});
    channel_->flush();
    if (is("options")) tell_options(descriptors_.at(0).get());
    tell(descriptors_.at(0).get(), "slot " + std::to_string(start_.slot) + " incarnation " +
                                       std::to_string(start_.incarnation) + " id " +
                                       std::to_string(connection.id) + " from " + connection.peer +
                                       "\n");
    adopt(connection.id, std::move(descriptors_.at(0)));
    watch(true);
  }
  void tell_options(int socket) {
    const auto option = [&](int name) {
      int value = -1;
      socklen_t length = sizeof value;
      ::getsockopt(socket, IPPROTO_TCP, name, &value, &length);
      return std::to_string(value);
    };
    tell(socket, "slot " + std::to_string(start_.slot) + " keepalive " + option(TCP_KEEPIDLE) +
                     " nodelay " + option(TCP_NODELAY) + "\n");
  }
  void adopt(uint64_t id, base::UniqueFd socket) {
    auto poll = base::Poll::create(loop_, std::move(socket), [this, id](int) { on_readable(id); });
    if (!poll) _exit(9);
    clients_[id] = std::move(*poll);
  }
  void watch(bool reading) {
    for (auto& [id, client] : clients_)
      client->watch(reading ? base::Poll::readable : base::Poll::none);
  }
  void on_readable(uint64_t id) {
    char buffer[256];
    const ssize_t got = read(clients_[id]->fd(), buffer, sizeof buffer);
    if (got > 0) {
      const std::string_view line(buffer, static_cast<size_t>(got));
      if (ask_master(line)) return;
      if (line == "state\n") {
        return tell(clients_[id]->fd(), "cloak_key " + start_.cloak_key + " state_directory " +
                                            start_.state_directory + "\n");
      }
      if (line == "boot\n")
        return tell(clients_[id]->fd(), "boot " + std::to_string(start_.boot) + "\n");
      return tell(clients_[id]->fd(), "slot " + std::to_string(start_.slot) + " generation " +
                                          std::to_string(start_.generation) + "\n");
    }
    clients_.erase(id);
    answer(ipc::Closed{{id}});
    channel_->flush();
  }

  bool ask_master(std::string_view line) {
    constexpr auto kNames = names_of(ipc::OperatorAction());
    for (size_t i = 0; i < kNames.size(); ++i) {
      if (line != std::string(kNames[i]) + "\n") continue;
      answer(ipc::OperatorRequest{static_cast<ipc::OperatorAction>(i), "ann!ann@home.example"});
      channel_->flush();
      return true;
    }
    return false;
  }

  // ---- the end ----

  void on(const ipc::Drain&) {
    if (frozen_) _exit(9);  // it could not
    if (!is("stubborn")) answer(ipc::Drained{});
  }
  void on(const ipc::Leave&) {
    if (is("stubborn")) return;
    for (auto& [id, client] : clients_) {
      tell(client->fd(), "bye\n");
      shutdown(client->fd(), SHUT_WR);
    }
    _exit(ipc::exit_ok);
  }

  // ---- a reload: the old worker ----

  void on(const ipc::Freeze&) {
    if (start_.imports > 0) _exit(9);  // never before its commit
    frozen_ = true;
    watch(false);
    if (!misbehaves("freeze")) answer(ipc::Frozen{});
  }
  void on(const ipc::Thaw&) {
    frozen_ = false;
    watch(true);
  }
  void on(const ipc::Export&) {
    if (misbehaves("export")) return;
    auto memory = std::make_shared<base::UniqueFd>(memfd_create("fake-export", MFD_CLOEXEC));
    for (const auto& [id, client] : clients_) tell(memory->get(), std::to_string(id) + "\n");
    if (is("exported-dies-early")) {
      send_exported(memory);
      _exit(9);
    }
    for (const auto& [id, client] : clients_) {
      const auto slots = static_cast<ipc::Slot>(descriptors_.size());
      const int pipe = descriptors_[ipc::slot_of_connection(id, slots)].get();
      // The master closes the pipes when it gives up: its `thaw` is on the way then.
      if (!send_socket(pipe, id, client->fd())) return;
    }
    send_exported(memory);
    if (is("exported-dies")) _exit(9);
  }
  void send_exported(const ipc::SharedFd& memory) {
    channel_->send(ipc::encode(ipc::ToMaster(ipc::Exported{clients_.size()})), {memory});
    channel_->flush();
  }
  void on(const ipc::Retire&) {
    if (!is("retire-hangs")) _exit(ipc::exit_ok);
  }

  // ---- a reload: the new worker ----

  void on(const ipc::Import&) {
    if (misbehaves("import")) return;
    char text[4096];
    const ssize_t got = pread(descriptors_.at(0).get(), text, sizeof text, 0);
    std::istringstream ids(std::string(text, static_cast<size_t>(std::max<ssize_t>(got, 0))));
    for (uint64_t id = 0; ids >> id;) {
      if (ipc::slot_of_connection(id, start_.slots) != start_.slot) continue;
      uint64_t came = 0;
      base::UniqueFd socket = receive_socket(descriptors_.at(1).get(), came);
      if (!socket || came != id) return answer(ipc::HandoverFailed{"a socket did not come"});
      adopt(id, std::move(socket));
    }
    if (++imported_ == start_.imports) answer(ipc::Imported{clients_.size()});
  }
  void on(const ipc::Commit&) {
    start_.imports = 0;
    watch(true);
  }

  base::Loop loop_;
  std::unique_ptr<ipc::Channel> channel_;
  std::vector<base::UniqueFd> descriptors_;  // of the frame at hand
  ipc::Start start_;
  bool frozen_ = false;
  std::string babble_;
  uint32_t peers_ = 0;
  uint32_t imported_ = 0;
  std::vector<uint64_t> held_;
  std::map<uint64_t, std::unique_ptr<base::Poll>> clients_;
};

void run_as_worker() {
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP}) signal(ignored, SIG_IGN);
  FakeWorker worker;
  worker.run();
  _exit(ipc::exit_ok);
}

// As banterd's own -t --read-state (master/main.cpp).
int run_as_check(const std::string& config_file) {
  const std::string manner = read_hint("BANTERD_FAKE_WORKER");
  while (manner == "check-hangs") pause();
  if (manner == "check-fails") return 1;
  if (manner == "check-lingers" && fork() == 0) {
    alarm(60);
    for (;;) pause();
  }
  if (const auto config = master::read_configuration(config_file, config_file); !config) {
    std::fprintf(stderr, "%s\n", config.error().context.c_str());
    return 1;
  }
  const auto formats = master::prove_state_readable();
  if (!formats) return 1;
  std::printf("%s\n", master::describe_formats(*formats).c_str());
  return 0;
}

// As banterd's own start (master/main.cpp), as far as a restart needs it.
int run_anew(const std::vector<std::string>& arguments) {
  master::Plan plan;
  plan.config_file = arguments.at(2);
  plan.config_name = "test";
  plan.arguments = arguments;
  auto configuration = master::read_configuration(plan.config_file, plan.config_name);
  if (!configuration) return ipc::exit_bad_config;
  plan.config = std::move(configuration->config);
  plan.config_text = std::move(configuration->text);
  return master::run(std::move(plan));
}

// Runs before main(), since doctest's main() is not ours: only where the master has started this
// program for a part of its own.
__attribute__((constructor)) void take_part(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  if (argc == 2 && arguments[1] == ipc::kWorkerArgument) run_as_worker();
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == master::kReadStateArgument) {
      const int code = run_as_check(arguments.back());
      std::fflush(nullptr);
      _exit(code);
    }
    if (arguments[i] == master::kResumeArgument)
      _exit(master::resume(std::stoi(arguments.at(i + 1))));
  }
  if (argc == 3 && arguments[1] == "--start") _exit(run_anew(arguments));
}

}  // namespace
}  // namespace banterd
