// The clients of another slot whose workers died again and again: what its clients' memory
// (ipc/client_memory.h) knows of them, for this worker, with which some begin anew.
#pragma once

#include <cstdint>
#include <memory>

#include "base/unique_fd.h"
#include "worker/client.h"
#include "worker/kept_state.h"

namespace banterd::worker {

class Orphans {
 public:
  // Errc::corrupt, Errc::invalid: it is not to be relied on.
  static base::Result<std::unique_ptr<Orphans>> read(base::UniqueFd memory);
  // Whether it was read from that memory.
  [[nodiscard]] bool is_of(const base::UniqueFd& memory) const;

  struct One {
    KeptClient record;
    Client::Restored restored;
  };
  // What is known of that connection of the slot's, and his socket's streams. Errc::invalid:
  // nothing, or nothing that he could go on with.
  base::Result<One> take(uint64_t connection, base::UniqueFd socket);

 private:
  uint64_t file_ = 0;  // the number of the memory's inode
  KeptState state_;
  // What the slot was taking when it died last: not to be taken again.
  ipc::ClientMemory::Mark poison_;
};

}  // namespace banterd::worker
