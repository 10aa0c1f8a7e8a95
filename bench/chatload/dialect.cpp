#include "bench/chatload/dialect.h"

#include "bench/chatload/irc_dialect.h"
#include "bench/chatload/line_dialect.h"
#include "bench/chatload/nats_dialect.h"
#include "bench/chatload/socketio_dialect.h"

namespace banterd::bench {

std::unique_ptr<Dialect> make_dialect(const Options& options) {
  switch (options.protocol) {
    case Protocol::line:
    case Protocol::ws_line:
      return std::make_unique<LineDialect>(options);
    case Protocol::irc:
    case Protocol::ws_irc:
      return std::make_unique<IrcDialect>(options);
    case Protocol::nats:
      return std::make_unique<NatsDialect>(options);
    case Protocol::socketio:
      return std::make_unique<SocketIoDialect>();
  }
  return nullptr;
}

std::string room_name(const Person& person) { return 'r' + std::to_string(person.room); }

}  // namespace banterd::bench
