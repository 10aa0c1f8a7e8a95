// What is answered to GET and HEAD: the files of the page, and /health. Pure.
#pragma once

#include <span>

#include "worker/protocol/http/assets.h"
#include "worker/protocol/http/http_request.h"
#include "worker/protocol/http/http_response.h"

namespace banterd::worker::http {

// "/" is "/index.html". What it says is in the program, or in `request`, which outlives the answer.
Response answer(const HttpRequest& request, std::span<const Asset> assets);

// An answer that is its own status, in a line of text.
Response refusal(Status why);

}  // namespace banterd::worker::http
