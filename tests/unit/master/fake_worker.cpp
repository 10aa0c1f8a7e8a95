// A worker for tests of the master: this test program, started again by the master with
// ipc::kWorkerArgument. It speaks only the control channel. The environment variable
// BANTERD_FAKE_WORKER says how it misbehaves:
//   (nothing)     takes every connection, tells it "slot S incarnation I id N", echoes nothing, and
//   says "bye" at the end refuse-0      slot 0 refuses every connection die-0         slot 0's
//   first incarnation ends at its first connection, without having taken it slow-start-0  slot 0 is
//   never ready crash         ends at once, with exit status 7 stubborn      neither drains nor
//   leaves
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>

#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "ipc/channel.h"
#include "ipc/messages.h"

namespace banterd {
namespace {

class FakeWorker {
 public:
  explicit FakeWorker(std::string manner) : manner_(std::move(manner)) {
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
    std::visit([this](const auto& m) { on(m); }, *message);
    channel_->flush();
  }

  void answer(const ipc::ToMaster& message) { channel_->send(ipc::encode(message)); }
  [[nodiscard]] bool is(const std::string& manner) const {
    return manner_ == manner || manner_ == manner + "-" + std::to_string(start_.slot);
  }

  void on(const ipc::Start& start) {
    start_ = start;
    if (descriptors_.size() != 1) _exit(9);  // the journal
  }
  void on(const ipc::Peer&) {
    if (descriptors_.size() != 1) _exit(9);
    ++peers_;
  }
  void on(const ipc::Meshed&) {
    if (peers_ + 1 < start_.slots) _exit(9);
    if (!is("slow-start")) answer(ipc::Ready{});
  }
  void on(const ipc::Ping& ping) {
    answer(ipc::Pong{ping.number});
    for (const uint64_t id : held_) answer(ipc::Taken{id});
    if (!held_.empty()) answer(ipc::Closed{std::exchange(held_, {})});
  }

  void on(const ipc::Connection& connection) {
    if (is("hold")) return held_.push_back(connection.id);
    if (is("die") && start_.incarnation == 1) _exit(9);
    if (is("refuse")) return answer(ipc::Refused{connection.id, "a fake's mood"});
    // Before the greeting: a test that kills us on seeing it must find the connection taken.
    answer(ipc::Taken{connection.id});
    channel_->flush();
    const std::string greeting = "slot " + std::to_string(start_.slot) + " incarnation " +
                                 std::to_string(start_.incarnation) + " id " +
                                 std::to_string(connection.id) + " from " + connection.peer + "\n";
    auto poll = base::Poll::create(loop_, std::move(descriptors_.at(0)),
                                   [this, id = connection.id](int) { on_readable(id); });
    if (!poll) _exit(9);
    (*poll)->watch(base::Poll::readable);
    if (write((*poll)->fd(), greeting.data(), greeting.size()) < 0) _exit(9);
    clients_[connection.id] = std::move(*poll);
  }

  void on_readable(uint64_t id) {
    char buffer[256];
    if (read(clients_[id]->fd(), buffer, sizeof buffer) > 0) return;
    clients_.erase(id);
    answer(ipc::Closed{{id}});
    channel_->flush();
  }

  void on(const ipc::Drain&) {
    if (!is("stubborn")) answer(ipc::Drained{});
  }
  void on(const ipc::Leave&) {
    if (is("stubborn")) return;
    for (auto& [id, client] : clients_) {
      if (write(client->fd(), "bye\n", 4) < 0) _exit(9);
      shutdown(client->fd(), SHUT_WR);
    }
    _exit(ipc::exit_ok);
  }

  std::string manner_;
  base::Loop loop_;
  std::unique_ptr<ipc::Channel> channel_;
  std::vector<base::UniqueFd> descriptors_;  // of the frame at hand
  ipc::Start start_;
  uint32_t peers_ = 0;
  std::vector<uint64_t> held_;
  std::map<uint64_t, std::unique_ptr<base::Poll>> clients_;
};

// Runs before main(), since doctest's main() is not ours: only where the master has started this
// program as a worker.
__attribute__((constructor)) void run_as_worker(int argc, char** argv) {
  if (argc != 2 || std::string(argv[1]) != ipc::kWorkerArgument) return;
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP}) signal(ignored, SIG_IGN);
  const char* manner = std::getenv("BANTERD_FAKE_WORKER");
  if (manner != nullptr && std::string(manner) == "crash") _exit(7);
  FakeWorker worker(manner != nullptr ? manner : "");
  worker.run();
  _exit(ipc::exit_ok);
}

}  // namespace
}  // namespace banterd
