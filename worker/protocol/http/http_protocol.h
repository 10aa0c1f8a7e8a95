// HTTP/1.1: one client. Answers what asks for the page or for /health, one request after the other,
// and makes who opens a WebSocket speak SocketProtocol from then on.
//
// Each request has to be whole within limits.registration_timeout after the answer to the one
// before it (the first: after the connection was opened); who has none by then is disconnected.
#pragma once

#include <string>
#include <string_view>

#include "worker/protocol/http/http_request.h"
#include "worker/protocol/http/http_response.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::http {

class HttpProtocol final : public Protocol {
 public:
  HttpProtocol(const conf::Listener& listener, Session& session)
      : listener_(listener), session_(session) {}

  // Not before there is a WebSocket.
  [[nodiscard]] bool chats() const override { return false; }
  void on_open() override;
  Taken take(std::string_view input, bool ended) override;
  void on_wake() override;
  [[nodiscard]] const Encoder& encoder(std::string_view room) const override;
  [[nodiscard]] const Encoder& encoder() const override;
  void on_refused(const std::string&, const chat::CommandBody&, chat::Refusal) override {}
  // Of requests there is nothing: half a one is unread input. What SocketProtocol saved is restored
  // as that.
  [[nodiscard]] std::string save() const override { return {}; }
  bool restore(std::string_view saved) override;
  std::unique_ptr<Protocol> next() override { return std::move(socket_); }
  // Who waits for an answer, and only he, is told that none will come.
  [[nodiscard]] std::string goodbye(std::string_view, bool) const override { return {}; }
  [[nodiscard]] std::string farewell(std::string_view text) const override;
  [[nodiscard]] std::string cut_off(std::string_view) const override { return {}; }

 private:
  void meet(const HttpRequest& request);
  void open_socket(const HttpRequest& request);
  void send(const Response& response);
  void refuse(Status why);

  const conf::Listener& listener_;
  Session& session_;
  RequestReader requests_;
  std::unique_ptr<Protocol> socket_;  // once he has opened one
};

}  // namespace banterd::worker::http
