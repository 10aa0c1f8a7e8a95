// What one receiver has got of each sender of his room: whether a message is new, came late or came
// twice, what is missing, and a digest of the order in which all came. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace banterd::bench {

class Receipts {
 public:
  enum class Verdict {
    in_order,
    late,   // one with a higher number of the same sender came before it
    twice,  // or from before begin()
  };

  // For so many senders, who are numbered from 0.
  explicit Receipts(size_t senders = 0) : next_(senders, 0) {}

  // Forgets what came. The first that is expected of each sender is set with expect().
  void begin();
  void expect(size_t sender, uint32_t sequence) { next_[sender] = sequence; }

  Verdict take(size_t sender, uint32_t sequence);

  [[nodiscard]] size_t senders() const { return next_.size(); }
  // One more than the highest number that came.
  [[nodiscard]] uint32_t next(size_t sender) const { return next_[sender]; }
  // How many of a sender's messages below `end` have not come.
  [[nodiscard]] uint64_t missing(size_t sender, uint32_t end) const;
  [[nodiscard]] uint64_t count() const { return count_; }
  // Equal for two receivers if they got the same messages in the same order; to tell those apart
  // who did not, `sender` goes in by the number that is his in the whole run.
  [[nodiscard]] uint64_t order() const { return order_; }
  void note_order(uint32_t sender, uint32_t sequence);

 private:
  // Numbers begin..end-1 of a sender that were jumped over.
  struct Gap {
    size_t sender;
    uint32_t begin;
    uint32_t end;
  };
  bool fill_gap(size_t sender, uint32_t sequence);

  std::vector<uint32_t> next_;
  std::vector<Gap> gaps_;
  uint64_t count_ = 0;
  uint64_t order_ = 0;
};

}  // namespace banterd::bench
