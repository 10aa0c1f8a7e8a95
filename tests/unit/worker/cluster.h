// Up to three workers without a master: each a Service with a loop of its own, joined by pipes, and
// line clients on socket pairs. The test turns the loops one after the other, so that a story runs
// the same way each time; a worker that is held is not turned: it hangs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "ipc/contract.h"
#include "ipc/messages.h"
#include "worker/service.h"

namespace banterd::worker {

// A person at the other end of a socket.
class Guest {
 public:
  Guest(std::string nick, base::UniqueFd socket)
      : nick_(std::move(nick)), socket_(std::move(socket)) {}

  [[nodiscard]] const std::string& nick() const { return nick_; }

  void say(std::string_view line) { unsent_.append(line).append("\n"); }
  void say_unended(std::string_view text) { unsent_ += text; }
  void close_writing() { ends_ = true; }
  void vanish() { socket_.reset(); }
  void stop_reading() { reads_ = false; }
  void go_on_reading() { reads_ = true; }

  // What came since the last call, whole or as lines.
  std::string take() { return std::exchange(got_, {}); }
  [[nodiscard]] const std::string& got() const { return got_; }
  [[nodiscard]] bool saw(std::string_view text) const {
    return got_.find(text) != std::string::npos;
  }
  [[nodiscard]] int times(std::string_view text) const;
  // The server has closed its side, in order or not.
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] bool reset() const { return reset_; }
  [[nodiscard]] size_t unsent() const { return unsent_.size(); }

  // True if bytes went either way.
  bool turn();

 private:
  bool write();
  bool read();

  const std::string nick_;
  base::UniqueFd socket_;
  std::string unsent_;
  std::string got_;
  bool reads_ = true;
  bool ends_ = false;
  bool at_end_ = false;
  bool reset_ = false;
};

class Cluster {
 public:
  // `settings`: more members of the configuration.
  explicit Cluster(Slot slots, const std::string& settings = "") : Cluster(slots, settings, 0) {}
  // Of another generation, which waits for the exports of that many slots.
  Cluster(Slot slots, const std::string& settings, uint32_t imports);
  ~Cluster();
  static constexpr const char* kNoFlood =
      R"(, "limits": {"messages_per_second": 1000000000, "message_burst": 1000000000})";
  // Clients of a worker that dies stay connected: they have TCP connections, of which the cluster
  // keeps copies as the master does.
  static constexpr const char* kKeep =
      R"(, "keep_clients_on_crash": true, "limits": {"messages_per_second": 1000000000, "message_burst": 1000000000})";
  static constexpr uint32_t kLine = 0;
  static constexpr uint32_t kRaw = 1;
  static constexpr uint32_t kEcho = 2;
  static constexpr uint32_t kIrc = 3;
  static constexpr uint32_t kHttp = 4;

  [[nodiscard]] Slot slots() const;
  Service& service(Slot slot);
  base::Loop& loop(Slot slot);

  // ---- names by their owner ----
  [[nodiscard]] std::string name_owned_by(Slot owner, const std::string& prefix) const;
  [[nodiscard]] std::string room_of(Slot owner) const { return name_owned_by(owner, "#room"); }
  [[nodiscard]] std::string nick_of(Slot owner) const { return name_owned_by(owner, "zed"); }

  // What operators have asked of the master that is not there.
  std::vector<ipc::OperatorRequest> asked_of_master;

  // ---- people ----
  // Hands a new socket to a worker, as the master does.
  Guest& connect(Slot slot, uint32_t listener = kLine);
  // Connects somebody who is in #lobby when this returns. Nobody has unread lines then.
  Guest& enter(Slot slot, uint32_t listener = kLine);
  // Says all lines, and goes on until everything that comes of it has come.
  void say(Guest& guest, std::initializer_list<std::string> lines);
  void forget();

  // ---- time ----
  void hold(Slot slot);
  void release(Slot slot);
  // One turn of every worker and of everybody's socket. True if a client heard or said anything.
  bool turn();
  // A part of a turn: that of the next worker, or of everybody's sockets. So many of them.
  void steps(int count);
  void turns(int count);
  void run_until(const std::function<bool()>& done);
  // Until nothing moves any more. A message between workers needs no more than two turns, and no
  // story here has ten in a row of which no client hears.
  void settle();
  static constexpr int kQuietTurns = 30;

  // ---- generations ----
  void freeze();
  void thaw();
  // Gives all that it has to `next`, which may be of another size, up to the commit: the people
  // stay here until commit_to().
  void export_to(Cluster& next);
  void commit_to(Cluster& next);
  // All of it.
  void hand_over_to(Cluster& next);
  [[nodiscard]] std::vector<size_t> export_sizes() const;
  template <class Message>
  [[nodiscard]] bool told_everywhere() const {
    return told<Message>() == slots();
  }
  template <class Message>
  [[nodiscard]] bool told_anywhere() const {
    return told<Message>() > 0;
  }

  // ---- lives ----
  // The worker is gone: its pipes and its clients' sockets have ended.
  void kill(Slot slot);
  // How a next life begins.
  struct Birth {
    bool killed_from_outside = true;  // so the last life ended
    // The life ends within its start: when it has stored so many bytes in its journal.
    uint64_t stores = UINT64_MAX;
  };
  void start(Slot slot) { start(slot, Birth{}); }
  // Its next life, with its journal and new pipes to all who live.
  void start(Slot slot, const Birth& birth);
  // The worker is killed when it has read what there was, before anything that follows from it has
  // left.
  void kill_after_reading(Slot slot);
  // There is no more memory for its clients.
  void forbid_growth(Slot slot);
  [[nodiscard]] base::UniqueFd memory_of(Slot slot) const;
  // Copies of sockets that the master would have.
  [[nodiscard]] size_t kept_sockets(Slot slot) const;
  // The master gives a dead slot's clients up.
  void lose(Slot slot);
  // And they begin anew with `to`. True if all of them do.
  bool give_away(Slot from, Slot to);
  // The memory that a dead worker leaves to its next life.
  [[nodiscard]] int journal(Slot slot) const;
  static constexpr size_t kJournalBytes = 1 << 16;

 private:
  struct Node;
  void turn(Node& node);
  bool turn_guests();
  // What a slot has told the master.
  [[nodiscard]] const std::vector<ipc::ToMaster>& told_by(Slot slot) const;
  // How many slots have told such a message.
  template <class Message>
  [[nodiscard]] Slot told() const {
    Slot count = 0;
    const auto is_such = [](const ipc::ToMaster& one) {
      return std::holds_alternative<Message>(one);
    };
    for (Slot slot = 0; slot < slots(); ++slot)
      count += std::ranges::any_of(told_by(slot), is_such) ? 1 : 0;
    return count;
  }

  std::string config_;
  bool keeps_ = false;
  std::vector<Node> nodes_;
  const uint32_t imports_;
  std::vector<std::unique_ptr<Guest>> guests_;
  uint64_t connections_ = 0;
  size_t step_ = 0;
};

}  // namespace banterd::worker
