// A client of the http listener: sends requests, opens a WebSocket, and is an IRC client then. What
// comes in frames is heard as lines; a close as "CLOSE 1001 reason", a pong as "WS-PONG payload".
// Until there is a WebSocket answers are heard as they come, line by line.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "tests/support/irc_client.h"
#include "tests/support/server.h"
#include "tests/support/web_frames.h"

namespace banterd::tests {

class WebClient final : public IrcClient {
 public:
  using IrcClient::IrcClient;

  // Asks for a WebSocket: from the answer on lines go in frames. `fields` are added to the request,
  // each with its line's end.
  void open_socket(const std::string& fields = "Sec-WebSocket-Protocol: text.ircv3.net\r\n",
                   const std::string& path = "/ws");
  // Waits until it is open, and begins to register.
  void enter_as(std::string_view nick, std::string_view capabilities = {},
                Caller caller = Caller::current());
  // A request for a path, with fields as above.
  void request(const std::string& method_and_path, const std::string& fields = {});
  // What he was sent that is no frame of a server.
  [[nodiscard]] bool has_bad_frames() const { return bad_frames_; }

 private:
  void send_line(const std::string& line) override;
  void unwrap(std::string_view bytes, std::string& lines) override;
  bool take_line(std::string& line) override;
  // True if one was there.
  bool unwrap_frame(std::string& lines);

  bool asked_ = false;  // for a WebSocket
  bool open_ = false;
  bool bad_frames_ = false;
  ptrdiff_t plain_lines_ = 0;  // lines to come that are the answer's
  std::string received_;       // not understood yet
};

// The web clients of a test; at its end none may have been sent what is no frame, or no IRC.
class WebGroup {
 public:
  using Caller = std::source_location;

  // `port`: of an http listener. The server outlives the group.
  WebGroup(Server& server, uint16_t port) : server_(server), place_{.port = port} {}
  ~WebGroup();
  WebGroup(const WebGroup&) = delete;
  WebGroup& operator=(const WebGroup&) = delete;

  WebClient& connect() { return clients_.emplace_back(server_.loop(), place_); }
  // Somebody who has been welcomed, and has forgotten that.
  WebClient& enter(std::string_view nick, std::string_view capabilities = {},
                   const std::string& fields = "Sec-WebSocket-Protocol: text.ircv3.net\r\n",
                   Caller caller = Caller::current());

 private:
  Server& server_;
  Place place_;
  std::deque<WebClient> clients_;
};

// Listeners for line clients, IRC and HTTP, in this order; `http` has more keys of the last one,
// each with a comma before it.
ServerConfig web_config(int workers = 3, const std::string& http = {});

}  // namespace banterd::tests
