#include "worker/protocol/http/http_response.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace banterd::worker::http {

namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// RFC 9110 section 8.6: those have none.
bool has_length(Status status) {
  return status != Status::not_modified && status != Status::switching_protocols;
}

}  // namespace

std::string_view status_line(Status status) {
  switch (status) {
    case Status::switching_protocols:
      return "101 Switching Protocols\r\n";
    case Status::ok:
      return "200 OK\r\n";
    case Status::not_modified:
      return "304 Not Modified\r\n";
    case Status::bad_request:
      return "400 Bad Request\r\n";
    case Status::forbidden:
      return "403 Forbidden\r\n";
    case Status::not_found:
      return "404 Not Found\r\n";
    case Status::method_not_allowed:
      return "405 Method Not Allowed\r\n";
    case Status::request_timeout:
      return "408 Request Timeout\r\n";
    case Status::content_too_large:
      return "413 Content Too Large\r\n";
    case Status::upgrade_required:
      return "426 Upgrade Required\r\n";
    case Status::header_fields_too_large:
      return "431 Request Header Fields Too Large\r\n";
    case Status::service_unavailable:
      return "503 Service Unavailable\r\n";
    case Status::version_not_supported:
      return "505 HTTP Version Not Supported\r\n";
  }
  return "500 Internal Server Error\r\n";
}

void append_response(std::string& out, const Response& response, chat::TimeMs now) {
  out.append("HTTP/1.1 ").append(status_line(response.status));
  append_field(out, "Date", http_date(now));
  for (const auto& [name, value] : response.fields) append_field(out, name, value);
  if (response.status != Status::switching_protocols) {
    append_field(out, "X-Content-Type-Options", "nosniff");
    append_field(out, "Referrer-Policy", "no-referrer");
    if (!response.keeps_alive) append_field(out, "Connection", "close");
  }
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (has_length(response.status))
    append_field(out, "Content-Length", std::to_string(response.body.size()));
  out += "\r\n";
  if (response.sends_body) out += response.body;
}

std::string http_date(chat::TimeMs at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time) - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace banterd::worker::http
