#include "chat/server.h"

#include <doctest/doctest.h>

#include <optional>
#include <random>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd::chat;

namespace {

const Someone ann = someone(1, "Ann");

// The server with its owner's habits: it exists while there is anything to remember.
class OwnedServer {
 public:
  std::string take(CommandBody body, TimeMs at = 1000, bool with_profile = true) {
    Command command{{}, ann.id(), ann.place, at, std::nullopt, std::move(body)};
    if (with_profile) command.profile = ann.profile;
    const Decision decision = Server::decide(server_ ? &*server_ : nullptr, command);
    if (const auto* refusal = std::get_if<Refusal>(&decision)) return name_of(*refusal);
    last_ = {command.id, command.client,  command.from,
             command.at, command.profile, std::get<EventBody>(decision)};
    if (!server_) server_.emplace();
    server_->evolve(last_);
    if (!server_->alive()) server_.reset();
    return type_of(last_.body);
  }
  std::string ban(std::string_view mask, TimeMs expires = 0, TimeMs at = 1000) {
    return take(Ban{std::string(mask), "why", expires}, at);
  }
  void fill(size_t bans, TimeMs expires) {
    for (size_t i = 0; i < bans; ++i) REQUIRE(ban("*@h" + std::to_string(i), expires) == "banned");
  }
  [[nodiscard]] bool exists() const { return server_.has_value(); }
  [[nodiscard]] const Server& server() const { return server_.value(); }
  [[nodiscard]] const Event& last() const { return last_; }
  [[nodiscard]] std::string mask_against(std::string_view mask, TimeMs now) const {
    const ServerBan* found = server().ban_for(mask, now);
    return found == nullptr ? "none" : found->mask;
  }

 private:
  std::optional<Server> server_;
  Event last_;
};

}  // namespace

