#include "worker/protocol/http/handshake.h"

#include <sha1.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "worker/protocol/http/site.h"

namespace banterd::worker::http {

namespace {

constexpr std::string_view kTextProtocol = "text.ircv3.net";
constexpr std::string_view kBinaryProtocol = "binary.ircv3.net";
constexpr size_t kKeyBytes = 16;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

std::string_view without_suffix(std::string_view text, std::string_view suffix) {
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return text;
}

// The port that an origin's scheme usually has: it may be left out.
std::string_view usual_port(std::string_view origin) {
  return origin.starts_with("https:") ? ":443" : ":80";
}

bool is_same_origin(const std::string& a, const std::string& b) {
  return without_suffix(a, usual_port(a)) == without_suffix(b, usual_port(b));
}

// "https://chat.example.org:443" and the Host "Chat.example.org" are the same host. A proxy that
// speaks TLS has another scheme than we.
bool is_same_host(const std::string& origin, const std::string& host) {
  const size_t colon = origin.find("://");
  if (colon == std::string::npos) return false;
  const std::string_view usual = usual_port(origin);
  return without_suffix(std::string_view(origin).substr(colon + 3), usual) ==
         without_suffix(host, usual);
}

bool is_key(const std::string& key) {
  std::array<unsigned char, kKeyBytes> bytes{};
  size_t length = 0;
  return sodium_base642bin(bytes.data(), bytes.size(), key.data(), key.size(), nullptr, &length,
                           nullptr, sodium_base64_VARIANT_ORIGINAL) == 0 &&
         length == kKeyBytes;
}

bool has_word(const std::string& list, std::string_view word) {
  const auto words = list_of(list);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view one) { return same_word(one, word); });
}

// The first of those that he offers which we speak too; empty: none.
std::string_view chosen_protocol(const std::string& offered) {
  for (const std::string_view protocol : list_of(offered)) {
    if (protocol == kTextProtocol) return kTextProtocol;
    if (protocol == kBinaryProtocol) return kBinaryProtocol;
  }
  return {};
}

Response upgrade_required() {
  Response response = refusal(Status::upgrade_required);
  response.fields.insert(
      response.fields.end(),
      {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}});
  return response;
}

}  // namespace

bool is_for_socket(const HttpRequest& request) {
  return request.path == "/ws" || (request.path == "/" && request.asks_upgrade);
}

bool is_allowed_origin(const HttpRequest& request,
                       const std::optional<std::vector<std::string>>& origins) {
  if (request.count("Origin") == 0) return true;
  const std::string origin = lower(request.field("Origin"));
  if (!origins) return is_same_host(origin, lower(request.field("Host")));
  return std::any_of(origins->begin(), origins->end(), [&](const std::string& allowed) {
    return allowed == "*" || is_same_origin(lower(allowed), origin);
  });
}

Handshake shake_hands(const HttpRequest& request,
                      const std::optional<std::vector<std::string>>& origins) {
  if (request.method != HttpRequest::Method::get) {
    Response response = refusal(Status::method_not_allowed);
    response.fields.emplace_back("Allow", "GET");
    return {std::move(response)};
  }
  const bool asks = request.is_1_1 && request.asks_upgrade &&
                    has_word(request.field("Upgrade"), "websocket") &&
                    request.field("Sec-WebSocket-Version") == "13";
  if (!asks) return {upgrade_required()};
  const std::string key = request.field("Sec-WebSocket-Key");
  if (!is_key(key)) return {refusal(Status::bad_request)};
  if (!is_allowed_origin(request, origins)) return {refusal(Status::forbidden)};
  Response response;
  response.status = Status::switching_protocols;
  response.fields = {{"Connection", "Upgrade"},
                     {"Upgrade", "websocket"},
                     {"Sec-WebSocket-Accept", accept_of(key)}};
  const std::string_view protocol = chosen_protocol(request.field("Sec-WebSocket-Protocol"));
  if (!protocol.empty()) response.fields.emplace_back("Sec-WebSocket-Protocol", protocol);
  return {std::move(response), protocol == kBinaryProtocol ? Opcode::binary : Opcode::text};
}

std::string accept_of(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  SHA1_CTX context;
  SHA1Init(&context);
  SHA1Update(&context, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  std::array<uint8_t, SHA1_DIGEST_LENGTH> digest{};
  SHA1Final(digest.data(), &context);
  std::array<char, sodium_base64_ENCODED_LEN(SHA1_DIGEST_LENGTH, sodium_base64_VARIANT_ORIGINAL)>
      encoded{};
  return sodium_bin2base64(encoded.data(), encoded.size(), digest.data(), digest.size(),
                           sodium_base64_VARIANT_ORIGINAL);
}

}  // namespace banterd::worker::http
