// Who a client of a proxy is: X-Forwarded-For, or Forwarded (RFC 7239), as far as they can be
// believed. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/http/http_request.h"

namespace banterd::worker::http {

// Whether one of `trusted` (as the configuration has them: addresses, networks such as
// "10.0.0.0/8", or "unix") has the address.
bool is_trusted(std::string_view address, const std::vector<std::string>& trusted);

// Where the request comes from: `peer`, unless that is a trusted proxy. Then the last address that
// it names and that is no trusted proxy itself; whatever stands before that, anybody may have made
// up. What is no address ends the search: the last proxy that was found is meant.
std::string client_address(const HttpRequest& request, std::string_view peer,
                           const std::vector<std::string>& trusted);

}  // namespace banterd::worker::http
