// The clients' memory as one reads it after a life has ended: what its checkpoints say together,
// and what was read from clients after the last one. Pure but for that memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "ipc/client_memory.h"
#include "worker/kept_records.h"
#include "worker/router.h"
#include "worker/send_queue.h"

namespace banterd::worker {

class KeptState {
 public:
  // A client's two streams.
  struct Streams {
    struct Piece {
      SharedBytesPtr buffer;
      uint32_t begin = 0;
      uint32_t end = 0;
    };
    uint64_t output_begin = 0;  // where `output` begins
    std::vector<Piece> output;
    uint64_t read = 0;
    std::string unconsumed;  // the end of what was read
    // Behind it comes what was being read at the end: how much of this, the socket knows.
    bool reads_more = false;
    std::string more;

    // What is left of the output when so much is written. Errc::corrupt: that cannot be.
    [[nodiscard]] base::Result<SendQueue> unwritten(uint64_t written) const;
    // The input that nobody has taken, when so much is read. Errc::corrupt: that cannot be.
    [[nodiscard]] base::Result<std::string> untaken(uint64_t read_in_all) const;
  };
  struct One {
    std::string record;  // see client(); empty: it never came to that
    std::string unfinished_line;
    uint64_t last_line = 0;  // the highest number of a command that was sent since the record
    Streams streams;

    // What the record says. Errc::corrupt: nothing that can be read.
    [[nodiscard]] base::Result<KeptClient> client() const;
  };

  // Errc::corrupt, Errc::invalid: it is not to be relied on.
  static base::Result<KeptState> read(const ipc::ClientMemory& memory);

  KeptPositions positions;
  std::unordered_map<uint64_t, One> clients;
  // By owner, of all that there were.
  std::vector<std::deque<OpenCommand>> open;
  std::vector<std::deque<Router::Answered>> answered;  // not settled
  std::unordered_set<chat::ClientId> gone;

 private:
  base::Result<void> apply(std::string_view changes);
  // One change each; false: it makes no sense.
  bool apply(KeptKind kind, ChangeReader& in);
  bool apply_positions(ChangeReader& in);
  bool apply_client(ChangeReader& in);
  bool apply_stream(ChangeReader& in);
  bool apply_text(ChangeReader& in);
  bool apply_pieces(ChangeReader& in);
  bool apply_private_bytes(ChangeReader& in);
  bool apply_input(ChangeReader& in);
  bool apply_open(ChangeReader& in);
  bool apply_answered(ChangeReader& in);
  bool apply_waiting(ChangeReader& in);
  // What was read after the last checkpoint.
  void add_late_input(const std::vector<ipc::ClientMemory::Input>& inputs);
  std::map<uint32_t, SharedBytesPtr> texts_;
};

}  // namespace banterd::worker
