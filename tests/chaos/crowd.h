// All clients: who is in which rooms, letting them in a few at a time, and bringing those back
// whose worker was killed. A connection that ends in any other way is a fault.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/chaos/client.h"
#include "tests/chaos/options.h"
#include "tests/chaos/samples.h"

namespace banterd::chaos {

class Crowd final : public Client::Events {
 public:
  // All want in. The world's rooms are those of the options, and last the filler's.
  Crowd(const Options& options, ClientWorld& world);

  // Connects those who want in, as far as not too many are entering. Errors: no descriptors.
  base::Result<void> let_in();
  [[nodiscard]] bool all_present() const { return present_ == clients_.size(); }
  [[nodiscard]] size_t present() const { return present_; }
  [[nodiscard]] size_t size() const { return clients_.size(); }
  [[nodiscard]] const std::vector<std::unique_ptr<Client>>& clients() const { return clients_; }
  [[nodiscard]] std::vector<Client*> of(Role role) const;

  // The worker with these connections is about to be killed.
  void expect_deaths(const std::set<LocalEnd>& connections);
  // Adds what each client waited longest for since the last call; without `samples` begins anew.
  void take_worst_latencies(Samples* samples);

  // Everybody who reads asks for a fence, and whether all have been answered.
  void ask_fences();
  [[nodiscard]] bool fences_answered() const;
  // Who is not there or has no answer, in words: "2 entering (client 7 at 127.0.1.8:4711), ...".
  [[nodiscard]] std::string who_is_waited_for() const;
  // Each receiver has read everything: what is missing is lost.
  void check_end();
  // From now on connections may end.
  void expect_end() { ending_ = true; }

  void on_present(Client& client) override;
  void on_ended(Client& client, Client::State before, const std::string& why) override;

 private:
  using Clock = std::chrono::steady_clock;

  void add(Role role, std::vector<RoomIndex> rooms);
  void add_readers(const Options& options);
  [[nodiscard]] bool is_fault(const Client& client, Client::State before) const;
  [[nodiscard]] bool kept_may_close() const;

  const bool keeps_;
  ClientWorld& world_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::deque<Client*> outside_;
  size_t entering_ = 0;
  size_t present_ = 0;
  bool ending_ = false;
  Clock::time_point last_death_{};
};

}  // namespace banterd::chaos
