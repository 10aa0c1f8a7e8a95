// What a client does with what his protocol asks for, in workers without a master: IRC clients, who
// can ask for all of it.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/worker/cluster.h"
#include "worker/slot_map.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

struct Town {
  Cluster cluster{3};
  uint64_t line = 0;

  Guest& connect(Slot slot) { return cluster.connect(slot, Cluster::kIrc); }
  Guest& enter(Slot slot, const std::string& nick) {
    Guest& guest = connect(slot);
    cluster.say(guest, {"NICK " + nick, "USER u 0 * :Name"});
    REQUIRE(guest.saw(" 001 " + nick + " "));
    cluster.forget();
    return guest;
  }
  // A command of an operator who is no client here, to the owner of the object.
  void operator_asks(const std::string& object, chat::CommandBody body) {
    const Slot owner = owner_of(chat::fold(object), cluster.slots());
    const chat::Someone boss = chat::someone(5000, "boss", cluster.service(owner).place());
    cluster.service(owner).owner().take(
        object, {{5000, ++line, 0}, boss.id(), boss.place, 1000, boss.profile, std::move(body)});
  }
  Numbers numbers(Slot slot) { return cluster.service(slot).clients().numbers(); }
  // Visible, invisible, operators, not registered.
  std::string counts(Slot slot) {
    const Numbers all = numbers(slot);
    return std::to_string(all.visible) + " " + std::to_string(all.invisible) + " " +
           std::to_string(all.operators) + " " + std::to_string(all.unregistered);
  }
  bool is_free(const std::string& nick) {
    Guest& other = connect(0);
    cluster.say(other, {"NICK " + nick, "USER u 0 * :Name"});
    const bool free = other.saw(" 001 " + nick + " ");
    cluster.say(other, {"QUIT"});
    return free;
  }
};

}  // namespace

