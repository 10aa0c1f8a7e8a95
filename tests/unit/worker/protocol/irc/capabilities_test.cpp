#include "worker/protocol/irc/capabilities.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "worker/protocol/irc/message.h"

using namespace banterd::worker::irc;
using C = Capability;

namespace {

constexpr CapabilitySet kOffered = {C::batch, C::cap_notify, C::labeled_response, C::multi_prefix};

std::string answer(std::string_view subcommand, CapabilitySet set, uint32_t version,
                   std::string_view nick = "ann") {
  std::string out;
  append_capabilities(out, {.server = "s", .nick = nick, .tags = {}}, subcommand, set, version);
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/capabilities") {
  TEST_CASE("each capability is found by its name, exactly as it is spelt") {
    CapabilitySet::all().each([](Capability capability) {
      CAPTURE(name_of(capability));
      CHECK(capability_named(name_of(capability)) == capability);
    });
    CHECK(capability_named("batch") == C::batch);
    CHECK(capability_named("draft/chathistory") == C::chathistory);
    CHECK(capability_named("Batch") == std::nullopt);
    CHECK(capability_named("batch=1") == std::nullopt);
    CHECK(capability_named("") == std::nullopt);
  }

  TEST_CASE("a set has what was added and not removed") {
    CapabilitySet set;
    CHECK(set.empty());
    set.add(C::batch);
    set.add(C::setname);
    set.add(C::batch);
    CHECK(set.has(C::batch));
    CHECK_FALSE(set.has(C::message_tags));
    set.remove(C::batch);
    set.remove(C::chghost);
    CHECK(set == CapabilitySet{C::setname});
    CHECK((CapabilitySet{C::setname, C::batch} & kOffered) == CapabilitySet{C::batch});
  }

  TEST_CASE("a request is accepted as a whole") {
    struct Case {
      CapabilitySet before;
      std::string_view list;
      std::optional<CapabilitySet> after;
    };
    const Case cases[] = {
        {{}, "batch", CapabilitySet{C::batch}},
        {{}, "batch multi-prefix", CapabilitySet{C::batch, C::multi_prefix}},
        {{}, "  batch   multi-prefix ", CapabilitySet{C::batch, C::multi_prefix}},
        {{C::batch}, "batch", CapabilitySet{C::batch}},
        {{C::batch}, "", CapabilitySet{C::batch}},
        {{C::batch}, "-batch", CapabilitySet{}},
        {{}, "-batch", CapabilitySet{}},
        {{C::batch}, "multi-prefix -batch", CapabilitySet{C::multi_prefix}},
        {{}, "batch -batch", CapabilitySet{}},
        {{}, "-batch batch", CapabilitySet{C::batch}},
        {{}, "labeled-response", CapabilitySet{C::labeled_response}},
        {{}, "foo", std::nullopt},
        {{}, "batch foo", std::nullopt},
        {{}, "foo batch", std::nullopt},
        {{}, "-foo", std::nullopt},
        {{}, "--batch", std::nullopt},
        {{}, "-", std::nullopt},
        {{}, "BATCH", std::nullopt},
        {{}, "batch=x", std::nullopt},
        {{}, "setname", std::nullopt},            // known, not offered
        {{C::setname}, "setname", std::nullopt},  // offered once, before a reload
        {{C::setname}, "-setname", CapabilitySet{}},
    };
    for (const Case& expected : cases) {
      CAPTURE(expected.list);
      CHECK(requested(expected.before, kOffered, expected.list, 302) == expected.after);
    }
  }

  TEST_CASE("cap-notify can be ended by those who asked for it, not by those who have it by 302") {
    const CapabilitySet before = {C::cap_notify};
    CHECK(requested(before, kOffered, "-cap-notify", 0) == CapabilitySet{});
    CHECK(requested(before, kOffered, "-cap-notify", 301) == CapabilitySet{});
    CHECK(requested(before, kOffered, "-cap-notify", 302) == std::nullopt);
    CHECK(requested({}, kOffered, "cap-notify", 302) == before);
  }

  TEST_CASE("the version is a number, however great") {
    CHECK(cap_version("302") == 302);
    CHECK(cap_version("307") == 307);
    CHECK(cap_version("99999999999999999999") > 302);
    for (const auto* text : {"", "x", "302x", "-1", " 302", "99999999999999999999x"}) {
      CAPTURE(text);
      CHECK(cap_version(text) == 0);
    }
  }

  TEST_CASE("what needs another capability takes effect only with it") {
    CHECK(in_force({C::labeled_response}) == CapabilitySet{});
    CHECK(in_force({C::labeled_response, C::batch}) ==
          CapabilitySet{C::labeled_response, C::batch});
    CHECK(in_force({C::labeled_response, C::multiline, C::setname}) == CapabilitySet{C::setname});
    CHECK(in_force(CapabilitySet::all()) == CapabilitySet::all());
    CHECK(in_force({}) == CapabilitySet{});
  }

  TEST_CASE("a list that fits is one line, an empty one too") {
    CHECK(answer("LS", {C::batch, C::setname}, 302) == ":s CAP ann LS :batch setname\r\n");
    CHECK(answer("LS", {C::batch}, 0) == ":s CAP ann LS batch\r\n");
    CHECK(answer("LIST", {}, 302) == ":s CAP ann LIST :\r\n");
    CHECK(answer("LS", {C::batch}, 302, "") == ":s CAP * LS batch\r\n");
  }

  TEST_CASE("values are shown by LS from version 302 on, and nowhere else") {
    const CapabilitySet set = {C::multiline};
    CHECK(value_of(C::multiline) != "");
    CHECK(answer("LS", set, 302) ==
          ":s CAP ann LS draft/multiline=" + std::string(value_of(C::multiline)) + "\r\n");
    CHECK(answer("LS", set, 301) == ":s CAP ann LS draft/multiline\r\n");
    CHECK(answer("LIST", set, 302) == ":s CAP ann LIST draft/multiline\r\n");
  }

  TEST_CASE("a long list is several lines, of which all but the last say that more comes") {
    const std::string nick(200, 'n');
    const std::string text = answer("LS", CapabilitySet::all(), 302, nick);
    std::string names;
    size_t lines = 0;
    for (size_t begin = 0; begin < text.size(); ++lines) {
      const size_t end = text.find("\r\n", begin);
      const std::string line = text.substr(begin, end - begin);
      begin = end + 2;
      CHECK(line.size() <= kMaxRestBytes);
      const Parsed parsed = parse(line);
      REQUIRE(parsed);
      const Params& params = parsed.message.params;
      CHECK(params[0] == nick);
      CHECK(params[1] == "LS");
      CHECK(params.size() == (begin < text.size() ? 4 : 3));
      if (begin < text.size()) CHECK(params[2] == "*");
      names.append(names.empty() ? "" : " ").append(params[params.size() - 1]);
    }
    CHECK(lines == 2);
    std::string expected;
    CapabilitySet::all().each([&](Capability capability) {
      expected.append(expected.empty() ? "" : " ").append(name_of(capability));
      if (!value_of(capability).empty()) expected.append("=").append(value_of(capability));
    });
    CHECK(names == expected);
  }

  TEST_CASE("a client before 302 gets one line of what fits") {
    const std::string text = answer("LS", CapabilitySet::all(), 0, std::string(200, 'n'));
    CHECK(text.size() <= 512);
    CHECK(text.find("\r\n") == text.size() - 2);
    CHECK(text.find(" LS :account-notify ") != std::string::npos);
    CHECK(text.find(" * ") == std::string::npos);
  }

  TEST_CASE("a set moves to another process by its names, of which unknown ones are lost") {
    CHECK(names_of({C::setname, C::batch}) == "batch setname");
    CHECK(names_of({}) == "");
    CHECK(capabilities_of(names_of(CapabilitySet::all())) == CapabilitySet::all());
    CHECK(capabilities_of("setname future-thing batch") == CapabilitySet{C::setname, C::batch});
    CHECK(capabilities_of("") == CapabilitySet{});
  }
}
