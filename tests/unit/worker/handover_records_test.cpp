// What other builds may have written into an export.
#include "worker/handover_records.h"

#include <doctest/doctest.h>

#include "ipc/json.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

ClientRecord sample() {
  auto profile = chat::make_profile();
  profile->client = chat::ClientId{7};
  profile->nick = *chat::Nick::parse("ann");
  ClientRecord record;
  record.connection = 7;
  record.listener.protocol = "line";
  record.listener.raw = true;
  record.profile = profile;
  record.rooms = {"#lobby", "#dev"};
  record.line = 12;
  record.has_nick = true;
  record.flood = FloodRecord{3500, 99, true};
  record.protocol_state = R"({"current":"#dev"})";
  record.wakes_in_ms = 2500;
  record.socket.saved.state = Connection::State::flushing;
  record.socket.saved.time_left_ms = 1500;
  record.socket.output = {{1, 20, 300}, {2, 0, 7}};
  record.socket.begun = 7;
  return record;
}

}  // namespace

TEST_SUITE("worker/handover_records") {
  TEST_CASE("a client is read as he was written") {
    const std::string text = ipc::to_json(sample());
    const auto read = ipc::from_json<ClientRecord>(text);
    REQUIRE(read.has_value());
    CHECK(ipc::to_json(*read) == text);
    CHECK(read->socket.saved.state == Connection::State::flushing);
    CHECK(read->socket.saved.time_left_ms == 1500);
    CHECK(read->socket.output.size() == 2);
    CHECK(read->flood->level == 3500);
  }

  TEST_CASE("what a newer build says beside it is passed over") {
    std::string text = ipc::to_json(sample());
    text.insert(1, R"("colour":"blue","devices":[{"id":1}],)");
    const auto read = ipc::from_json<ClientRecord>(text);
    REQUIRE(read.has_value());
    CHECK(ipc::to_json(*read) == ipc::to_json(sample()));
  }

  TEST_CASE("what an older build did not say has its default") {
    const auto read = ipc::from_json<ClientRecord>(
        R"({"connection":3,"listener":{"protocol":"echo"},
            "profile":{"client":3,"nick":"guest-3","host":"::1"},"socket":{}})");
    REQUIRE(read.has_value());
    CHECK_FALSE(read->flood.has_value());
    CHECK(read->rooms.empty());
    CHECK(read->socket.saved.state == Connection::State::open);
    CHECK_FALSE(read->socket.saved.time_left_ms.has_value());
  }

  TEST_CASE("a listener's manner survives; a protocol that is not known is none") {
    conf::Listener listener;
    listener.protocol = conf::ProtocolName::echo;
    listener.transform = conf::EchoTransform::upper;
    listener.suffix = "!";
    CHECK(listener_of(record_of(listener)) == listener);
    ListenerRecord unknown;
    unknown.protocol = "gopher";
    CHECK_FALSE(listener_of(unknown).has_value());
  }
}
