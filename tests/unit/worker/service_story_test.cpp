// Stories by chance: people come, talk, change their names and go, workers hang and die. Whatever
// happens, whoever stays connected sees an order that makes sense.
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/worker/cluster.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

constexpr int kRooms = 5;
constexpr int kNicks = 6;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// What one person said once: "SPEAKER:NUMBER:#ROOM".
struct Utterance {
  int speaker = 0;
  int number = 0;
  std::string room;
};

std::optional<Utterance> utterance_of(const std::string& line) {
  const bool past = line.starts_with("* ");
  const size_t text = line.find("> ");
  if (past || text == std::string::npos) return std::nullopt;
  std::istringstream stream(line.substr(text + 2));
  Utterance said;
  char colon = 0;
  stream >> said.speaker >> colon >> said.number >> colon >> said.room;
  return said;
}

class Story {
 public:
  explicit Story(uint64_t seed) : random_(seed) {
    for (int i = 0; i < 4; ++i) come();
  }

  void go_on(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      cluster_.turns(static_cast<int>(below(5)));
    }
    for (Slot slot = 0; slot < 3; ++slot) {
      cluster_.release(slot);
      if (down_.at(slot)) start(slot);
    }
    cluster_.settle();
  }

  void check() {
    for (Someone& someone : people_) {
      if (!someone.here) continue;
      CAPTURE(someone.id);
      CHECK_FALSE(someone.guest->at_end());
      check_lines(someone.guest->nick(), lines_of(someone.guest->got()));
    }
    check_orders();
    check_members();
    for (Slot slot = 0; slot < 3; ++slot) {
      CHECK(cluster_.service(slot).clients().settled());
      CHECK(cluster_.service(slot).clients().router().open_commands() == 0);
    }
  }

 private:
  struct Someone {
    int id = 0;
    Slot slot = 0;
    Guest* guest = nullptr;
    bool here = true;
    int said = 0;
  };

  uint64_t below(uint64_t bound) { return random_() % bound; }
  std::string room() { return "#r" + std::to_string(below(kRooms)); }

  void come() {
    const auto slot = static_cast<Slot>(below(3));
    if (down_.at(slot)) return;
    people_.push_back({static_cast<int>(people_.size()), slot, &cluster_.connect(slot), true, 0});
  }
  Someone* somebody() {
    Someone& one = people_[below(people_.size())];
    return one.here ? &one : nullptr;
  }
  void kill(Slot slot) {
    cluster_.kill(slot);
    down_.at(slot) = true;
    for (Someone& someone : people_) someone.here = someone.here && someone.slot != slot;
  }
  void start(Slot slot) {
    cluster_.start(slot);
    down_.at(slot) = false;
  }

  void step() {
    const auto slot = static_cast<Slot>(below(3));
    switch (below(40)) {
      case 0:
        return down_.at(slot) ? start(slot) : kill(slot);
      case 1:
      case 2:
        if (down_.at(slot)) start(slot);
        return;
      case 3:
        return down_.at(slot) ? void() : cluster_.hold(slot);
      case 4:
      case 5:
      case 6:
        return cluster_.release(slot);
      case 7:
      case 8:
      case 9:
        return come();
      default:
        break;
    }
    Someone* who = somebody();
    if (who != nullptr) act(*who);
  }

  void act(Someone& who) {
    switch (below(16)) {
      case 0:
      case 1:
        return who.guest->say("/nick n" + std::to_string(below(kNicks)));
      case 2:
        return who.guest->say("/part " + room());
      case 3:
        return who.guest->say("/part");
      case 4:
        who.here = below(3) != 0 || people_.size() < 6;
        return who.here ? void() : who.guest->say("/quit");
      case 5:
        who.here = below(3) != 0 || people_.size() < 6;
        return who.here ? void() : who.guest->vanish();
      case 6:
        return who.guest->say("/who");
      default:
        break;
    }
    const std::string where = room();
    who.guest->say("/join " + where);
    for (uint64_t more = 1 + below(3); more > 0; --more)
      who.guest->say(std::to_string(who.id) + ":" + std::to_string(who.said++) + ":" + where);
  }

  // What one person saw: no line twice, everybody's lines in his order, and nobody after his end,
  // which he meets once. Of those whose worker died, what they had said in another owner's room may
  // come after it.
  static void check_lines(std::string own, const std::vector<std::string>& lines) {
    std::map<int, int> last;
    std::map<std::string, std::string> gone;  // and how
    for (const std::string& line : lines) {
      CAPTURE(line);
      if (const auto said = utterance_of(line)) {
        if (last.count(said->speaker) == 1) CHECK(said->number > last[said->speaker]);
        last[said->speaker] = said->number;
        const size_t begin = line.find('<') + 1;
        const auto speaker = gone.find(line.substr(begin, line.find('>') - begin));
        CHECK((speaker == gone.end() || speaker->second == "(connection"));
        continue;
      }
      const std::vector<std::string> words = words_of(line);
      if (words.size() < 3 || words[0] != "*") continue;
      if (words[2] == "joined") gone.erase(words[1]);
      // Who was there before him he has not been told.
      if (words[2] == "joined" && words[1] == own) gone.clear();
      if (words[2] == "quit")
        CHECK(gone.emplace(words[1], words.size() > 3 ? words[3] : "").second);
      if (words[2] == "is" && words[3] == "now") {
        CHECK(gone.emplace(words[1], "renamed").second);
        gone.erase(words[4]);
        if (words[1] == own) own = words[4];
      }
      if (words[2] == "left") CHECK(gone.count(words[1]) == 0);
    }
  }

  // Any two who heard the same lines of a room heard them in the same order.
  void check_orders() {
    std::vector<std::map<std::string, std::vector<std::string>>> heard;
    for (const Someone& someone : people_) {
      if (!someone.here) continue;
      heard.emplace_back();
      for (const std::string& line : lines_of(someone.guest->got())) {
        if (const auto said = utterance_of(line))
          heard.back()[said->room].push_back(line.substr(line.find("> ")));
      }
    }
    for (size_t a = 0; a < heard.size(); ++a) {
      for (size_t b = a + 1; b < heard.size(); ++b) {
        for (const auto& [room, lines] : heard[a])
          CHECK(common(lines, heard[b][room]) == common(heard[b][room], lines));
      }
    }
  }
  static std::vector<std::string> common(const std::vector<std::string>& lines,
                                         const std::vector<std::string>& others) {
    const std::set<std::string> known(others.begin(), others.end());
    std::vector<std::string> both;
    for (const std::string& line : lines) {
      if (known.count(line) == 1) both.push_back(line);
    }
    return both;
  }

  // All members of a room see the same members, and they are just those who see it.
  void check_members() {
    for (Someone& someone : people_) {
      if (someone.here) cluster_.say(*someone.guest, {"/nick final" + std::to_string(someone.id)});
    }
    std::vector<std::string> rooms{"#lobby"};
    for (int i = 0; i < kRooms; ++i) rooms.push_back("#r" + std::to_string(i));
    for (const std::string& name : rooms) {
      std::set<std::string> members;
      std::set<std::string> answers;
      for (const Someone& someone : people_) {
        if (!someone.here) continue;
        cluster_.forget();
        cluster_.say(*someone.guest, {"/who " + name});
        const std::string answer = someone.guest->take();
        if (answer == "! you are not in " + name + "\n") continue;
        members.insert("final" + std::to_string(someone.id));
        answers.insert(answer.substr(answer.find(": ") + 1));
      }
      std::string expected;
      for (const std::string& member : members) expected += " " + member;
      CAPTURE(name);
      if (!members.empty()) CHECK(answers == std::set<std::string>{expected + "\n"});
    }
  }

  std::mt19937_64 random_;
  Cluster cluster_{3, std::string(Cluster::kNoFlood) + R"(, "rooms": {"replay_lines": 3})"};
  std::vector<Someone> people_;
  std::array<bool, 3> down_{};
};

}  // namespace

TEST_SUITE("worker/service_story") {
  TEST_CASE("whatever happens, who stays sees each line once, in one order, and the same members") {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      Story story(seed);
      story.go_on(200);
      story.check();
    }
  }
}
