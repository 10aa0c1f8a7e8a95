// Requests of HTTP/1.1 and 1.0 (RFC 9112), one after the other, parsed by Boost.Beast. Pure.
//
// A request is taken as a whole, its head only: until all of that is there nothing is consumed, so
// that a client who moves to another process takes half a request along as unread input. What was
// searched is not searched again. Only its first line is looked at earlier: who speaks something
// else shall be told soon. Bodies are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/protocol/http/http_status.h"

namespace banterd::worker::http {

// Of a request's head, the line ends included.
inline constexpr size_t kMaxHeadBytes = 8192;
inline constexpr size_t kMaxFields = 100;

struct HttpRequest {
  enum class Method : uint8_t { get, head, other };
  Method method = Method::get;
  std::string path;  // without the query; it begins with '/'
  // The connection may have another request after this one (RFC 9112 section 9.3).
  bool keeps_alive = true;
  bool asks_upgrade = false;  // "Connection: upgrade"
  bool is_1_1 = true;
  std::vector<std::pair<std::string, std::string>> fields;  // names as they came

  // The value of a field; of several, all of them with ", " between (RFC 9110 section 5.3). Empty
  // when there is none. Names are compared without case.
  [[nodiscard]] std::string field(std::string_view name) const;
  [[nodiscard]] size_t count(std::string_view name) const;
};

// Elements of a comma-separated list, without the spaces around them; empty ones are left out.
std::vector<std::string_view> list_of(std::string_view value);
// ASCII letters without case.
bool same_word(std::string_view a, std::string_view b);

class RequestReader {
 public:
  struct Taken {
    size_t bytes = 0;  // of the input that are done with; 0: more is needed
    std::optional<HttpRequest> request;
    // Why it is none; what follows cannot be understood, and the connection is to end.
    std::optional<Status> refused;
  };
  // The next request of `input`, whose front is where the last one ended.
  Taken next(std::string_view input);
  // A part of a request has come.
  [[nodiscard]] bool has_begun() const { return searched_ > 0; }

 private:
  Taken find_line(std::string_view input);
  Taken find_head(std::string_view input);
  Taken wait_or_refuse(std::string_view input);
  Taken end(Taken taken);

  bool line_is_right_ = false;  // the first one, which is there
  size_t searched_ = 0;         // bytes of the request that has begun
};

}  // namespace banterd::worker::http
