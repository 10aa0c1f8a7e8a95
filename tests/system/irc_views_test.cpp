// What IRC clients are told adds up: whoever keeps by all that he hears who is in his rooms, with
// which rank, and what their topics are, finds the same when he asks; whatever everybody does at
// once, over reloads and the deaths of workers.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

constexpr int kRooms = 5;
constexpr std::string_view kPrefixes = "~&@%+";

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const bool is_last = line.starts_with(':') && !words.empty();
    const std::string_view word = is_last ? line.substr(1) : line.substr(0, line.find(' '));
    words.emplace_back(word);
    line.remove_prefix(is_last ? line.size() : std::min(word.size() + 1, line.size()));
  }
  return words;
}

// One client's idea of his rooms, as any IRC program has it.
class View {
 public:
  struct Room {
    std::map<std::string, std::string> members;  // nick, prefixes
    std::string topic;
  };

  explicit View(std::string nick) : nick_(std::move(nick)) {}

  void take(const std::string& line) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() < 2) return;
    const std::string who = words[0].substr(1, words[0].find('!') - 1);
    const std::string& command = words[1];
    if (command == "JOIN") {
      joined(who, words[2]);
    } else if (command == "353") {
      names(words[4], words[5]);
    } else if (command == "332") {
      rooms_[words[3]].topic = words[4];
    } else if (command == "TOPIC") {
      room_of(words[2], line).topic = words[3];
    } else if (command == "PART") {
      left(who, words[2], line);
    } else if (command == "KICK") {
      left(words[3], words[2], line);
    } else if (command == "NICK") {
      renamed(who, words[2], line);
    } else if (command == "QUIT") {
      quit(who, line);
    } else if (command == "MODE" && words[2].starts_with('#')) {
      modes(words, line);
    } else if (command == "PRIVMSG" && words[2].starts_with('#')) {
      if (!room_of(words[2], line).members.contains(who)) odd_.push_back(line);
    }
  }

  [[nodiscard]] const std::string& nick() const { return nick_; }
  [[nodiscard]] const std::map<std::string, Room>& rooms() const { return rooms_; }
  // What makes no sense after all that was heard before.
  [[nodiscard]] const Lines& odd() const { return odd_; }

 private:
  Room& room_of(const std::string& name, const std::string& line) {
    if (!rooms_.contains(name)) odd_.push_back(line);
    return rooms_[name];
  }
  void joined(const std::string& who, const std::string& room) {
    if (who == nick_) rooms_[room] = {};
    rooms_[room].members.emplace(who, "");
  }
  void names(const std::string& room, const std::string& list) {
    for (const std::string& word : words_of(list)) {
      const size_t prefixes = std::min(word.find_first_not_of(kPrefixes), word.size());
      rooms_[room].members[word.substr(prefixes)] = word.substr(0, prefixes);
    }
  }
  void left(const std::string& who, const std::string& name, const std::string& line) {
    if (room_of(name, line).members.erase(who) == 0) odd_.push_back(line);
    if (who == nick_) rooms_.erase(name);
  }
  void renamed(const std::string& before, const std::string& after, const std::string& line) {
    bool known = before == nick_;
    if (known) nick_ = after;
    for (auto& [name, room] : rooms_) {
      auto member = room.members.extract(before);
      if (member.empty()) continue;
      known = true;
      member.key() = after;
      if (!room.members.insert(std::move(member)).inserted) odd_.push_back(line);
    }
    if (!known) odd_.push_back(line);
  }
  void quit(const std::string& who, const std::string& line) {
    size_t left = 0;
    for (auto& [name, room] : rooms_) left += room.members.erase(who);
    if (left == 0) odd_.push_back(line);
  }
  // :who MODE #room +ov-v nick nick nick
  void modes(const std::vector<std::string>& words, const std::string& line) {
    Room& room = room_of(words[2], line);
    bool add = true;
    size_t argument = 4;
    for (const char letter : words[3]) {
      if (letter == '+' || letter == '-') add = letter == '+';
      if (letter != 'o' && letter != 'v') continue;
      const auto member = room.members.find(words.at(argument++));
      if (member == room.members.end()) {
        odd_.push_back(line);
        continue;
      }
      std::string& prefixes = member->second;
      const char prefix = letter == 'o' ? '@' : '+';
      std::erase(prefixes, prefix);
      if (add) prefixes.insert(letter == 'o' ? 0 : prefixes.size(), 1, prefix);
    }
  }

  std::string nick_;
  std::map<std::string, Room> rooms_;
  Lines odd_;
};

// Somebody who does whatever comes to his mind, and keeps his view.
class Person {
 public:
  Person(IrcClient& client, std::string nick) : client_(&client), view_(std::move(nick)) {}

  void look() {
    for (const std::string& line : client_->heard()) view_.take(line);
    client_->forget();
  }

