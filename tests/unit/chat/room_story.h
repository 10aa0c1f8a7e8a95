// A long story of one room by chance: commands of all kinds, sensible and not, by a dozen people of
// three slots. The same seed tells the same story.
#pragma once

#include <array>
#include <random>

#include "tests/unit/chat/room_fixture.h"

namespace banterd::chat {

class RoomStory {
 public:
  explicit RoomStory(uint64_t seed) : random_(seed) {}

  Command next() {
    const uint64_t client = 1 + below(kPeople);
    Command command;
    command.id = {client, ++line_, 0};
    command.client = ClientId{client};
    command.from = {static_cast<uint32_t>(client % kSlots), incarnations_[client % kSlots]};
    command.at = static_cast<TimeMs>(line_ * 10);
    command.profile = profile_of(client, "nick" + std::to_string(client),
                                 static_cast<uint32_t>(below(4)), "h" + std::to_string(below(3)));
    command.body = body();
    return command;
  }

 private:
  static constexpr uint64_t kPeople = 12;
  static constexpr uint64_t kSlots = 3;

  uint64_t below(uint64_t bound) { return random_() % bound; }
  ClientId somebody() { return ClientId{1 + below(kPeople)}; }
  std::string word() { return "word" + std::to_string(below(20)); }

  CommandBody body() {
    // Half of all are joins: rooms would be empty most of the time. Few leave: rooms would have no
    // operators.
    switch (below(26)) {
      case 0:
        return below(4) == 0 ? CommandBody(Part{word()}) : modes();
      case 1:
      case 2:
        return SetTopic{below(4) == 0 ? "" : word()};
      case 3:
      case 4:
      case 5:
      case 6:
        return modes();
      case 7:
        return Kick{somebody(), word()};
      case 8:
        return Invite{somebody(), word(), "#story"};
      case 9:
        return below(4) == 0 ? CommandBody(Quit{word()}) : modes();
      case 10:
        return say();
      case 11:
        return Renew{};
      case 12:
        return below(4) == 0 ? lose_slot() : CommandBody(Claim{});
      case 13:
        return redact();
      default:
        return join();
    }
  }

  CommandBody join() {
    Join join;
    join.key = below(2) == 0 ? "" : "key" + std::to_string(below(2));
    join.flags = static_cast<uint16_t>(below(128));
    join.grants = static_cast<uint8_t>(below(32));
    join.permanent = below(8) == 0;
    return join;
  }

  CommandBody say() {
    Say say{Kind::notice, word()};
    if (below(3) == 0) say.tags = "+typing=active";
    if (below(3) == 0) say.rank = voice;
    if (below(3) == 0) say.lines = {{word(), false}, {word(), true}};
    return say;
  }

  CommandBody redact() {
    Redact redact{word(), word(), std::nullopt};
    if (below(3) != 0) redact.author = somebody();
    return redact;
  }

  CommandBody modes() {
    static constexpr std::string_view kLetters = "imnstCcqaohvvvbbbeeIIkl?";
    static constexpr std::array<std::string_view, 4> kExtended{"", "", "~m:", "~a:"};
    SetModes modes;
    modes.max_entries = static_cast<uint32_t>(1 + below(2));
    for (uint64_t left = 1 + below(3); left > 0; --left) {
      ModeChange change;
      change.add = below(3) != 0;
      change.letter = kLetters[below(kLetters.size())];
      change.target = somebody();
      const uint64_t number = below(5);
      change.argument = change.letter == "l" ? std::to_string(number * 4)
                        : change.letter == "k"
                            ? "key" + std::to_string(number % 2)
                            : std::string(kExtended[below(4)]) + "nick" + std::to_string(number) +
                                  (below(2) == 0 ? "*!*@h?" : "*");
      modes.changes.push_back(change);
    }
    return modes;
  }

  CommandBody lose_slot() {
    const uint64_t slot = below(kSlots);
    return LoseSlot{{static_cast<uint32_t>(slot), incarnations_[slot]++}};
  }

  std::mt19937_64 random_;
  uint64_t line_ = 0;
  std::array<uint64_t, kSlots> incarnations_{1, 1, 1};
};

}  // namespace banterd::chat
