#include "ipc/messages.h"

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

using namespace banterd;

namespace {

// Each message with an example of its bytes: they are what docs/bus.md shows, and what a worker of
// another build reads.
template <class Message>
struct Example {
  Message message;
  std::string json;
};

const std::vector<Example<ipc::ToWorker>>& to_worker() {
  static const std::vector<Example<ipc::ToWorker>> kExamples = {
      {ipc::Start{.boot = 1700000000123,
                  .generation = 1,
                  .slot = 2,
                  .incarnation = 3,
                  .slots = 4,
                  .config = "{ \"workers\": 4 }\n",
                  .config_name = "banterd.json",
                  .state_directory = "/var/lib/banterd",
                  .cloak_key = "00ff"},
       R"({"type":"start","boot":1700000000123,"generation":1,"slot":2,"incarnation":3,"slots":4,)"
       R"("imports":0,"first_incarnation":1,"killed_from_outside":true,"recovers":false,)"
       R"("config":"{ \"workers\": 4 }\u000a","config_name":"banterd.json",)"
       R"("state_directory":"/var/lib/banterd","cloak_key":"00ff"})"},
      {ipc::Peer{.slot = 1, .incarnation = 5}, R"({"type":"peer","slot":1,"incarnation":5})"},
      {ipc::Kept{.connections = {{.id = 7, .listener = 1, .peer = "::1"},
                                 {.id = 9, .listener = std::nullopt, .peer = "unix"}}},
       R"({"type":"kept","connections":[{"id":7,"listener":1,"peer":"::1"},{"id":9,"peer":"unix"}]})"},
      {ipc::Meshed{}, R"({"type":"meshed"})"},
      {ipc::Connection{.id = 7, .listener = 1, .peer = "::1"},
       R"({"type":"connection","id":7,"listener":1,"peer":"::1"})"},
      {ipc::Ping{.number = 9}, R"({"type":"ping","number":9})"},
      {ipc::Drain{}, R"({"type":"drain"})"},
      {ipc::Leave{.patience_ms = 9500}, R"({"type":"leave","patience_ms":9500})"},
      {ipc::SlotDown{.slot = 1, .lost = true}, R"({"type":"slot_down","slot":1,"lost":true})"},
      {ipc::Freeze{}, R"({"type":"freeze"})"},
      {ipc::Thaw{}, R"({"type":"thaw"})"},
      {ipc::Export{.attempt = 3}, R"({"type":"export","attempt":3})"},
      {ipc::Import{.slot = 1}, R"({"type":"import","slot":1})"},
      {ipc::Commit{}, R"({"type":"commit","wants_copies":false})"},
      {ipc::Retire{}, R"({"type":"retire"})"},
  };
  return kExamples;
}

const std::vector<Example<ipc::ToMaster>>& to_master() {
  static const std::vector<Example<ipc::ToMaster>> kExamples = {
      {ipc::Ready{}, R"({"type":"ready"})"},
      {ipc::Taken{.id = 7}, R"({"type":"taken","id":7})"},
      {ipc::Refused{.id = 8, .why = "no descriptor arrived"},
       R"({"type":"refused","id":8,"why":"no descriptor arrived"})"},
      {ipc::Closed{.ids = {7, 12, 18446744073709551615u}},
       R"({"type":"closed","ids":[7,12,18446744073709551615]})"},
      {ipc::Copies{.ids = {7, 12}}, R"({"type":"copies","ids":[7,12]})"},
      {ipc::Pong{.number = 9, .connections = 3}, R"({"type":"pong","number":9,"connections":3})"},
      {ipc::Drained{}, R"({"type":"drained"})"},
      {ipc::Frozen{}, R"({"type":"frozen"})"},
      {ipc::Exported{.clients = 512}, R"({"type":"exported","clients":512})"},
      {ipc::Imported{.clients = 341}, R"({"type":"imported","clients":341})"},
      {ipc::HandoverFailed{.why = "no descriptors came: out of descriptors"},
       R"({"type":"handover_failed","why":"no descriptors came: out of descriptors"})"},
      {ipc::OperatorRequest{.what = ipc::OperatorAction::restart, .who = "ann!ann@home.example"},
       R"({"type":"operator_request","what":"restart","who":"ann!ann@home.example"})"},
  };
  return kExamples;
}

}  // namespace

TEST_SUITE("ipc/messages") {
  TEST_CASE("every message to a worker is encoded as documented and decoded to the same") {
    REQUIRE(to_worker().size() == std::variant_size_v<ipc::ToWorker>);
    for (size_t i = 0; i < to_worker().size(); ++i) {
      const auto& [message, json] = to_worker()[i];
      CHECK(message.index() == i);
      CHECK(ipc::encode(message) == json);
      const auto decoded = ipc::decode_to_worker(json);
      REQUIRE(decoded.has_value());
      CHECK(decoded->index() == i);
      CHECK(ipc::encode(*decoded) == json);
    }
  }

  TEST_CASE("a connection may say whose client begins anew") {
    const ipc::ToWorker message =
        ipc::Connection{.id = 42, .peer = "::1", .anew = {{7, 1'700'000'000'123}}};
    const std::string json = R"({"type":"connection","id":42,"listener":0,"peer":"::1",)"
                             R"("anew":{"was":7,"served_until":1700000000123}})";
    CHECK(ipc::encode(message) == json);
    const auto decoded = ipc::decode_to_worker(json);
    REQUIRE(decoded.has_value());
    CHECK(ipc::encode(*decoded) == json);
  }

  TEST_CASE("every message to the master is encoded as documented and decoded to the same") {
    REQUIRE(to_master().size() == std::variant_size_v<ipc::ToMaster>);
    for (size_t i = 0; i < to_master().size(); ++i) {
      const auto& [message, json] = to_master()[i];
      CHECK(message.index() == i);
      CHECK(ipc::encode(message) == json);
      const auto decoded = ipc::decode_to_master(json);
      REQUIRE(decoded.has_value());
      CHECK(decoded->index() == i);
      CHECK(ipc::encode(*decoded) == json);
    }
  }

  TEST_CASE("a message of the other direction, or of another version, is an error that names it") {
    const auto pong = ipc::decode_to_worker(R"({"type":"pong","number":9})");
    REQUIRE_FALSE(pong.has_value());
    CHECK(pong.error().context == "unknown type pong");
    const auto later = ipc::decode_to_master(R"({"type":"later"})");
    REQUIRE_FALSE(later.has_value());
    CHECK(later.error().code == base::Errc::invalid);
  }

  TEST_CASE("a wrong field is named") {
    const auto closed = ipc::decode_to_master(R"({"type":"closed","ids":[1,-2]})");
    REQUIRE_FALSE(closed.has_value());
    CHECK(closed.error().context == "ids: a number out of range");
    const auto peer = ipc::decode_to_worker(R"({"type":"peer","slot":4294967296})");
    REQUIRE_FALSE(peer.has_value());
    CHECK(peer.error().context == "slot: a number out of range");
    const auto request = ipc::decode_to_master(R"({"type":"operator_request","what":"dance"})");
    REQUIRE_FALSE(request.has_value());
    CHECK(request.error().context == "what: an unknown name");
  }
}
