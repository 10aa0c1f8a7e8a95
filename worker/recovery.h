// Goes on with the clients of this slot's last life (docs/architecture.md, "Keeping clients"):
//
//   what it left is read ──► owners tell what was known of their objects ──► clients are here again
//                            sockets come from the master
//
// From the beginning this slot says to others where it stood, serves them as an owner, and has its
// commands sent again. What they tell of their logs beyond that is held until all have told how
// their rooms were there, so that nobody is told of anything twice or in a state that it does not
// fit: then the clients enter their rooms, and all that was held happens as it would have.
//
// An owner that is down is not waited for: clients enter its rooms when it is back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "ipc/messages.h"
#include "worker/bus.h"
#include "worker/clients.h"
#include "worker/hub.h"
#include "worker/kept_state.h"

namespace banterd::worker {

class Recovery {
 public:
  // Reads the memory, and tells router and hub what it says. `blames`: the last life was not ended
  // from outside, so the line that it was taking is left out.
  static base::Result<std::unique_ptr<Recovery>> begin(const ipc::ClientMemory& memory,
                                                       Clients& clients, Router& router, Hub& hub,
                                                       const chat::Place& place, Slot slots,
                                                       bool blames);

  [[nodiscard]] const KeptPositions& positions() const { return state_.positions; }

  // A socket of an earlier life's, from the master.
  void add_socket(const ipc::Kept::One& connection, base::UniqueFd socket);
  // The clients of which there are records, for those who ask who lives here.
  [[nodiscard]] std::vector<uint64_t> connections() const;

  // ---- owners ----
  // Has told all that was known where we stood; or is not waited for.
  void on_recalled(Slot owner) { recalled_[owner] = true; }
  void on_absent(Slot owner) {
    if (recalled_[owner]) return;
    recalled_[owner] = true;
    absent_.add(owner);
  }
  // It is there again.
  void on_back(Slot owner) {
    if (!absent_.has(owner)) return;
    absent_.remove(owner);
    recalled_[owner] = false;
  }
  // Those that were not waited for.
  [[nodiscard]] chat::SlotSet absent() const { return absent_; }
  [[nodiscard]] bool has_recalled(Slot owner) const { return recalled_[owner]; }
  // Whether all are here that are waited for.
  [[nodiscard]] bool complete() const;
  // What it had said beyond that it will say again.
  void on_down(Slot owner);
  // To be given again, in this order, when it is finished.
  void hold(Slot from, BusMessage message);

  // The clients are here again; what was held. `add`: of one who came and was not served yet.
  using Add = std::function<bool(const ipc::Kept::One& connection, base::UniqueFd socket)>;
  std::vector<std::pair<Slot, BusMessage>> finish(const Add& add);

  // What is left of a client's two streams, by what `restored.socket` says of them. Errc::corrupt,
  // Errc::invalid: it cannot be known. `is_leaving`: only his output counts.
  static base::Result<void> restore_streams(const KeptState::One& kept, bool is_leaving,
                                            Client::Restored& restored);

 private:
  Recovery(KeptState state, Clients& clients, Router& router, Slot slots)
      : state_(std::move(state)), clients_(clients), router_(router), recalled_(slots) {}
  void restore_commands(const chat::Place& place);
  void restore_client(uint64_t connection, KeptState::One& kept);
  void lose(uint64_t connection, const base::Error& why);

  KeptState state_;
  Clients& clients_;
  Router& router_;
  std::vector<bool> recalled_;  // by owner
  chat::SlotSet absent_;
  ipc::ClientMemory::Mark poison_;
  struct Socket {
    ipc::Kept::One facts;
    base::UniqueFd socket;
  };
  std::unordered_map<uint64_t, Socket> sockets_;
  // What is open, by connection.
  struct Open {
    uint32_t commands = 0;
    Slot owner = 0;
  };
  std::unordered_map<uint64_t, Open> open_;
  std::vector<std::pair<Slot, BusMessage>> held_;
};

}  // namespace banterd::worker
