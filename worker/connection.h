// One client's socket: reads, writes, ends it in order, and knows to the byte what was read and
// written. Knows nothing of chat.
//
//   open ──end()──► flushing ──all written──► lingering ──end of stream or linger limit──► closed
//     │                ▲                                                                     ▲
//     ├──── cut() ─────┘                                                                     │
//     └──────────────── reset, error, flush limit, end of stream read before ────────────────┘
//
// In `flushing` the queue is written; then SHUT_WR; in `lingering` input is read and discarded
// until the client closes, so that no reset destroys what it has not read yet. If the client's end
// of stream was read before, lingering is skipped.
//
// A client that closes while we write to it resets the connection. What it had said before is still
// read then; only after it comes on_closed().
//
// Costs some 150 bytes while idle. Use in the thread of the loop only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lazy.h"
#include "base/result.h"
#include "base/slab.h"
#include "base/unique_fd.h"
#include "base/uv/poll_set.h"
#include "ipc/client_memory.h"
#include "worker/deadlines.h"
#include "worker/send_queue.h"

namespace banterd::worker {

// What a connection tells its owner. Each call may destroy the connection only where said.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // The number by which the master knows it.
  [[nodiscard]] virtual uint64_t number() const { return 0; }
  // New bytes were appended to input().
  virtual void on_input() = 0;
  // The client has closed its sending side; input() may still hold lines, and the client may still
  // read. The owner calls end() when it is done. Called once.
  virtual void on_end_of_stream() = 0;
  // The socket is gone (state closed). `why` is empty after an orderly end, else a reason for
  // people: "Connection reset by peer". Called once, never from within a call of the owner's; may
  // destroy the connection. input() may still hold lines.
  virtual void on_closed(std::string_view why) = 0;
  // The queue outgrew the limit and the socket takes no more; the owner usually calls cut(). Called
  // once, from flush() or from the loop, never from send(). Again only after on_drained().
  virtual void on_overflow() = 0;
  // The queue fell to a quarter of the limit or below after having been above half of it. Never
  // from within a call of the owner's.
  virtual void on_drained() = 0;
  // The client, who had taken no more for a while, has taken something.
  virtual void on_taken() {}
};

// What all connections of a worker share. It outlives them.
struct ConnectionContext {
  base::Loop& loop;
  Deadlines& deadlines;
  size_t send_queue_bytes;                // limits.send_queue_bytes
  std::chrono::milliseconds flush_limit;  // how long an ended connection may take to be written
  std::chrono::milliseconds linger;       // how long it then waits for the client to close

  // If clients are kept: sockets are read into its pad, and nothing is written that no checkpoint
  // has (worker/keeper.h). Else null.
  ipc::ClientMemory* memory = nullptr;

  // While set, no socket is watched, read, written or closed: the clients are being handed over.
  bool suspended = false;

  // What a socket is read into, before its owner consumes it or the connection keeps it.
  std::vector<char> read_buffer = std::vector<char>(size_t{64} * 1024);
  // What is left of it while on_input() runs for a connection that keeps no input.
  std::string_view fresh_input = {};

  base::PollSet sockets{loop, on_socket_ready};
  static void on_socket_ready(base::PollSet::Watched& socket, int events);
};

class Connection final : private base::PollSet::Watched, public base::InSlabs<Connection> {
 public:
  enum class State : uint8_t { open, flushing, lingering, closed };

  // Watches `socket` for input at once. It has its options from its listener (base/tcp_options.h).
  static base::Result<std::unique_ptr<Connection>> create(ConnectionContext& context,
                                                          ConnectionOwner& owner,
                                                          base::UniqueFd socket);

  // A connection as another process takes it over, its queue and unread input apart; it describes
  // itself (ipc/json.h).
  struct Saved {
    State state = State::open;
    bool end_of_stream = false;
    bool is_cut = false;
    bool was_half_full = false;
    bool overflow_told = false;
    uint64_t answer_bytes = 0;
    uint64_t bytes_read = 0;
    uint64_t bytes_written = 0;
    std::optional<uint64_t> time_left_ms;  // to flush, or to linger
    static void fields(auto& self, auto&& field) {
      field("state", self.state);
      field("end_of_stream", self.end_of_stream);
      field("is_cut", self.is_cut);
      field("was_half_full", self.was_half_full);
      field("overflow_told", self.overflow_told);
      field("answer_bytes", self.answer_bytes);
      field("bytes_read", self.bytes_read);
      field("bytes_written", self.bytes_written);
      field("time_left_ms", self.time_left_ms);
    }
  };
  // Only while suspended, and not of one that is closed.
  [[nodiscard]] Saved save() const;
  // Goes on with a socket that another process had; its options are what that one set, but for
  // `keepalive_idle`. Errc::invalid when it was in a state that no connection is handed over in.
  static base::Result<std::unique_ptr<Connection>> restore(
      ConnectionContext& context, ConnectionOwner& owner, base::UniqueFd socket,
      std::chrono::seconds keepalive_idle, const Saved& saved, std::string input, SendQueue queue);
  // The context was suspended, or is no more.
  void follow_context() { watch(); }
  // The socket, for passing it on; -1 when closed.
  [[nodiscard]] int descriptor() const { return fd(); }
  [[nodiscard]] const SendQueue& queue() const { return queue_; }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Bytes read and not consumed yet. The owner consumes from the front. A view stays valid until
  // the owner returns to the loop, also when it calls consume(), end() or cut().
  [[nodiscard]] std::string_view input() const {
    if (gives_fresh_) return context_.fresh_input;
    return std::string_view(*input_).substr(input_begin_);
  }
  void consume(size_t count);

