// One connection to the server: goes in, joins its rooms, and tells its receiver what it reads. It
// may speak too.
//
//   absent ──connect()──► connecting ──greeting──► entering ──rooms joined──► present
//      ▲                       │                       │                         │
//      └───────────────────────┴───── the connection has ended ──────────────────┘
//
// Does not choose when to connect or what to say: that is for the crowd and the speakers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "tests/chaos/poller.h"
#include "tests/chaos/receiver.h"
#include "tests/chaos/samples.h"

namespace banterd::chaos {

// What he is there for.
enum class Role {
  reader,      // reads
  speaker,     // and says whole lines
  half_liner,  // and says lines in two halves
  filler,      // says much at the beginning
  full,        // does not read until he is told to
};

// What all clients share.
struct ClientWorld {
  Truth& truth;
  Poller& poller;
  uint16_t port = 0;            // of the server
  size_t full_room = SIZE_MAX;  // the filler's
  size_t line_bytes = 0;
  bool keeps = false;                     // nobody is to be closed, or seen to quit
  uint64_t read_bytes = 0;                // by all
  Samples* normal = nullptr;              // takes each latency while it is set
  std::array<char, 128 * 1024> buffer{};  // for one read
};

// The connection that a client has: the address and port of his end, in host byte order.
struct LocalEnd {
  uint32_t address = 0;
  uint16_t port = 0;
  auto operator<=>(const LocalEnd&) const = default;
};

class Client final : public Watched {
 public:
  enum class State { absent, connecting, entering, present };

  // Gets told what becomes of clients, from within their callbacks.
  class Events {
   public:
    virtual void on_present(Client& client) = 0;
    // It is absent now, and was `before` until it ended.
    virtual void on_ended(Client& client, State before, const std::string& why) = 0;

   protected:
    ~Events() = default;
  };

  Client(size_t number, Role role, std::vector<RoomIndex> rooms, ClientWorld& world,
         Events& events);

  [[nodiscard]] size_t number() const { return number_; }
  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool present() const { return state_ == State::present; }
  [[nodiscard]] LocalEnd local_end() const { return local_end_; }
  [[nodiscard]] Receiver& receiver() { return receiver_; }
  // Nothing for those who do not speak, and before the first greeting.
  [[nodiscard]] Voice* voice() { return voice_; }

  // Begins to connect; errors: no socket, no address.
  base::Result<void> connect();
  // Ends the connection, as if the server had.
  void drop(const std::string& why);

  // Sends bytes as soon as the server takes them.
  void send(std::string_view bytes);
  // The next line of his voice; in the room whose turn it is. A stamp of 0: it is not measured.
  void say(uint64_t stamp_us);
  // The same in two parts.
  void begin_line();
  void finish_line();
  [[nodiscard]] bool has_half_line() const { return has_half_line_; }

  // Asks for an answer that comes when all is done and told that was asked and said before. Ends a
  // half line.
  void ask_fence();
  [[nodiscard]] bool fence_answered() const { return fences_answered_ == fences_asked_; }
  // How many people a room has. Not beside a half line.
  void ask_members(RoomIndex room);
  // The answer to the last question; 0 before it.
  [[nodiscard]] size_t members_told() const { return members_told_; }

  // A full client begins to read.
  void read_on();
  [[nodiscard]] bool reads() const { return role_ != Role::full || !present() || reads_on_; }

  // The largest latency since the last call, in microseconds; 0 if no line has come.
  uint32_t take_worst_latency() { return std::exchange(worst_latency_us_, 0); }

  // His worker is being killed: if his connection ends it is no fault. Until it is a new one.
  void doom() { doomed_ = true; }
  [[nodiscard]] bool doomed() const { return doomed_; }

  void on_ready(uint32_t events) override;

 private:
  [[nodiscard]] bool speaks() const;
  void watch();
  void on_connected();
  void read_once();
  void take_lines(std::string_view text, uint64_t now);
  void on_line(std::string_view line, uint64_t now);
  void on_notice(std::string_view line);
  void on_error(std::string_view line);
  void on_greeting();
  void on_fence_answer();
  void on_members(std::string_view line);
  void measure(const SaidLine& line, uint64_t now);
  void flush();
  void end(const std::string& why);
  [[nodiscard]] std::string next_line(uint64_t stamp_us) const;
  [[nodiscard]] std::string join_of(RoomIndex room) const;

  size_t number_;
  Role role_;
  ClientWorld& world_;
  Events& events_;
  Receiver receiver_;
  State state_ = State::absent;
  base::UniqueFd fd_;
  LocalEnd local_end_;
  bool doomed_ = false;
  bool reads_on_ = false;
  std::string unread_;  // the beginning of a line
  std::string unsent_;
  bool watches_for_room_ = false;  // in the socket, for what is unsent
  Voice* voice_ = nullptr;
  bool has_half_line_ = false;
  std::string second_half_;
  uint32_t joins_answered_ = 0;  // of the joins before each line
  uint32_t fences_asked_ = 0;
  uint32_t fences_answered_ = 0;
  bool asks_members_ = false;
  size_t members_told_ = 0;
  uint32_t worst_latency_us_ = 0;
};

}  // namespace banterd::chaos
