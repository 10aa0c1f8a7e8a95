// Web clients in the middle of something: of a request, of a frame, and of a message in two frames
// that cuts a character. What happens to the server meanwhile may not be seen.
#pragma once

#include <cstddef>
#include <string>

#include "tests/support/web_client.h"

namespace banterd::tests {

class HalfSent {
 public:
  // `asking` has had an answer; the others are in. All outlive this.
  HalfSent(WebClient& asking, WebClient& framing, WebClient& splitting)
      : asking_(asking), framing_(framing), splitting_(splitting) {}

  // Sends so many bytes of the request and of the frame, and the first half of the message.
  void begin(size_t part) {
    part_ = part;
    asking_.send(kRequest.substr(0, part));
    framing_.send(frame_.substr(0, part));
    splitting_.send(masked(Opcode::text, "PING \xc3", false) + masked(Opcode::ping, "between"));
    splitting_.expect("WS-PONG between");
  }
  // Sends the rest, and waits for the answers.
  void finish() {
    asking_.send(kRequest.substr(part_));
    asking_.expect("ok");
    framing_.send(frame_.substr(part_));
    framing_.expect(":banter.local PONG banter.local frame");
    splitting_.send(masked(Opcode::continuation, "\xbc"));
    splitting_.expect(":banter.local PONG banter.local ü");
  }

 private:
  inline static const std::string kRequest = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

  WebClient& asking_;
  WebClient& framing_;
  WebClient& splitting_;
  const std::string frame_ = text_frame("PING frame");
  size_t part_ = 0;
};

}  // namespace banterd::tests