  void act(std::mt19937& random) {
    const auto below = [&](size_t end) {
      return std::uniform_int_distribution<size_t>(0, end - 1)(random);
    };
    const std::string room = "#r" + std::to_string(below(kRooms));
    const std::string other = "n" + std::to_string(below(16));
    switch (below(48) == 0 ? 12 : below(12)) {
      case 0:
      case 1:
      case 2:
        return client_->say("JOIN " + room);
      case 3:
        return client_->say("PART " + room);
      case 4:
        return client_->say("NICK " + other);
      case 5:
        return client_->say("KICK " + room + " " + other);
      case 6:
        return client_->say("MODE " + room + " +o " + other);
      case 7:
        return client_->say("MODE " + room + " -o+v " + other + " " + other);
      case 8:
        return client_->say("MODE " + room + " -v " + other);
      case 9:
        return client_->say("TOPIC " + room + " :topic " + std::to_string(below(1000)));
      case 10:
        return client_->say("AWAY " + std::string(below(2) == 0 ? ":x" : ""));
      case 11:
        return client_->say("PRIVMSG " + room + " :hello");
      default:
        return client_->say("QUIT");
    }
  }

  // What he keeps, and what he is told when he asks: room and member or topic in each line.
  struct Both {
    Lines kept;
    Lines told;
  };
  Both compare() {
    look();
    REQUIRE(view_.odd() == Lines{});
    View fresh(view_.nick());
    for (const auto& [name, room] : std::map(view_.rooms())) {
      for (const char* question : {"NAMES ", "TOPIC "}) {
        for (const std::string& line : client_->ask(question + name))
          (line.starts_with(":banter.local ") ? fresh : view_).take(line);
      }
    }
    return {in_words(view_), in_words(fresh)};
  }

  IrcClient& client() { return *client_; }

 private:
  static Lines in_words(const View& view) {
    Lines words;
    for (const auto& [name, room] : view.rooms()) {
      words.push_back(name + " " + room.topic);
      for (const auto& [nick, prefixes] : room.members)
        words.push_back(name + " " + prefixes + nick);
    }
    return words;
  }

  IrcClient* client_;
  View view_;
};

struct Crowd {
  Server server;
  IrcGroup group{server};
  std::vector<Person> people;
  std::mt19937 random;
  size_t entered = 0;

  Crowd(const ServerConfig& config, unsigned seed) : server(config), random(seed) { fill(); }

  // Until there are as many as ever.
  void fill() {
    constexpr size_t kPeople = 15;
    std::erase_if(people, [](Person& person) { return person.client().ended(); });
    while (people.size() < kPeople) {
      const std::string nick = "new" + std::to_string(entered++);
      people.emplace_back(group.enter(nick, "multi-prefix"), nick);
    }
  }
  // All of them at once, without waiting for each other. Who quits is replaced.
  void act(int times) {
    for (int i = 0; i < times; ++i) {
      for (Person& person : people) person.act(random);
    }
  }
  // Waits until each has heard the end of his stream, or all that anybody did before.
  void settle() {
    for (int round = 0; round < 2; ++round) {
      for (Person& person : people) person.client().ask_fence();
      group.wait_for(
          [&] {
            return std::ranges::all_of(people, [](Person& person) {
              return person.client().ended() || person.client().fence_answered();
            });
          },
          "answers to all");
    }
    fill();
  }
  void check() {
    settle();
    for (Person& person : people) {
      const Person::Both both = person.compare();
      REQUIRE(both.kept == both.told);
    }
  }
};

}  // namespace

TEST_SUITE("system/irc_views") {
  TEST_CASE("what all are told while all do everything at once is what is so") {
    int workers = 0;
    SUBCASE("1 worker") { workers = 1; }
    SUBCASE("3 workers") { workers = 3; }
    SUBCASE("5 workers") { workers = 5; }
    Crowd crowd(irc_config(workers), 1);
    for (int round = 0; round < 20; ++round) {
      CAPTURE(round);
      crowd.act(10);
      crowd.check();
    }
  }

  TEST_CASE("the same while SIGHUP changes the number of workers") {
    ServerConfig config = irc_config(2);
    config.own_copy = true;
    Crowd crowd(config, 2);
    for (const int workers : {3, 5, 2, 4, 1, 3}) {
      CAPTURE(workers);
      crowd.act(5);
      config.workers = workers;
      crowd.server.configure(config);
      crowd.server.signal(SIGHUP);
      crowd.act(10);
      REQUIRE(crowd.server.wait_for_reload());
      crowd.act(5);
      crowd.check();
    }
  }

  TEST_CASE("the same for those who stay while workers are killed") {
    Crowd crowd(irc_config(3), 3);
    for (int round = 0; round < 9; ++round) {
      CAPTURE(round);
      const int slot = round % 3;
      const pid_t before = crowd.server.worker(slot);
      crowd.act(5);
      crowd.server.kill_worker(slot);
      crowd.act(5);
      crowd.server.wait_for_respawn(slot, before);
      crowd.settle();
      // When all have heard who went is nobody's to know; that they do is.
      for (Person& person : crowd.people) {
        REQUIRE(crowd.server.loop().poll_until([&] {
          const Person::Both both = person.compare();
          return both.kept == both.told;
        }));
      }
      crowd.check();
    }
  }
}

}  // namespace banterd::tests