  // Whether the socket is read: off while input waits for a fence, credit, flood delay. Then, if
  // input() is empty, at most 4 KiB more are read into it without a call of on_input(); of the rest
  // TCP pushes back on the client. Its end of stream, too, is noticed only when reading is on
  // again. Input that the owner has not looked at until then (by consume()) is told of.
  void set_reading(bool reading);

  // Queue only; flush() writes. Ignored once end() or cut() was called.
  //
  // An answer is what the client has asked for himself: it never makes the queue overflow, whatever
  // its size, since no more is asked for while the queue is half full.
  void send_answer(std::string_view text) {
    if (!takes_output()) return;
    answer_bytes_ = clamp_bytes(answer_bytes_ + text.size());
    queue_.append(text);
  }
  void send(std::string_view text) {
    if (takes_output()) queue_.append(text);
  }
  void send(const SharedBytesPtr& buffer, size_t begin, size_t end) {
    if (takes_output()) queue_.append(buffer, begin, end);
  }

  // Writes what is queued, all in as few writes as the socket allows; call once per iteration for
  // connections that have been sent to. The rest leaves when the socket is writable.
  void flush();

  // Ends in order, as drawn above. No more input is given.
  void end();
  // Ends at once, for a client that does not read: the queue is dropped, and only `unit_rest` bytes
  // of it, the rest of a unit that was written in part (SendQueue::begun()), and `last_words` are
  // still written if the client or the kernel takes them before the linger limit.
  void cut(std::string_view last_words, size_t unit_rest = 0);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] size_t queued_bytes() const { return queue_.bytes(); }
  // Of what is queued, so many bytes at most are answers.
  [[nodiscard]] size_t answer_bytes() const {
    return std::min<size_t>(answer_bytes_, queue_.bytes());
  }
  // Above half of the limit: on_drained() will tell when it is no more.
  [[nodiscard]] bool half_full() const {
    return queue_.charged_bytes() > context_.send_queue_bytes / 2;
  }
  [[nodiscard]] uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] uint64_t bytes_written() const { return bytes_written_; }

  // ---- if clients are kept (worker/keeper.h) ----
  // How much of the queue's end the last checkpoint does not have: that is not written yet.
  [[nodiscard]] size_t unkept_bytes() const {
    return queue_.bytes() - std::min<size_t>(queue_.bytes(), kept_bytes_);
  }
  void keep_output() { kept_bytes_ = clamp_bytes(queue_.bytes()); }
  // Restored out of a checkpoint: so much was read and written by then, as the socket knows. Until
  // the next one nothing leaves.
  void continue_streams(uint64_t read, uint64_t written) {
    bytes_read_ = read;
    bytes_written_ = written;
    kept_bytes_ = 0;
    // What was queued then never makes it overflow.
    answer_bytes_ = clamp_bytes(queue_.bytes());
    finish_if_written();
  }
  [[nodiscard]] uint64_t bytes_consumed() const { return bytes_read_ - input().size(); }

 private:
  friend struct ConnectionContext;
  static uint32_t clamp_bytes(size_t bytes) {
    return static_cast<uint32_t>(std::min<size_t>(bytes, UINT32_MAX));
  }

  Connection(ConnectionContext& context, ConnectionOwner& owner);
  base::Result<void> take(base::UniqueFd socket);

  [[nodiscard]] bool takes_output() const { return state_ == State::open && error_ == 0; }

  void on_ready(int events);
  void read();
  void read_failed(int error_number, bool early);
  void give(std::string_view bytes);
  void on_end_of_stream();
  void keep(std::string_view bytes);
  void drop_consumed();

  void write();
  [[nodiscard]] ssize_t write_some(size_t& offered);
  [[nodiscard]] size_t may_write() const;
  [[nodiscard]] std::span<char> room_to_read();
  void write_failed(int error_number);
  [[nodiscard]] bool owes_drained() const;
  // More is queued than may be, answers apart.
  [[nodiscard]] bool is_too_full() const {
    return queue_.charged_bytes() > context_.send_queue_bytes + answer_bytes_;
  }
  void tell_if_drained();

  void finish_if_written();
  void limit_time(std::chrono::milliseconds limit);
  void close(int why);
  void call_later();
  void on_later();
  void watch();
  [[nodiscard]] int wanted_events() const;

  // What send() and flush() need comes first: a fan-out touches one line of the processor's cache
  // per connection.
  ConnectionContext& context_;
  State state_ : 3 = State::open;
  bool reading_ : 1 = true;         // what the owner wants
  bool end_of_stream_ : 1 = false;  // read
  bool blocked_ : 1 = false;        // the socket takes no more until it is writable
  bool gives_fresh_ : 1 = false;    // on_input() runs, and input() is in the shared buffer
  bool was_half_full_ : 1 = false;  // on_drained() is owed
  bool overflow_told_ : 1 = false;
  bool is_cut_ : 1 = false;
  bool has_unseen_ : 1 = false;   // some was read while reading was off
  bool input_waits_ : 1 = false;  // some has come while it was not wanted: not watched until it is
  int16_t error_ = 0;  // an errno or kTimeLimit: nothing can be written, and why it was closed
  uint32_t input_begin_ = 0;  // what of input_ is consumed
  SendQueue queue_;
  uint32_t answer_bytes_ = 0;  // of the queue, at most
  uint32_t kept_bytes_ = 0;  // of the queue: the last checkpoint has them, and they may be written

  ConnectionOwner& owner_;
  base::Lazy<std::string> input_;  // made while there is any that is kept
  uint64_t bytes_read_ = 0;
  uint64_t bytes_written_ = 0;
  Deadlines::Id time_limit_ = Deadlines::kNone;
  Deadlines::Id later_ = Deadlines::kNone;  // on_later() is due
};

}  // namespace banterd::worker
