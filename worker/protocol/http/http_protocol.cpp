#include "worker/protocol/http/http_protocol.h"

#include <memory>
#include <utility>

#include "worker/protocol/http/forwarded.h"
#include "worker/protocol/http/handshake.h"
#include "worker/protocol/http/site.h"
#include "worker/protocol/http/socket_protocol.h"

namespace banterd::worker::http {

const Encoder& HttpProtocol::encoder(std::string_view) const { return SilentEncoder::instance(); }
const Encoder& HttpProtocol::encoder() const { return SilentEncoder::instance(); }

void HttpProtocol::on_open() { session_.wake_in(session_.config().limits.registration_timeout); }

Protocol::Taken HttpProtocol::take(std::string_view input, bool) {
  const RequestReader::Taken taken = requests_.next(input);
  if (taken.refused) {
    refuse(*taken.refused);
  } else if (taken.request) {
    meet(*taken.request);
  }
  return {taken.bytes, false};
}

void HttpProtocol::meet(const HttpRequest& request) {
  session_.wake_in(session_.config().limits.registration_timeout);
  if (is_for_socket(request)) {
    open_socket(request);
  } else {
    send(answer(request, assets()));
  }
}

void HttpProtocol::open_socket(const HttpRequest& request) {
  Handshake handshake = shake_hands(request, listener_.origins);
  handshake.response.sends_body = request.method != HttpRequest::Method::head;
  handshake.response.keeps_alive = request.keeps_alive;
  send(handshake.response);
  if (handshake.response.status != Status::switching_protocols) return;
  std::string address = client_address(request, session_.address(), listener_.trusted_proxies);
  if (address != session_.address()) session_.come_from(std::move(address));
  socket_ = std::make_unique<SocketProtocol>(listener_, session_, handshake.opcode);
  socket_->on_open();
}

void HttpProtocol::send(const Response& response) {
  std::string bytes;
  append_response(bytes, response, session_.now());
  session_.send_answer(bytes);
  if (!response.keeps_alive) session_.request(Leave{});
}

void HttpProtocol::refuse(Status why) {
  Response response = refusal(why);
  response.keeps_alive = false;
  send(response);
}

void HttpProtocol::on_wake() {
  if (requests_.has_begun()) return refuse(Status::request_timeout);
  session_.request(Leave{});
}

bool HttpProtocol::restore(std::string_view saved) {
  if (saved.empty()) {
    on_open();
    return true;
  }
  socket_ = SocketProtocol::restored(listener_, session_, saved);
  return socket_ != nullptr;
}

std::string HttpProtocol::farewell(std::string_view text) const {
  if (!requests_.has_begun()) return {};
  Response response = refusal(Status::service_unavailable);
  response.body = text;
  response.keeps_alive = false;
  std::string bytes;
  append_response(bytes, response, session_.now());
  return bytes;
}

}  // namespace banterd::worker::http
