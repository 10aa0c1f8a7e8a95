// A client who has opened a WebSocket (RFC 6455): he speaks IRC, a line in each message (IRCv3
// "WebSocket"), and is an IRC client in all but the frames. Messages that he sends may be text or
// binary, whatever he has agreed on; both have to be UTF-8, as on IRC.
//
// Either side may begin the closing handshake; the other's close is answered, and the connection
// ended, once what he asked before is done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/lazy.h"
#include "worker/protocol/http/frame.h"
#include "worker/protocol/http/framed_session.h"
#include "worker/protocol/http/message.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::http {

class SocketProtocol final : public Protocol {
 public:
  // `opcode`: of the messages that he is sent.
  SocketProtocol(const conf::Listener& listener, Session& session, Opcode opcode);

  // What save() gave, as a client who has just come to this process: null when it is none of that.
  static std::unique_ptr<SocketProtocol> restored(const conf::Listener& listener, Session& session,
                                                  std::string_view saved);

  void on_open() override { irc_.on_open(); }
  Taken take(std::string_view input, bool ended) override;
  [[nodiscard]] const Encoder& encoder(std::string_view room) const override;
  [[nodiscard]] const Encoder& encoder() const override;
  [[nodiscard]] std::string save() const override { return save(messages_.save()); }
  [[nodiscard]] std::string save_before_last() const override { return save(*before_last_); }
  [[nodiscard]] bool is_amid_unit() const override { return messages_.has_begun(); }
  bool restore(std::string_view saved) override;
  [[nodiscard]] std::string_view end_reason() const override { return irc_.end_reason(); }
  [[nodiscard]] std::string goodbye(std::string_view reason, bool expelled) const override;
  [[nodiscard]] std::string farewell(std::string_view text) const override;
  [[nodiscard]] std::string cut_off(std::string_view why) const override;
  [[nodiscard]] std::optional<size_t> rest_of_unit(std::string_view units,
                                                   size_t written) const override {
    return rest_of_frame(units, written);
  }

  // ---- an IRC client's ----
  [[nodiscard]] bool echoes() const override { return irc_.echoes(); }
  void on_entered() override { irc_.on_entered(); }
  void on_renewed(const chat::Profile& before) override { irc_.on_renewed(before); }
  void on_answered(const std::string& object, const chat::CommandBody& asked,
                   const chat::Event& event) override {
    irc_.on_answered(object, asked, event);
  }
  bool tell_own(const Delivery& delivery) override { return irc_.tell_own(delivery); }
  void on_watched(std::string_view nick, const chat::Profile* holder) override {
    irc_.on_watched(nick, holder);
  }
  void on_watched_renewed(const Delivery& delivery) override { irc_.on_watched_renewed(delivery); }
  void on_server_said(const Delivery& delivery) override { irc_.on_server_said(delivery); }
  void on_killed(const Delivery& delivery) override { irc_.on_killed(delivery); }
  void on_wake() override { irc_.on_wake(); }
  void on_joined(std::string_view room) override { irc_.on_joined(room); }
  void on_left(std::string_view room) override { irc_.on_left(room); }
  void on_refused(const std::string& object, const chat::CommandBody& asked,
                  chat::Refusal why) override {
    irc_.on_refused(object, asked, why);
  }
  void on_dropped() override { irc_.on_dropped(); }
  void begin_anew(const Former& former) override { irc_.begin_anew(former); }
  std::optional<size_t> skip(std::string_view input) override;
  void on_flood() override { irc_.on_flood(); }
  [[nodiscard]] bool is_answering() const override { return irc_.is_answering(); }
  void on_all_done() override { irc_.on_all_done(); }

 private:
  struct Saved;
  struct Closing {
    std::optional<uint16_t> code;
    std::string reason;
  };

  // Each returns whether that counts against the flood limit.
  bool hear(const Fragment& fragment) { return fragment.is_empty; }
  bool hear(const WholeMessage& message);
  bool hear(const PingFrame& ping);
  bool hear(const PongFrame&) { return true; }
  bool hear(const CloseFrame& close);
  bool hear(const Breach& breach);
  void close(Closing closing);
  [[nodiscard]] std::string save(std::string message) const;
  [[nodiscard]] std::string last_words(std::string_view lines, CloseCode code,
                                       std::string_view reason) const;
  [[nodiscard]] const Encoder& framed_by(const Encoder& inner) const;

  Session& session_;
  const Opcode opcode_;
  FramedSession framed_session_;
  irc::IrcProtocol irc_;
  FrameReader frames_;
  MessageReader messages_;
  // What had come of the last whole message before its last frame.
  base::Lazy<std::string> before_last_;
  std::optional<Closing> closing_;
  // The last encoder that was asked for: a fan-out asks again and again.
  mutable const Encoder* inner_encoder_ = nullptr;
  mutable const Encoder* framed_encoder_ = nullptr;
};

}  // namespace banterd::worker::http
