#include "master/state.h"

#include <doctest/doctest.h>
#include <fcntl.h>

using namespace banterd;
using master::decode_state;
using master::MasterState;

namespace {

// Every field other than its default.
MasterState example() {
  MasterState state;
  state.boot = 1'700'000'000'000;
  state.arguments = {"banterd", "-c", "/etc/banterd/\"b\".json"};
  state.binary_path = "/usr/bin/banterd";
  state.config_file = "/etc/banterd/\"b\".json";
  state.generation = 7;
  state.first_incarnation = 12;
  state.config_text = "{ // two\n\"workers\": 2 }";
  state.config_name = "b.json";
  state.cloak_key = "00ff";
  state.slots = {{master::WorkerState::ready, 4711, 13, 99'000, true, 17, 18, -1, 0, true},
                 {master::WorkerState::down, 0, 15, 0, false, -1, 19, 20, 4, false, 2,
                  1'700'000'000'500, true}};
  state.last_connection = 1'000'000;
  state.served = {{0, "127.0.0.1", {1, 5, 999'999}, {31, 32, 33}, 1}, {1, "unix", {2}, {}, {}}};
  state.listeners = {{20, 1, true, "line", "", 0, 0}, {21, 0, false, "", "/run/x.sock", 8, 9}};
  state.refused = {{22, 1500}};
  state.throttled = {{"2001:db8:1:2::/64", 98'500}};
  state.reloads = 6;
  state.last_reload = "reload 6 done at 12:00:00Z, pause 41 ms";
  state.reload_wanted = true;
  state.warned_of_limit = 900;
  return state;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), by);
}

}  // namespace

TEST_SUITE("master/state") {
  TEST_CASE("what is written is what is read, through a memfd") {
    const std::string text = master::encode(example());
    const auto memory = master::write_state(text);
    REQUIRE(memory);
    const auto read = master::read_state(memory->get());
    REQUIRE(read);
    const auto state = decode_state(*read);
    REQUIRE(state);
    CHECK(master::encode(*state) == text);
    CHECK(state->slots.at(1).state == master::WorkerState::down);
    CHECK(state->slots.at(1).unready_deaths == 2);
    CHECK(state->slots.at(1).served_until == 1'700'000'000'500);
    CHECK(state->slots.at(1).clients_lost);
    CHECK(state->cloak_key == "00ff");
    CHECK(state->served.at(0).ids == std::vector<uint64_t>{1, 5, 999'999});
    CHECK(state->served.at(0).listener == 1);
    CHECK(state->throttled.at(0).full_at_ms == 98'500);
    CHECK(state->config_file == "/etc/banterd/\"b\".json");
    CHECK((fcntl(memory->get(), F_GETFD) & FD_CLOEXEC) != 0);
  }

  TEST_CASE("a state of some megabytes is written and read whole") {
    MasterState state = example();
    for (uint64_t id = 0; id < 300'000; ++id) state.served[0].ids.push_back(id);
    const std::string text = master::encode(state);
    const auto memory = master::write_state(text);
    REQUIRE(memory);
    CHECK(master::read_state(memory->get()).value() == text);
  }

  TEST_CASE("fields that another version has and this one does not know are ignored") {
    const std::string text =
        replaced(master::encode(example()), "{\"version\"", "{\"colour\":{\"is\":[1]},\"version\"");
    const auto state = decode_state(replaced(text, "{\"slot\":0", "{\"age\":3,\"slot\":0"));
    REQUIRE(state);
    CHECK(master::encode(*state) == master::encode(example()));
  }

  TEST_CASE("fields that another version does not write have their defaults") {
    const auto state = decode_state(R"({"version":1,"generation":3})");
    REQUIRE(state);
    CHECK(state->generation == 3);
    CHECK(state->first_incarnation == 1);
    CHECK_FALSE(state->config_file);
    CHECK(state->cloak_key.empty());
  }

  TEST_CASE("a state that this program cannot go on from is an error that says why") {
    const auto refused = [](const std::string& text, const std::string& why) {
      const auto state = decode_state(text);
      REQUIRE_FALSE(state);
      CHECK(state.error().code == base::Errc::invalid);
      CHECK(state.error().context.find(why) != std::string::npos);
    };
    refused("", "not JSON");
    refused(R"({"slots":[{"pid":"1"}]})", "pid");
    refused(R"({"version":1000})", "version 1000");
    refused(R"({"formats":{"journal":1000}})", "journals of version 1000");
    refused(R"({"formats":{"export_written":1000,"export_readable_since":1000}})",
            "exports of version 1000");
  }

  TEST_CASE("newer exports that say that this program can read them are no obstacle") {
    CHECK(decode_state(R"({"formats":{"export_written":1000,"export_readable_since":1}})"));
  }

  TEST_CASE("the formats that a checked program prints are found among its other words") {
    master::FormatVersions formats;
    formats.journal = 4;
    const auto found =
        master::find_formats("a warning\n" + master::describe_formats(formats) + "\nx: ok\n");
    REQUIRE(found);
    CHECK(found->journal == 4);
    CHECK_FALSE(master::find_formats("x: ok\n"));
    CHECK_FALSE(master::find_formats("formats: none\n"));
  }
}
