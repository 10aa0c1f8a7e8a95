#include "worker/protocol/http/http_request.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

#include "base/take_part.h"

namespace banterd::worker::http {

namespace beast = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using Text = boost::beast::string_view;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

HttpRequest::Method method_of(beast::verb verb) {
  if (verb == beast::verb::get) return HttpRequest::Method::get;
  return verb == beast::verb::head ? HttpRequest::Method::head : HttpRequest::Method::other;
}

// The path of "/path?query" or of "http://host/path" (RFC 9112 section 3.2); empty for others.
std::string path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.size() > kScheme.size() && same_word(target.substr(0, kScheme.size()), kScheme)) {
    target.remove_prefix(kScheme.size());
    const size_t slash = target.find('/');
    if (slash == std::string_view::npos) return "/";
    target.remove_prefix(slash);
  }
  if (!target.starts_with('/')) return {};
  return std::string(target.substr(0, target.find('?')));
}

Status status_of(const ErrorCode& error) {
  if (error == beast::error::header_limit) return Status::header_fields_too_large;
  if (error == beast::error::bad_version) return Status::version_not_supported;
  return Status::bad_request;
}

}  // namespace

std::string HttpRequest::field(std::string_view name) const {
  std::string all;
  for (const auto& [key, value] : fields) {
    if (!same_word(key, name)) continue;
    if (!all.empty()) all += ", ";
    all += value;
  }
  return all;
}

size_t HttpRequest::count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(fields.begin(), fields.end(), [&](const auto& field) {
    return same_word(field.first, name);
  }));
}

std::vector<std::string_view> list_of(std::string_view value) {
  std::vector<std::string_view> elements;
  while (!value.empty()) {
    const std::string_view element = trimmed(base::take_part(value, ','));
    if (!element.empty()) elements.push_back(element);
  }
  return elements;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char one, char other) { return lower(one) == lower(other); });
}

namespace {

// Collects what Beast finds.
class Parser final : public beast::basic_parser<true> {
 public:
  Parser() { skip(true); }  // done when the head is

  HttpRequest request;

 private:
  void on_request_impl(beast::verb method, Text, Text target, int version,
                       ErrorCode& error) override {
    request.method = method_of(method);
    request.path = path_of({target.data(), target.size()});
    request.is_1_1 = version >= 11;
    if (request.path.empty() && request.method != HttpRequest::Method::other)
      error = beast::error::bad_target;
  }
  void on_field_impl(beast::field, Text name, Text value, ErrorCode& error) override {
    if (request.fields.size() == kMaxFields) {
      error = beast::error::header_limit;
      return;
    }
    request.fields.emplace_back(std::string(name.data(), name.size()),
                                std::string(value.data(), value.size()));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}
  // Of answers, and of bodies: neither comes.
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(Text body, ErrorCode&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode&) override {
    return body.size();
  }
};

HttpRequest request_of(Parser& parser) {
  // HTTP/1.0 would want to be told that its connection is kept; few clients of it are left.
  parser.request.keeps_alive = parser.request.is_1_1 && parser.keep_alive();
  parser.request.asks_upgrade = parser.upgrade();
  return std::move(parser.request);
}

// Of a whole head.
RequestReader::Taken parse(std::string_view head) {
  Parser parser;
  ErrorCode error;
  parser.put({head.data(), head.size()}, error);
  if (error) return {head.size(), std::nullopt, status_of(error)};
  // Beast knows of "chunked" at the end only; any other coding is that of a body, too.
  if (parser.request.count("Transfer-Encoding") > 0 || parser.content_length().value_or(0) > 0)
    return {head.size(), std::nullopt, Status::content_too_large};
  const size_t hosts = parser.request.count("Host");
  if (hosts > 1 || (hosts == 0 && parser.request.is_1_1))
    return {head.size(), std::nullopt, Status::bad_request};
  return {head.size(), request_of(parser), std::nullopt};
}

}  // namespace

RequestReader::Taken RequestReader::next(std::string_view input) {
  // Empty lines before a request mean nothing (RFC 9112 section 2.2).
  const size_t begin = std::min(input.find_first_not_of("\r\n"), input.size());
  if (searched_ == 0 && begin > 0) return {begin, std::nullopt, std::nullopt};
  return line_is_right_ ? find_head(input) : find_line(input);
}

RequestReader::Taken RequestReader::find_line(std::string_view input) {
  const size_t end = input.substr(0, kMaxHeadBytes).find('\n', searched_);
  if (end == std::string_view::npos) return wait_or_refuse(input);
  // Beast would wait for a CR LF, which may never come.
  if (input[end - 1] != '\r') return this->end({input.size(), std::nullopt, Status::bad_request});
  Parser parser;
  ErrorCode error;
  parser.put({input.data(), end + 1}, error);
  if (error && error != beast::error::need_more)
    return this->end({input.size(), std::nullopt, status_of(error)});
  line_is_right_ = true;
  searched_ = end;
  return find_head(input);
}

RequestReader::Taken RequestReader::find_head(std::string_view input) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t from = searched_ - std::min(searched_, kEnd.size() - 1);
  const size_t end = input.substr(0, kMaxHeadBytes).find(kEnd, from);
  if (end == std::string_view::npos) return wait_or_refuse(input);
  return this->end(parse(input.substr(0, end + kEnd.size())));
}

RequestReader::Taken RequestReader::wait_or_refuse(std::string_view input) {
  if (input.size() >= kMaxHeadBytes)
    return end({input.size(), std::nullopt, Status::header_fields_too_large});
  searched_ = input.size();
  return {};
}

RequestReader::Taken RequestReader::end(Taken taken) {
  searched_ = 0;
  line_is_right_ = false;
  return taken;
}

}  // namespace banterd::worker::http