TEST_SUITE("worker/client") {
  // ---- entering ----

  TEST_CASE_FIXTURE(Town, "a claim that is refused may be followed by another") {
    for (Slot owner = 0; owner < 3; ++owner) {
      const std::string taken = cluster.name_owned_by(owner, "taken");
      enter(1, taken);
      Guest& ann = connect(0);
      cluster.say(ann, {"NICK " + taken, "USER u 0 * :Name"});
      CHECK(ann.saw(" 433 * " + taken + " "));
      CHECK(ann.times(" 001 ") == 0);
      const std::string other = cluster.name_owned_by(owner, "other");
      cluster.say(ann, {"NICK " + other, "JOIN #dev" + std::to_string(owner)});
      CHECK(ann.times(" 001 " + other + " ") == 1);
      CHECK(ann.saw(" JOIN #dev" + std::to_string(owner)));
      CHECK(ann.times(" 433 ") == 1);
    }
  }

  TEST_CASE_FIXTURE(Town, "who goes while his nick is being claimed leaves nothing behind") {
    const std::string nick = cluster.nick_of(2);
    Guest& ann = connect(0);
    cluster.hold(2);
    cluster.say(ann, {"NICK " + nick, "USER u 0 * :Name", "JOIN #dev"});
    ann.vanish();
    cluster.turns(20);
    CHECK(counts(0) == "0 0 0 1");
    cluster.release(2);
    cluster.settle();
    CHECK(counts(0) == "0 0 0 0");
    CHECK(cluster.service(0).clients().sockets() == 0);
    CHECK(cluster.service(0).clients().settled());
    CHECK(is_free(nick));
  }

  TEST_CASE_FIXTURE(Town, "who is banned while his nick is being claimed does not stay") {
    const std::string nick = cluster.nick_of(2);
    Guest& ann = connect(0);
    cluster.hold(2);
    cluster.say(ann, {"NICK " + nick, "USER u 0 * :Name"});
    cluster.release(2);
    operator_asks("*", chat::Ban{nick + "!*@*", "spam", 0});
    cluster.settle();
    CHECK(ann.at_end());
    CHECK(ann.times("ERROR :Closing link: ") == 1);
    CHECK(counts(0) == "0 0 0 0");
  }

  TEST_CASE_FIXTURE(Town,
                    "who is banned does not enter, whether by what others see or by his address") {
    for (const std::string mask : {"*!*@10.0.0.1", "ann!*@*"}) {
      CAPTURE(mask);
      operator_asks("*", chat::Ban{mask, "spam", 0});
      cluster.settle();
      Guest& ann = connect(1);
      cluster.say(ann, {"NICK ann", "USER u 0 * :Name"});
      CHECK(ann.times(" 001 ") == 0);
      CHECK(ann.got() ==
            ":banter.local 465 * :You are banned from this server.\r\n"
            "ERROR :Closing link: * (Banned: spam)\r\n");
      CHECK(ann.at_end());
      operator_asks("*", chat::Unban{mask});
      cluster.settle();
    }
    enter(1, "ann");
  }

  // ---- plans ----

  TEST_CASE_FIXTURE(Town, "a change that is no nick reaches every room and whoever watches") {
    Guest& ann = enter(0, "ann");
    Guest& bob = enter(1, "bob");
    Guest& cat = enter(2, "cat");
    cluster.say(bob, {"CAP REQ :away-notify setname"});
    cluster.say(cat, {"CAP REQ :away-notify extended-monitor", "MONITOR + ann"});
    for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"JOIN #dev"});
    cluster.forget();
    cluster.say(ann, {"AWAY :out"});
    CHECK(ann.take().find(" 306 ann ") != std::string::npos);
    CHECK(bob.times(" AWAY :out\r\n") == 1);
    CHECK(cat.times(" AWAY :out\r\n") == 1);
    cluster.say(bob, {"PRIVMSG ann hi"});
    CHECK(bob.saw(" 301 bob ann :out\r\n"));
    cluster.say(bob, {"NICK bobby"});
    cluster.say(ann, {"AWAY"});
    CHECK(ann.saw(" 305 ann "));
    CHECK(bob.take().ends_with(" AWAY\r\n"));
  }

  TEST_CASE_FIXTURE(Town, "a nick that is taken leaves everything as it was") {
    Guest& ann = enter(0, "ann");
    enter(1, "bob");
    cluster.say(ann, {"JOIN #dev", "NICK bob", "PRIVMSG ann still", "NICK Ann"});
    CHECK(ann.times(" 433 ann bob ") == 1);
    CHECK(ann.saw(" PRIVMSG ann :still\r\n"));
    CHECK(ann.take().find(" NICK Ann\r\n") != std::string::npos);
    CHECK(counts(0) == "1 0 0 0");
    CHECK_FALSE(is_free("ANN"));
  }

  TEST_CASE_FIXTURE(Town, "who is killed while a plan is under way quits when it is done, once") {
    Guest& ann = enter(0, "ann");
    Guest& bob = enter(1, "bob");
    const std::string room = cluster.room_of(2);
    for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"JOIN " + room});
    cluster.forget();
    cluster.hold(2);
    ann.say("NICK " + cluster.name_owned_by(0, "anna"));
    cluster.turns(20);
    operator_asks(owner_of("ann", 3) == 2 ? cluster.name_owned_by(0, "anna") : "ann",
                  chat::Kill{"enough"});
    cluster.turns(20);
    cluster.release(2);
    cluster.settle();
    CHECK(ann.at_end());
    CHECK(ann.times("ERROR :Closing link: ") == 1);
    CHECK(bob.times(" QUIT ") == 1);
    CHECK(counts(0) == "0 0 0 0");
    CHECK(is_free("ann"));
    CHECK(is_free(cluster.name_owned_by(0, "anna")));
  }

  TEST_CASE_FIXTURE(Town, "who is killed twice, or while he leaves, is told once") {
    Guest& ann = enter(0, "ann");
    operator_asks("ann", chat::Kill{"one"});
    operator_asks("ann", chat::Kill{"two"});
    cluster.settle();
    CHECK(ann.at_end());
    CHECK(ann.times("ERROR :Closing link: ") == 1);
    CHECK(ann.times(" KILL ann ") == 1);
  }

  // ---- answers ----

  TEST_CASE_FIXTURE(Town, "while an answer is not complete nothing more is taken of his input") {
    Guest& ann = enter(0, "ann");
    cluster.say(ann, {"CAP REQ :labeled-response batch"});
    cluster.forget();
    const std::string room = cluster.room_of(1);
    cluster.hold(1);
    cluster.say(ann, {"@label=1 JOIN " + room, "@label=2 PING two", "PING three"});
    CHECK(ann.got() == "");
    cluster.release(1);
    cluster.settle();
    const std::string got = ann.take();
    const size_t joined = got.find("@label=1 ");
    const size_t labelled = got.find("@label=2 :banter.local PONG banter.local two\r\n");
    const size_t bare = got.find("\r\n:banter.local PONG banter.local three\r\n");
    CHECK(joined == 0);
    REQUIRE(labelled != std::string::npos);
    REQUIRE(bare != std::string::npos);
    CHECK(labelled < bare);
    CHECK(got.rfind("BATCH -", labelled) != std::string::npos);
  }

  TEST_CASE_FIXTURE(Town,
                    "what breaks a message of several lines is answered, and so is that message") {
    Guest& ann = enter(0, "ann");
    cluster.say(ann, {"CAP REQ :labeled-response batch message-tags draft/multiline"});
    cluster.forget();
    cluster.say(ann, {"@label=x BATCH +1 draft/multiline #dev", "@label=1 PRIVMSG ann :hello"});
    const std::string failure =
        " :banter.local FAIL BATCH MULTILINE_INVALID :Invalid multiline batch\r\n";
    CHECK(ann.take() == "@label=1" + failure + "@label=x" + failure);
  }

  TEST_CASE_FIXTURE(Town,
                    "a message of several lines that is not ended before the next is refused") {
    Guest& ann = enter(0, "ann");
    cluster.say(ann, {"CAP REQ :labeled-response batch message-tags echo-message draft/multiline"});
    cluster.forget();
    cluster.say(ann, {"@label=x BATCH +1 draft/multiline ann", "@batch=1 PRIVMSG ann one",
                      "@label=y BATCH +2 draft/multiline ann"});
    CHECK(ann.take() ==
          "@label=x :banter.local FAIL BATCH MULTILINE_INVALID :Invalid multiline batch\r\n");
    cluster.say(ann, {"@batch=2 PRIVMSG ann two", "BATCH -2"});
    const std::string got = ann.take();
    CHECK(got.find("label=y") != std::string::npos);
    CHECK(got.find(" PRIVMSG ann :two\r\n") != std::string::npos);
    CHECK(got.find("one") == std::string::npos);
  }

  TEST_CASE_FIXTURE(Town, "who leaves while he waits for an answer is gone without it") {
    Guest& ann = enter(0, "ann");
    cluster.hold(1);
    cluster.say(ann, {"WHO *"});
    operator_asks(owner_of("ann", 3) == 1 ? "*" : "ann",
                  owner_of("ann", 3) == 1 ? chat::CommandBody(chat::Ban{"ann!*@*", "", 0})
                                          : chat::CommandBody(chat::Kill{"enough"}));
    cluster.turns(30);
    cluster.release(1);
    cluster.settle();
    CHECK(ann.at_end());
    CHECK(ann.times(" 315 ") == 0);
    CHECK(cluster.service(0).clients().settled());
    CHECK(counts(0) == "0 0 0 0");
  }

  // ---- silence ----

  TEST_CASE("who says nothing is asked, and who answers stays") {
    Cluster cluster(1, R"(, "limits": {"ping_timeout": 1})");
    Guest& ann = cluster.connect(0, Cluster::kIrc);
    Guest& bob = cluster.connect(0, Cluster::kIrc);
    cluster.say(ann, {"NICK ann", "USER u 0 * :Name"});
    cluster.say(bob, {"NICK bob", "USER u 0 * :Name"});
    cluster.run_until([&] { return ann.saw("PING banter.local\r\n"); });
    ann.take();
    ann.say("PONG banter.local");
    cluster.run_until([&] { return bob.at_end() || ann.saw("PING "); });
    cluster.run_until([&] { return bob.at_end(); });
    CHECK(bob.saw("(Ping timeout: 1 seconds)"));
    CHECK_FALSE(ann.at_end());
  }

  // ---- numbers ----

  TEST_CASE_FIXTURE(Town, "everybody is counted once, as what he is") {
    CHECK(counts(0) == "0 0 0 0");
    Guest& ann = connect(0);
    CHECK(counts(0) == "0 0 0 1");
    cluster.say(ann, {"NICK ann", "USER u 0 * :Name"});
    CHECK(counts(0) == "1 0 0 0");
    cluster.say(ann, {"MODE ann +i"});
    CHECK(counts(0) == "0 1 0 0");
    cluster.say(ann, {"AWAY :x", "NICK anna", "MODE anna +B"});
    CHECK(counts(0) == "0 1 0 0");
    Guest& bob = connect(0);
    bob.vanish();
    cluster.enter(0, Cluster::kEcho);
    cluster.enter(0);
    CHECK(counts(0) == "1 1 0 0");
    cluster.say(ann, {"MODE anna -i", "QUIT"});
    CHECK(counts(0) == "1 0 0 0");
    CHECK(numbers(0).most == 2);
    CHECK(counts(1) == "0 0 0 0");
  }

  TEST_CASE("who moves to another process is counted there as he was") {
    Cluster old(1);
    Guest& ann = old.connect(0, Cluster::kIrc);
    old.connect(0, Cluster::kIrc);
    old.say(ann, {"NICK ann", "USER u 0 * :Name", "MODE ann +i"});
    old.enter(0, Cluster::kEcho);
    old.forget();
    Cluster next(1, "", 1);
    old.hand_over_to(next);
    next.settle();
    const Numbers numbers = next.service(0).clients().numbers();
    CHECK(numbers.visible == 0);
    CHECK(numbers.invisible == 1);
    CHECK(numbers.unregistered == 1);
    CHECK(ann.got() == "");
    next.say(ann, {"QUIT"});
    CHECK(next.service(0).clients().numbers().invisible == 0);
  }

  // ---- moving to another process ----

  TEST_CASE("who watches, is away and is half registered goes on in a generation of another size") {
    Cluster old(2);
    Guest& ann = old.connect(0, Cluster::kIrc);
    Guest& bob = old.connect(1, Cluster::kIrc);
    Guest& cat = old.connect(1, Cluster::kIrc);
    old.say(ann, {"NICK ann", "USER u 0 * :Name", "MONITOR + bob,zed", "AWAY :out"});
    old.say(bob, {"NICK bob", "USER u 0 * :Name"});
    old.say(cat, {"CAP LS 302", "NICK cat"});
    old.forget();
    Cluster next(3, "", 2);
    old.hand_over_to(next);
    next.settle();
    CHECK(ann.got() == "");
    next.say(cat, {"USER u 0 * :Name", "CAP END"});
    CHECK(cat.saw(" 001 cat "));
    next.say(cat, {"NICK zed"});
    CHECK(ann.take().find(" 730 ann :zed!") != std::string::npos);
    next.say(bob, {"PRIVMSG ann hi", "QUIT"});
    CHECK(bob.saw(" 301 bob ann :out\r\n"));
    CHECK(ann.take().find(" 731 ann :bob\r\n") != std::string::npos);
    next.say(ann, {"MONITOR S", "MONITOR L"});
    CHECK(ann.saw(" 731 ann :bob\r\n"));
    CHECK(ann.saw(" 730 ann :zed!"));
    CHECK(ann.saw(" 732 ann :bob,zed\r\n"));
    next.say(cat, {"WHOWAS bob"});
    CHECK(cat.saw(" 314 zed bob "));
  }

  // ---- what operators ask ----

  TEST_CASE("what an operator asks of the master has his name") {
    Cluster cluster(1, R"(, "operators": [{"name": "root", "password_hash":
        "$argon2id$v=19$m=8192,t=1,p=1$aXJjdGVzdHNhbHQ$8+3jkFXNa4AavfYSJb+3Cne1yfEeop2/1eEZfjn8YjE"}])");
    Guest& ann = cluster.connect(0, Cluster::kIrc);
    cluster.say(ann, {"NICK ann", "USER u 0 * :Name", "REHASH"});
    CHECK(ann.saw(" 481 ann "));
    CHECK(cluster.asked_of_master.empty());
    ann.say("OPER root wrong");
    cluster.run_until([&] { return ann.saw(" 464 ann "); });
    ann.say("OPER root operpassword");
    cluster.run_until([&] { return ann.saw(" 381 ann "); });
    CHECK(cluster.service(0).clients().numbers().operators == 1);
    cluster.say(ann, {"REHASH", "DIE"});
    REQUIRE(cluster.asked_of_master.size() == 1);
    CHECK(cluster.asked_of_master[0].what == ipc::OperatorAction::reload);
    CHECK(cluster.asked_of_master[0].who.starts_with("ann!"));
    cluster.say(ann, {"QUIT"});
    CHECK(cluster.service(0).clients().numbers().operators == 0);
  }
}
