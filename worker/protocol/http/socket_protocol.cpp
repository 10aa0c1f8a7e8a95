#include "worker/protocol/http/socket_protocol.h"

#include <utility>
#include <variant>

#include "ipc/json.h"
#include "worker/protocol/http/framed_encoder.h"

namespace banterd::worker::http {

struct SocketProtocol::Saved {
  bool binary = false;
  std::string irc;
  std::string message;  // as far as it has come
  static void fields(auto& self, auto&& field) {
    field("binary", self.binary);
    field("irc", self.irc);
    field("message", self.message);
  }
};

SocketProtocol::SocketProtocol(const conf::Listener& listener, Session& session, Opcode opcode)
    : session_(session),
      opcode_(opcode),
      framed_session_(session, opcode),
      irc_(listener, framed_session_),
      frames_(kMaxMessageBytes) {}

// ---- what he sends ----

Protocol::Taken SocketProtocol::take(std::string_view input, bool) {
  FrameReader::Taken taken = frames_.next(input);
  if (taken.breach) return {taken.bytes, hear(*taken.breach)};
  if (!taken.frame) return {};
  // Only what a message ends with may be taken again: to save at each of many small frames would
  // take time in proportion to the square of the message's length.
  const bool may_end = taken.frame->is_final && taken.frame->opcode < Opcode::close;
  std::string before = may_end ? messages_.save() : std::string();
  const Heard heard = messages_.take(*std::move(taken.frame));
  if (!std::holds_alternative<WholeMessage>(heard) || before.empty()) {
    before_last_.drop();
  } else {
    before_last_.make() = std::move(before);
  }
  return {taken.bytes, std::visit([this](const auto& one) { return hear(one); }, heard)};
}

// A frame; if it is the end of a message, that is left out.
std::optional<size_t> SocketProtocol::skip(std::string_view input) {
  FrameReader::Taken taken = frames_.next(input);
  if (!taken.frame) return std::nullopt;
  static_cast<void>(messages_.take(*std::move(taken.frame)));
  return taken.bytes;
}

bool SocketProtocol::hear(const WholeMessage& message) {
  // Old clients send a line's end, though it should not be there.
  const std::string_view line = without_line_end(message.bytes);
  const bool too_long = line.size() > irc::kMaxLineBytes;
  return irc_.take_line({too_long ? std::string_view() : line, too_long});
}

bool SocketProtocol::hear(const PingFrame& ping) {
  std::string pong;
  append_frame(pong, Opcode::pong, ping.payload);
  session_.send_answer(pong);
  return true;
}

bool SocketProtocol::hear(const CloseFrame& frame) {
  close({frame.code, {}});
  return true;
}

bool SocketProtocol::hear(const Breach& breach) {
  close({static_cast<uint16_t>(breach.code), std::string(breach.why)});
  return true;
}

// The answer to his close is his own code (RFC 6455 section 5.5.1).
void SocketProtocol::close(Closing closing) {
  session_.request(Leave{closing.reason});
  closing_ = std::move(closing);
}

// ---- what he is sent ----

const Encoder& SocketProtocol::framed_by(const Encoder& inner) const {
  if (inner_encoder_ != &inner) {
    inner_encoder_ = &inner;
    framed_encoder_ = &framed(inner, opcode_);
  }
  return *framed_encoder_;
}

const Encoder& SocketProtocol::encoder(std::string_view room) const {
  return framed_by(irc_.encoder(room));
}
const Encoder& SocketProtocol::encoder() const { return framed_by(irc_.encoder()); }

std::string SocketProtocol::last_words(std::string_view lines, CloseCode code,
                                       std::string_view reason) const {
  std::string words;
  append_lines(words, opcode_, lines);
  append_close(words, static_cast<uint16_t>(code), reason);
  return words;
}

std::string SocketProtocol::goodbye(std::string_view reason, bool expelled) const {
  if (!closing_)
    return last_words(irc_.goodbye(reason, expelled),
                      expelled ? CloseCode::policy : CloseCode::normal, reason);
  std::string words;
  append_close(words, closing_->code, closing_->reason);
  return words;
}

std::string SocketProtocol::farewell(std::string_view text) const {
  return last_words(irc_.farewell(text), CloseCode::going_away, text);
}

std::string SocketProtocol::cut_off(std::string_view why) const {
  return last_words(irc_.cut_off(why), CloseCode::policy, why);
}

// ---- moving to another process ----

std::string SocketProtocol::save(std::string message) const {
  return ipc::to_json(Saved{opcode_ == Opcode::binary, irc_.save(), std::move(message)});
}

bool SocketProtocol::restore(std::string_view text) {
  const auto saved = ipc::from_json<Saved>(text);
  return saved && messages_.restore(saved->message) && irc_.restore(saved->irc);
}

std::unique_ptr<SocketProtocol> SocketProtocol::restored(const conf::Listener& listener,
                                                         Session& session, std::string_view text) {
  const auto saved = ipc::from_json<Saved>(text);
  if (!saved) return nullptr;
  auto protocol = std::make_unique<SocketProtocol>(listener, session,
                                                   saved->binary ? Opcode::binary : Opcode::text);
  return protocol->restore(text) ? std::move(protocol) : nullptr;
}

}  // namespace banterd::worker::http
