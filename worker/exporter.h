// The old generation's side of a hand-over (docs/architecture.md, "Reload"):
//
//   serving ─freeze─► freezing ─quiet─► frozen ─export─► meeting ─all barriers─► exported
//      ▲                  │               │                 │                       │
//      └───────thaw───────┴───────────────┴─────────────────┴───────────────────────┘
//
// freezing: clients are read no more, and what they asked for comes to its end. frozen: their
// sockets are left alone; the bus goes on for those who are not so far. meeting: all slots are
// frozen; each says so on every pipe, so that whatever was sent before has come. exported: all is
// written down, and the sockets are on their way; ours are copies now.
//
// Until the process exits, thaw() undoes it all: nothing was read, written or closed meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "ipc/channel.h"
#include "ipc/messages.h"

namespace banterd::worker {

class Service;

class Exporter {
 public:
  // To the master; the descriptor may be null.
  using Tell =
      std::function<void(const ipc::ToMaster& message, std::vector<ipc::SharedFd> descriptors)>;

  Exporter(base::Loop& loop, Service& service, Tell tell);
  ~Exporter();

  void freeze();
  void thaw();
  // `pipes`: one to each slot of the new generation, in their order.
  void begin(uint64_t attempt, std::vector<base::UniqueFd> pipes);

  // Looks whether a step is done. At the end of an iteration, after the service.
  void end_iteration();

 private:
  enum class State { serving, freezing, frozen, meeting, exported };
  void fail(std::string why);
  void write_down();
  void send_sockets();

  base::Loop& loop_;
  Service& service_;
  Tell tell_;
  State state_ = State::serving;
  uint64_t attempt_ = 0;
  std::vector<base::UniqueFd> sockets_;               // of the pipes, until they are used
  std::vector<std::unique_ptr<ipc::Channel>> pipes_;  // by new slot
  bool told_sent_ = false;
};

}  // namespace banterd::worker
