// Who says what when: senders at their rate, however long the server takes, so that its pauses show
// in full; half-liners in halves; the filler all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/options.h"

namespace banterd::chaos {

class Speakers {
 public:
  Speakers(const Options& options, Crowd& crowd);

  // Fills the queues of those who do not read.
  void fill();
  void start(uint64_t now);
  [[nodiscard]] bool speaking() const { return speaking_; }
  // Says what is due. `reloads`: how many are over.
  void tick(uint64_t now, size_t reloads);
  // At most so long until tick() has something to do.
  [[nodiscard]] int milliseconds_until_due(uint64_t now) const;
  // Ends the half lines; nothing more is said.
  void stop();

 private:
  struct Sender {
    Client* client;
    uint64_t due;
  };
  struct HalfLiner {
    Client* client;
    uint64_t since = 0;
    size_t reloads = 0;  // that were over when he began his line
  };

  void tick(Sender& sender, uint64_t now);
  void tick(HalfLiner& one, uint64_t now, size_t reloads);

  Crowd& crowd_;
  size_t fill_bytes_;
  uint64_t interval_us_;
  uint64_t half_line_us_;  // how long a half line waits for a reload to be over
  bool reloads_;
  bool speaking_ = false;
  std::vector<Sender> senders_;
  std::vector<HalfLiner> half_liners_;
};

}  // namespace banterd::chaos
