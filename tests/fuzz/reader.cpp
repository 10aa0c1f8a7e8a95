#include "tests/fuzz/reader.h"

#include <algorithm>

#include "base/utf8.h"
#include "tests/fuzz/http_reader.h"
#include "tests/fuzz/irc_reader.h"
#include "tests/fuzz/require.h"

namespace banterd::fuzz {

namespace {

// Of the line protocol: clean UTF-8, as docs/protocol.md promises.
class LineReader final : public Reader {
 public:
  void take(std::string_view lines) override {
    require(lines.ends_with('\n'));
    require(base::is_valid_utf8(lines));
    require(std::ranges::none_of(
        lines, [](unsigned char byte) { return (byte < 0x20 && byte != '\n') || byte == 0x7f; }));
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader(conf::ProtocolName protocol) {
  if (protocol == conf::ProtocolName::http) return std::make_unique<HttpReader>();
  if (protocol == conf::ProtocolName::irc) return std::make_unique<IrcReader>();
  return std::make_unique<LineReader>();
}

}  // namespace banterd::fuzz
