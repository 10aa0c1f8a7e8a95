// Which class speaks which protocol: a new one is one row here.
#include "base/log.h"
#include "worker/protocol/echo/echo_protocol.h"
#include "worker/protocol/http/http_protocol.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/line/line_protocol.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker {

namespace {

template <class P>
std::unique_ptr<Protocol> make(const conf::Listener& listener, Session& session) {
  return std::make_unique<P>(listener, session);
}

struct Row {
  conf::ProtocolName name;
  std::unique_ptr<Protocol> (*make)(const conf::Listener& listener, Session& session);
};

constexpr Row kProtocols[] = {
    {conf::ProtocolName::line, make<line::LineProtocol>},
    {conf::ProtocolName::irc, make<irc::IrcProtocol>},
    {conf::ProtocolName::http, make<http::HttpProtocol>},
    {conf::ProtocolName::echo, make<echo::EchoProtocol>},
};

}  // namespace

std::unique_ptr<Protocol> make_protocol(const conf::Listener& listener, Session& session) {
  for (const Row& row : kProtocols) {
    if (row.name == listener.protocol) return row.make(listener, session);
  }
  base::panic("a listener without a protocol");
}

}  // namespace banterd::worker
