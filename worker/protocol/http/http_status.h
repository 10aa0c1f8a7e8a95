// The answers that this server gives to requests (RFC 9110 section 15).
#pragma once

#include <cstdint>
#include <string_view>

namespace banterd::worker::http {

enum class Status : uint16_t {
  switching_protocols = 101,
  ok = 200,
  not_modified = 304,
  bad_request = 400,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  request_timeout = 408,
  content_too_large = 413,
  upgrade_required = 426,
  header_fields_too_large = 431,
  service_unavailable = 503,
  version_not_supported = 505,
};

// "404 Not Found" and a line's end, as the status line has it.
std::string_view status_line(Status status);

}  // namespace banterd::worker::http