TEST_SUITE("chat/server") {
  TEST_CASE("what operators tell everybody is said, and leaves nothing behind") {
    OwnedServer server;
    CHECK(server.take(Say{Kind::notice, "lunch", {}, "+draft/x", {}}) == "said");
    const Said& said = std::get<Said>(server.last().body);
    CHECK(said.kind == Kind::notice);
    CHECK(said.text == "lunch");
    CHECK(said.tags == "+draft/x");
    CHECK_FALSE(server.exists());
    server.ban("*@h");
    CHECK(server.take(Say{Kind::notice, "dinner"}) == "said");
    CHECK(server.server().bans().size() == 1);
  }

  TEST_CASE("a ban is kept complete, with who set it and when") {
    OwnedServer server;
    CHECK(server.take(Ban{"Bad@Host", "spam", 5000}, 1234) == "banned");
    const auto& banned = std::get<Banned>(server.last().body);
    CHECK(banned.mask == "*!Bad@Host");
    CHECK(banned.author == "Ann");
    const ServerBan& ban = server.server().bans().at("*!bad@host");
    CHECK(ban.mask == "*!Bad@Host");
    CHECK(ban.reason == "spam");
    CHECK(ban.author == "Ann");
    CHECK(ban.at == 1234);
    CHECK(ban.expires == 5000);
  }

  TEST_CASE("a ban without a record of who asks has no author") {
    OwnedServer server;
    CHECK(server.take(Ban{"*@h", "", 0}, 1, false) == "banned");
    CHECK(std::get<Banned>(server.last().body).author.empty());
  }

  TEST_CASE("the same mask again replaces the ban, whatever its case") {
    OwnedServer server;
    server.take(Ban{"bad@host", "one", 10});
    CHECK(server.take(Ban{"*!BAD@host", "two", 0}) == "banned");
    REQUIRE(server.server().bans().size() == 1);
    CHECK(server.server().bans().at("*!bad@host").mask == "*!BAD@host");
    CHECK(server.server().bans().at("*!bad@host").reason == "two");
    CHECK(server.server().bans().at("*!bad@host").expires == 0);
  }

  TEST_CASE("what is no mask, an extended one, and a reason that is too long are invalid") {
    OwnedServer server;
    for (const char* mask : {"", "a b", ":a", "a\x01", "~a:kit", "~m:nick", "~x:y"}) {
      CAPTURE(mask);
      CHECK(server.ban(mask) == "invalid");
      CHECK(server.take(Unban{mask}) == "invalid");
    }
    CHECK(server.ban(std::string(100'000, 'x')) == "invalid");
    CHECK(server.take(Ban{"*@h", std::string(kMaxReasonBytes + 1, 'r'), 0}) == "invalid");
    CHECK_FALSE(server.exists());
    CHECK(server.take(Ban{"*@h", std::string(kMaxReasonBytes, 'r'), 0}) == "banned");
  }

  TEST_CASE("a ban is lifted under either spelling, and the last one leaves nothing") {
    OwnedServer server;
    CHECK(server.take(Unban{"bad@host"}) == "nothing_changed");
    server.ban("bad@host");
    server.ban("other@host");
    CHECK(server.take(Unban{"BAD@host"}) == "unbanned");
    CHECK(std::get<Unbanned>(server.last().body).mask == "*!BAD@host");
    CHECK(server.take(Unban{"bad@host"}) == "nothing_changed");
    CHECK(server.take(Unban{"*!other@host"}) == "unbanned");
    CHECK_FALSE(server.exists());
  }

  TEST_CASE("a ban keeps out whom it matches until it expires") {
    OwnedServer server;
    server.ban("bad@*.example", 5000);
    CHECK(server.mask_against("x!BAD@home.example", 4999) == "*!bad@*.example");
    CHECK(server.mask_against("x!bad@home.example", 5000) == "none");
    CHECK(server.mask_against("x!good@home.example", 1000) == "none");
    server.ban("*@home.example");
    CHECK(server.mask_against("x!bad@home.example", 5000) == "*!*@home.example");
    CHECK(server.mask_against("x!bad@home.example", 1'000'000'000'000) == "*!*@home.example");
  }

  TEST_CASE("there are at most 10,000 bans, and one of them may be replaced") {
    OwnedServer server;
    server.fill(Server::kMaxBans, 0);
    CHECK(server.ban("*@more") == "list_full");
    CHECK(server.take(Ban{"*@H5", "again", 0}) == "banned");
    CHECK(server.server().bans().size() == Server::kMaxBans);
    CHECK(server.take(Unban{"*@h5"}) == "unbanned");
    CHECK(server.ban("*@more") == "banned");
  }

  TEST_CASE("bans that have expired make room, and not before") {
    OwnedServer server;
    server.fill(Server::kMaxBans - 1, 0);
    server.ban("*@short", 2000);
    CHECK(server.ban("*@more", 0, 1999) == "list_full");
    CHECK(server.ban("*@more", 0, 2000) == "banned");
    CHECK(server.server().bans().size() == Server::kMaxBans);
    CHECK(server.server().bans().contains("*!*@more"));
    CHECK_FALSE(server.server().bans().contains("*!*@short"));
    CHECK(server.ban("*@one_more", 0, 3000) == "list_full");
  }

  TEST_CASE("a lost slot is nothing to the server, and what is for others is invalid") {
    OwnedServer server;
    server.ban("*@h");
    CHECK(server.take(LoseSlot{{1, 1}}) == "nothing_changed");
    for (const CommandBody& body :
         {CommandBody(Join{}), CommandBody(Part{}), CommandBody(SetTopic{}),
          CommandBody(SetModes{}), CommandBody(Kick{}), CommandBody(Invite{}), CommandBody(Quit{}),
          CommandBody(Renew{}), CommandBody(Claim{}), CommandBody(Depart{}), CommandBody(Release{}),
          CommandBody(Redact{}), CommandBody(Watch{}), CommandBody(Unwatch{}),
          CommandBody(Kill{})}) {
      CAPTURE(body.index());
      CHECK(server.take(body) == "invalid");
    }
    CHECK(server.server().bans().size() == 1);
  }

  TEST_CASE("every slot follows it") {
    CHECK(Server().followers() == SlotSet(~uint64_t{0}));
    CHECK_FALSE(Server().alive());
    CHECK(Server().snapshot().empty());
  }

  TEST_CASE("a snapshot has parts of bounded size that give the same bans again") {
    OwnedServer server;
    server.fill(2 * Server::kEntriesPerPart + 1, 7000);
    const auto parts = server.server().snapshot();
    REQUIRE(parts.size() == 3);
    CHECK(parts.back().bans.size() == 1);
    CHECK(describe(copy_by_snapshot(server.server())) == describe(server.server()));
  }

  // Property: whoever applies the events has the owner's state, from the start or from a snapshot
  // on.
  TEST_CASE("all events of any story, replayed, give the owner's state") {
    std::mt19937 random(3);
    OwnedServer owner;
    Server replica;
    Server late;
    for (int step = 0; step < 2000; ++step) {
      const std::string mask = "*@h" + std::to_string(random() % 12);
      const bool bans = random() % 2 == 0;
      const TimeMs at = step * 10;
      const TimeMs expires = at + static_cast<TimeMs>(random() % 100);
      const std::string result =
          owner.take(bans ? CommandBody(Ban{mask, "", expires}) : Unban{mask}, at);
      if (result != "banned" && result != "unbanned") continue;
      replica.evolve(owner.last());
      late.evolve(owner.last());
      REQUIRE(replica.alive() == owner.exists());
      if (!owner.exists()) continue;
      REQUIRE(describe(replica) == describe(owner.server()));
      REQUIRE(describe(late) == describe(owner.server()));
      if (step % 50 == 0) late = copy_by_snapshot(owner.server());
    }
  }
}
