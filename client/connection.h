// The connection to the server on the loop: a queue of bytes to send, and whatever arrives. It
// knows nothing of lines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"

namespace banterd::client {

class Connection {
 public:
  struct Callbacks {
    std::function<void(std::string_view bytes)> on_bytes;  // the view dies when the call returns
    std::function<void()> on_sent;                         // unsent_bytes() became smaller
    std::function<void(int error_number)> on_end;  // once; 0: the server ended the stream in order
  };

  // `socket` is connected. No callback may destroy the Connection.
  [[nodiscard]] static base::Result<std::unique_ptr<Connection>> create(base::Loop& loop,
                                                                        base::UniqueFd socket,
                                                                        Callbacks callbacks);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends in the order of the calls, at once as far as the socket takes it. The queue has no bound
  // of its own: the caller watches unsent_bytes(). Does nothing once the server has stopped
  // reading.
  void send(std::string_view bytes);

  // Ends our side of the stream (SHUT_WR) after all that is queued; the server may go on sending.
  void end_sending();

  [[nodiscard]] size_t unsent_bytes() const { return unsent_.size(); }

  // Everything was handed to the kernel, and the end of our side after it.
  [[nodiscard]] bool sending_ended() const { return sending_ == Sending::ended; }

 private:
  // open --end_sending()--> ending --all is sent--> ended; from open and ending --the server
  // stopped reading--> broken
  enum class Sending { open, ending, ended, broken };

  explicit Connection(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}
  void on_ready(int events);
  void flush();
  void receive();
  void break_sending();
  void watch();

  Callbacks callbacks_;
  std::unique_ptr<base::Poll> poll_;
  std::string unsent_;
  Sending sending_ = Sending::open;
  bool receiving_ = true;
};

}  // namespace banterd::client
