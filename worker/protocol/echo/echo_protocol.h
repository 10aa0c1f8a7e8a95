// The echo protocol: each line comes back, transformed. A probe for latency, and the smallest
// example of a protocol.
#pragma once

#include "worker/line_cutter.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::echo {

class EchoProtocol final : public Protocol {
 public:
  EchoProtocol(const conf::Listener& listener, Session& session);

  [[nodiscard]] bool chats() const override { return false; }
  void on_open() override {}
  Taken take(std::string_view input, bool ended) override;
  [[nodiscard]] const Encoder& encoder(std::string_view room) const override;
  [[nodiscard]] const Encoder& encoder() const override;
  void on_refused(const std::string&, const chat::CommandBody&, chat::Refusal) override {}
  [[nodiscard]] std::string save() const override;
  bool restore(std::string_view saved) override;
  [[nodiscard]] std::string goodbye(std::string_view reason, bool expelled) const override;
  [[nodiscard]] std::string farewell(std::string_view text) const override;
  [[nodiscard]] std::string cut_off(std::string_view why) const override;

 private:
  void answer(std::string_view line);

  const conf::Listener& listener_;
  Session& session_;
  LineCutter cutter_;
};

}  // namespace banterd::worker::echo
