// Answers to requests (RFC 9112), put together as bytes. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/types.h"
#include "worker/protocol/http/http_status.h"

namespace banterd::worker::http {

struct Response {
  Status status = Status::ok;
  std::string_view content_type = {};  // empty: there is no content
  std::vector<std::pair<std::string_view, std::string>> fields = {};
  std::string_view body = {};
  bool sends_body = true;   // false: the length of the body is told, but not the body (HEAD)
  bool keeps_alive = true;  // else the connection ends after it
};

// Appends it with its date, its length, and what every answer tells a browser: to take the content
// for what it is called, and to send no referrer.
void append_response(std::string& out, const Response& response, chat::TimeMs now);

// Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110 section 5.6.7).
std::string http_date(chat::TimeMs at);

}  // namespace banterd::worker::http
