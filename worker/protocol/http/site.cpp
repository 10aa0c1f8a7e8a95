#include "worker/protocol/http/site.h"

#include <algorithm>

namespace banterd::worker::http {

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
// Names below it have a hash of the content in them: another content has another name.
constexpr std::string_view kHashedFolder = "/assets/";

const Asset* find(std::span<const Asset> assets, std::string_view path) {
  const std::string_view wanted = path == "/" ? "/index.html" : path;
  const auto found = std::find_if(assets.begin(), assets.end(),
                                  [&](const Asset& asset) { return asset.path == wanted; });
  return found == assets.end() ? nullptr : &*found;
}

bool is_host(std::string_view host) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
  return !host.empty() && host.find_first_not_of(kAllowed) == std::string_view::npos;
}

// Nothing but what is here, no script within the page. The WebSocket is named by its host: not all
// browsers take 'self' for its scheme too.
std::string content_policy(std::string_view host) {
  std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
      "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'; connect-src 'self'";
  if (is_host(host)) policy.append(" ws://").append(host).append(" wss://").append(host);
  return policy;
}

// "gzip", "gzip;q=0.5", "*", but not "gzip;q=0" (RFC 9110 section 12.5.3).
bool takes_gzip(const std::string& accepted) {
  std::optional<bool> any;
  for (const std::string_view element : list_of(accepted)) {
    const size_t semicolon = element.find(';');
    std::string_view coding = element.substr(0, semicolon);
    coding = coding.substr(0, coding.find_last_not_of(' ') + 1);
    const std::string_view parameters =
        semicolon == std::string_view::npos ? std::string_view() : element.substr(semicolon);
    const size_t weight = parameters.find("q=");
    const bool wanted = weight == std::string_view::npos ||
                        parameters.find_first_of("123456789", weight) != std::string_view::npos;
    if (same_word(coding, "gzip")) return wanted;
    if (coding == "*") any = wanted;
  }
  return any.value_or(false);
}

// By what it says, as for GET (RFC 9110 section 13.1.2): a weak comparison.
bool is_known(const std::string& if_none_match, std::string_view etag) {
  const auto bare = [](std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  const auto known = list_of(if_none_match);
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view tag) { return tag == "*" || bare(tag) == bare(etag); });
}

Response answer_with(const Asset& asset, const HttpRequest& request) {
  Response response;
  response.fields = {
      {"ETag", std::string(asset.etag)},
      {"Cache-Control",
       asset.path.starts_with(kHashedFolder) ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Vary", "Accept-Encoding"},
      {"Content-Security-Policy", content_policy(request.field("Host"))},
  };
  if (is_known(request.field("If-None-Match"), asset.etag)) {
    response.status = Status::not_modified;
    return response;
  }
  response.content_type = asset.content_type;
  const bool compressed = !asset.gzip.empty() && takes_gzip(request.field("Accept-Encoding"));
  if (compressed) response.fields.emplace_back("Content-Encoding", "gzip");
  response.body = compressed ? asset.gzip : asset.plain;
  return response;
}

Response health() {
  Response response;
  response.content_type = kText;
  response.fields = {{"Cache-Control", "no-store"}};
  response.body = "ok\n";
  return response;
}

Response choose(const HttpRequest& request, std::span<const Asset> assets) {
  const bool is_health = request.path == "/health";
  const Asset* asset = is_health ? nullptr : find(assets, request.path);
  if (!is_health && asset == nullptr) return refusal(Status::not_found);
  if (request.method == HttpRequest::Method::other) {
    Response response = refusal(Status::method_not_allowed);
    response.fields.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  return is_health ? health() : answer_with(*asset, request);
}

}  // namespace

Response answer(const HttpRequest& request, std::span<const Asset> assets) {
  Response response = choose(request, assets);
  response.sends_body = request.method != HttpRequest::Method::head;
  response.keeps_alive = request.keeps_alive;
  return response;
}

Response refusal(Status why) {
  Response response;
  response.status = why;
  response.content_type = kText;
  response.fields = {{"Cache-Control", "no-store"}};
  response.body = status_line(why);
  return response;
}

}  // namespace banterd::worker::http
