#include "worker/protocol/irc/command_table.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace banterd::worker::irc;

namespace {

// A protocol as the table expects it: its handlers are private, and trust what was checked.
class Toy {
 public:
  Caller caller;
  std::string sent;
  std::vector<std::string> run;

  // True if it counts against the flood limit.
  bool take(std::string_view line) {
    static constexpr CommandRow<Toy> kRows[] = {
        {{.name = "NICK", .needed = 1, .missing = {kErrNoNicknameGiven}, .last_not_empty = true},
         &Toy::nick},
        {{.name = "USER", .needed = 4, .last_not_empty = true, .when = When::before_registration},
         &Toy::user},
        {{.name = "PONG", .counts = false}, &Toy::nothing},
        {{.name = "PRIVMSG",
          .needed = 2,
          .missing = {kErrNoRecipient, kErrNoTextToSend},
          .last_not_empty = true,
          .when = When::registered},
         &Toy::say},
        {{.name = "NOTICE",
          .needed = 2,
          .last_not_empty = true,
          .when = When::registered,
          .answers_errors = false},
         &Toy::say},
        {{.name = "TOPIC", .needed = 1, .when = When::registered}, &Toy::nothing},
        {{.name = "KICK", .needed = 2, .missing = {kErrNeedMoreParams}, .when = When::registered},
         &Toy::nothing},
        {{.name = "KILL", .needed = 2, .when = When::registered, .for_operators = true},
         &Toy::nothing},
    };
    static constexpr CommandTable kCommands(kRows);

    const Message message = parse(line).message;
    const CommandRow<Toy>* row = kCommands.find(message.command);
    const CommandRules* rules = row == nullptr ? nullptr : &row->rules;
    if (const auto why = check(rules, message, caller)) {
      append_refusal(sent, {.server = "s", .nick = "ann", .tags = {}}, *why, rules, message);
    } else {
      (this->*row->run)(message);
    }
    return rules == nullptr || rules->counts;
  }

  std::string answer_to(std::string_view line) {
    sent.clear();
    take(line);
    return sent;
  }

 private:
  void nick(const Message& message) { run.push_back("nick " + std::string(message.params[0])); }
  void user(const Message& message) { run.push_back("user " + std::string(message.params[3])); }
  void say(const Message& message) { run.push_back("say " + std::string(message.params[1])); }
  void nothing(const Message& message) { run.push_back(std::string(message.command)); }
};

Toy registered(bool is_operator = false) {
  Toy toy;
  toy.caller = {.registered = true, .is_operator = is_operator};
  return toy;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/command_table") {
  TEST_CASE("a command is run by its member function, in whatever case it was typed") {
    Toy toy = registered();
    for (const auto line : {"NICK a", "nick b", "nIcK c", "PRIVMSG #dev :hi there", "topic #dev"})
      toy.take(line);
    CHECK(toy.run ==
          std::vector<std::string>{"nick a", "nick b", "nick c", "say hi there", "topic"});
    CHECK(toy.sent == "");
  }

  TEST_CASE("an unknown command is named as it was typed, before and after registering") {
    for (Toy toy : {Toy(), registered()}) {
      CHECK(toy.answer_to("Frob a b") == ":s 421 ann Frob :Unknown command\r\n");
      CHECK(toy.answer_to("NIC a") == ":s 421 ann NIC :Unknown command\r\n");
      CHECK(toy.answer_to("NICKS a") == ":s 421 ann NICKS :Unknown command\r\n");
      CHECK(toy.answer_to("PRIVMSGS a b") == ":s 421 ann PRIVMSGS :Unknown command\r\n");
      CHECK(toy.answer_to("\xef\xbb\xbfNICK a") ==
            ":s 421 ann \xef\xbb\xbfNICK :Unknown command\r\n");
      CHECK(toy.run.empty());
    }
  }

  TEST_CASE("a command has its time in a client's life") {
    Toy toy;
    CHECK(toy.answer_to("TOPIC #dev") == ":s 451 ann :You have not registered\r\n");
    CHECK(toy.answer_to("TOPIC") == ":s 451 ann :You have not registered\r\n");
    CHECK(toy.answer_to("USER u 0 * :r") == "");
    CHECK(toy.answer_to("NICK a") == "");
    toy = registered();
    CHECK(toy.answer_to("USER u 0 * :r") == ":s 462 ann :You may not reregister\r\n");
    CHECK(toy.answer_to("USER") == ":s 462 ann :You may not reregister\r\n");
    CHECK(toy.answer_to("NICK a") == "");
  }

  TEST_CASE("a parameter that is missing has the answer of its command") {
    Toy toy = registered();
    CHECK(toy.answer_to("TOPIC") == ":s 461 ann TOPIC :Not enough parameters\r\n");
    CHECK(toy.answer_to("topic") == ":s 461 ann TOPIC :Not enough parameters\r\n");
    CHECK(toy.answer_to("KICK") == ":s 461 ann KICK :Not enough parameters\r\n");
    CHECK(toy.answer_to("KICK #dev") == ":s 461 ann KICK :Not enough parameters\r\n");
    CHECK(toy.answer_to("NICK") == ":s 431 ann :No nickname given\r\n");
    CHECK(toy.answer_to("PRIVMSG") == ":s 411 ann :No recipient given\r\n");
    CHECK(toy.answer_to("PRIVMSG #dev") == ":s 412 ann :No text to send\r\n");
    CHECK(Toy().answer_to("USER u 0 *") == ":s 461 ann USER :Not enough parameters\r\n");
    CHECK(toy.run.empty());
  }

  TEST_CASE("where it must not be empty, an empty parameter is missing") {
    Toy toy = registered();
    CHECK(toy.answer_to("NICK :") == ":s 431 ann :No nickname given\r\n");
    CHECK(toy.answer_to("PRIVMSG #dev :") == ":s 412 ann :No text to send\r\n");
    CHECK(toy.answer_to("PRIVMSG :") == ":s 412 ann :No text to send\r\n");
    CHECK(Toy().answer_to("USER u 0 * :") == ":s 461 ann USER :Not enough parameters\r\n");
    CHECK(toy.answer_to("TOPIC :") == "");
    CHECK(toy.run == std::vector<std::string>{"TOPIC"});
  }

  TEST_CASE("an operator's command is refused to others whatever its parameters are") {
    CHECK(registered().answer_to("KILL") ==
          ":s 481 ann :Permission Denied- You're not an IRC operator\r\n");
    CHECK(registered(true).answer_to("KILL bob") == ":s 461 ann KILL :Not enough parameters\r\n");
    CHECK(registered(true).answer_to("KILL bob :bye") == "");
    CHECK(Toy().answer_to("KILL bob :bye") == ":s 451 ann :You have not registered\r\n");
  }

  TEST_CASE("a NOTICE is never answered and yet not run") {
    Toy toy = registered();
    CHECK(toy.answer_to("NOTICE") == "");
    CHECK(toy.answer_to("NOTICE #dev :") == "");
    CHECK(Toy().answer_to("NOTICE #dev :hi") == "");
    CHECK(toy.run.empty());
    toy.take("NOTICE #dev :hi");
    CHECK(toy.run == std::vector<std::string>{"say hi"});
  }

  TEST_CASE("what counts against the flood limit stands in the row; the unknown counts") {
    Toy toy = registered();
    CHECK(toy.take("TOPIC #dev"));
    CHECK(toy.take("FROB"));
    CHECK_FALSE(toy.take("PONG x"));
  }
}
