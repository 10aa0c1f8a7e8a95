// What is said and heard in a run: the senders with their windows, and for each delivery whether it
// is the one that was due. It says, listens and counts; when to say something is the measurement's
// business (measurement.h).
//
// Not counted among the receivers: who stopped reading, and a sender that does not subscribe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/chatload/crowd.h"
#include "bench/chatload/latencies.h"
#include "bench/chatload/seats.h"
#include "bench/chatload/window.h"

namespace banterd::bench {

struct Tally {
  uint64_t sent = 0;
  uint64_t delivered = 0;
  uint64_t late = 0;  // behind one that the same sender said after it
  uint64_t twice = 0;
  uint64_t astray = 0;       // in another room
  uint64_t echoed = 0;       // to the sender, who wants none
  uint64_t unknown = 0;      // never sent
  uint64_t of_before = 0;    // sent before begin()
  uint64_t dropped = 0;      // connections that the server ended
  uint64_t undelivered = 0;  // what these had still to get
};

// How many saw the commonest order of messages, of those who heard all senders.
struct SameOrder {
  uint64_t receivers = 0;
  uint64_t same = 0;
};

class Traffic final : public Audience {
 public:
  struct Sender {
    uint32_t connection = 0;
    uint32_t room = 0;
    Window window;
    uint32_t first = 0;  // message since begin()
    Clock::time_point due;
  };

  // `options` outlive it.
  Traffic(const Options& options, const std::vector<Seat>& seats);

  [[nodiscard]] Crowd& crowd() { return crowd_; }
  [[nodiscard]] std::vector<Sender>& senders() { return senders_; }
  // Among the senders of its room, from 0.
  [[nodiscard]] uint32_t place_in_room(const Sender& sender) const;
  [[nodiscard]] Connection& connection_of(const Sender& sender) {
    return crowd_[sender.connection];
  }

  // Connects everybody, and lets one message of each room's first sender reach all its members.
  // False, having said why, if that cannot be had.
  bool set_up();

  // All windows get this size; nobody waits for what was said.
  void resize_windows(uint32_t most);
  // Counts from here on.
  void begin();
  // Queues the sender's next message, said to be due at that time.
  void say(Sender& sender, Clock::time_point due);
  // A receiver stops reading, and no longer counts.
  void pause(uint32_t connection);

  [[nodiscard]] bool all_delivered() const;
  [[nodiscard]] const Tally& tally() const { return tally_; }
  // Of all deliveries, and of those to connections with an even and an odd number: where
  // connections are made one at a time, those are what two workers serve.
  [[nodiscard]] const std::array<Latencies, 2>& latencies() const { return latencies_; }
  [[nodiscard]] Clock::time_point last_delivery() const { return last_delivery_; }
  [[nodiscard]] uint64_t lost() const;
  [[nodiscard]] SameOrder same_order() const;
  [[nodiscard]] size_t rooms() const { return rooms_.size(); }

  void on_message(Connection& connection, const Marker& marker, Clock::time_point when) override;
  void on_closed(Connection& connection, bool was_ready, std::string_view why) override;

 private:
  struct Room {
    uint32_t first_sender = 0;
    uint32_t senders = 0;
    uint32_t receivers = 0;
  };
  struct Member {
    std::optional<uint32_t> sender;
    bool counts = true;
  };

  void seat(uint32_t connection, const Seat& seat);
  bool probe(Room& room);
  // Whether a message of the sender comes back to the connection.
  [[nodiscard]] bool hears(uint32_t connection, const Sender& sender) const {
    return options_.echo || sender.connection != connection;
  }
  // The sender, if this is a message that the connection is to hear.
  Sender* expected_sender(const Connection& connection, const Marker& marker);
  bool note_receipt(Connection& connection, const Sender& sender, const Marker& marker);

  const Options& options_;
  std::vector<Room> rooms_;
  std::vector<Member> members_;  // by connection
  std::vector<Sender> senders_;
  Crowd crowd_;
  Clock::time_point start_ = Clock::now();
  Tally tally_;
  std::array<Latencies, 2> latencies_;
  Clock::time_point last_delivery_;
};

}  // namespace banterd::bench
