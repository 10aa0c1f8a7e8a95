#include "worker/protocol/echo/echo_protocol.h"

#include <unicase.h>

#include <cstdlib>
#include <memory>

#include "base/utf8.h"
#include "ipc/json.h"
#include "worker/limits.h"

namespace banterd::worker::echo {

namespace {

// Upper case as Unicode defines it, whatever the server's locale: "ß" becomes "SS".
std::string to_upper(std::string_view text) {
  size_t bytes = 0;
  const auto* source = reinterpret_cast<const uint8_t*>(text.data());
  const std::unique_ptr<uint8_t, decltype(&std::free)> upper(
      u8_toupper(source, text.size(), "", nullptr, nullptr, &bytes), &std::free);
  // Out of memory only: the text was checked to be UTF-8.
  if (upper == nullptr) return std::string(text);
  return {reinterpret_cast<const char*>(upper.get()), bytes};
}

struct Saved {
  bool swallowing = false;
  static void fields(auto& self, auto&& field) { field("swallowing", self.swallowing); }
};

}  // namespace

EchoProtocol::EchoProtocol(const conf::Listener& listener, Session& session)
    : listener_(listener), session_(session), cutter_(longest_line(session.config())) {}

Protocol::Taken EchoProtocol::take(std::string_view input, bool ended) {
  const LineCutter::Cut cut = ended ? cutter_.last(input) : cutter_.next(input);
  if (!cut.line) return {cut.consumed, false};
  if (cut.line->too_long) {
    session_.send("! your line was dropped: it is too long\n");
  } else {
    answer(cut.line->text);
  }
  return {cut.consumed, false};
}

void EchoProtocol::answer(std::string_view line) {
  if (!base::is_valid_utf8(line))
    return session_.send("! your line was dropped: it is not valid UTF-8\n");
  std::string reply =
      listener_.transform == conf::EchoTransform::upper ? to_upper(line) : std::string(line);
  session_.send(reply.append(listener_.suffix) += '\n');
}

const Encoder& EchoProtocol::encoder(std::string_view) const { return SilentEncoder::instance(); }
const Encoder& EchoProtocol::encoder() const { return SilentEncoder::instance(); }

std::string EchoProtocol::save() const { return ipc::to_json(Saved{cutter_.swallowing()}); }

bool EchoProtocol::restore(std::string_view saved) {
  const auto state = ipc::from_json<Saved>(saved);
  if (state && state->swallowing) cutter_.swallow();
  return state.has_value();
}

std::string EchoProtocol::goodbye(std::string_view, bool) const { return {}; }

std::string EchoProtocol::farewell(std::string_view text) const {
  return std::string("* ").append(text) + "\n";
}
std::string EchoProtocol::cut_off(std::string_view why) const {
  return std::string("! ").append(why) + "\n";
}

}  // namespace banterd::worker::echo
