// Whether a request opens a WebSocket, and how (RFC 6455 section 4.2; IRCv3 "WebSocket"). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/http/frame.h"
#include "worker/protocol/http/http_request.h"
#include "worker/protocol/http/http_response.h"

namespace banterd::worker::http {

// It is for the WebSocket: "/ws", or "/" when it asks for an upgrade.
bool is_for_socket(const HttpRequest& request);

// Whether a page from there may open one. `origins`: those that may, "*" for all; nothing: pages of
// this very host. Who names no origin is no browser, and may.
bool is_allowed_origin(const HttpRequest& request,
                       const std::optional<std::vector<std::string>>& origins);

struct Handshake {
  Response response;             // 101, or why not
  Opcode opcode = Opcode::text;  // of the messages that he is sent, if it is 101
};
Handshake shake_hands(const HttpRequest& request,
                      const std::optional<std::vector<std::string>>& origins);

// The answer to Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string accept_of(std::string_view key);

}  // namespace banterd::worker::http
