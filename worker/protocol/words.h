// What clients are told alike, whatever they speak, and what none of them says.
#pragma once

#include <string>
#include <string_view>

#include "worker/protocol/protocol.h"

namespace banterd::worker {

// Who he is now, and what he may have missed.
std::string begun_anew_text(const Protocol::Former& former, const chat::Profile& now);

// Whether a line begins a request of HTTP: "POST / HTTP/1.1". A web page may have a browser send
// one to any port, with lines in its body that would be said in the name of whoever looks at the
// page.
bool begins_http_request(std::string_view line);

inline constexpr std::string_view kNoHttp = "HTTP is not spoken here";

}  // namespace banterd::worker
