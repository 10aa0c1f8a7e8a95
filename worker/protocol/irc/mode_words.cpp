#include "worker/protocol/irc/mode_words.h"

#include <algorithm>
#include <cstdint>

#include "chat/mask.h"
#include "chat/room_modes.h"
#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/welcome.h"

namespace banterd::worker::irc {

namespace {

// The character at the front; `text` is valid UTF-8.
std::string_view take_character(std::string_view& text) {
  size_t bytes = 1;
  while (bytes < text.size() && (static_cast<uint8_t>(text[bytes]) & 0xc0) == 0x80) ++bytes;
  const std::string_view character = text.substr(0, bytes);
  text.remove_prefix(bytes);
  return character;
}

class RoomModeParser {
 public:
  explicit RoomModeParser(std::span<const std::string_view> arguments) : arguments_(arguments) {}

  RoomModeWords parse(std::string_view letters) {
    while (!letters.empty()) take(take_character(letters));
    return std::move(words_);
  }

 private:
  void take(std::string_view character) {
    const char letter = character.size() == 1 ? character[0] : '\0';
    if (letter == '+' || letter == '-') {
      add_ = letter == '+';
    } else if (chat::is_list(letter)) {
      take_mask(letter);
    } else if (letter == 'k') {
      take_key();
    } else if (letter == 'l') {
      take_limit();
    } else if (chat::prefix_of(letter)) {
      const std::string_view whose = next_argument();
      if (whose.empty()) return refuse(letter, {}, "Whose it is must be said");
      change(letter, whose);
    } else if (chat::flag_of(letter)) {
      change(letter, {});
    } else {
      add_unknown(character);
    }
  }

  void take_mask(char letter) {
    const std::string_view mask = next_argument();
    if (mask.empty()) {
      if (words_.queries.find(letter) == std::string::npos) words_.queries += letter;
    } else if (chat::complete_list_mask(mask)) {
      change(letter, mask);
    } else {
      refuse(letter, mask, "Not a mask");
    }
  }

  void take_key() {
    const std::string_view key = next_argument();
    if (!add_) return change('k', {});
    if (!chat::is_key(key)) return refuse('k', {}, "A key is one short word without commas");
    change('k', key);
  }

  void take_limit() {
    if (!add_) return change('l', {});
    const std::string_view limit = next_argument();
    if (!chat::parse_limit(limit)) return refuse('l', limit, "A limit is a number above 0");
    change('l', limit);
  }

  std::string_view next_argument() {
    if (arguments_.empty()) return {};
    const std::string_view argument = arguments_.front();
    arguments_ = arguments_.subspan(1);
    return argument;
  }

  void change(char letter, std::string_view argument) {
    if (!argument.empty() && ++with_argument_ > kMaxModes) return;
    words_.changes.push_back({add_, letter, argument});
  }
  void refuse(char letter, std::string_view argument, std::string_view why) {
    if (words_.bad.size() < kMaxModes) words_.bad.push_back({letter, argument, why});
  }
  void add_unknown(std::string_view character) {
    if (words_.unknown.size() == kMaxModes) return;
    if (std::ranges::find(words_.unknown, character) == words_.unknown.end())
      words_.unknown.push_back(character);
  }

  std::span<const std::string_view> arguments_;
  RoomModeWords words_;
  size_t with_argument_ = 0;
  bool add_ = true;
};

void take_user_mode(UserModeWords& words, bool add, std::string_view character) {
  if (character.size() != 1 || kUserModes.find(character) == std::string_view::npos) {
    words.unknown = true;
    return;
  }
  const char letter = character[0];
  if (letter == 'o' && add) return;
  std::erase_if(words.changes, [&](const UserModeChange& old) { return old.letter == letter; });
  words.changes.push_back({add, letter});
}

}  // namespace

RoomModeWords parse_room_modes(std::span<const std::string_view> params) {
  if (params.empty()) return {};
  return RoomModeParser(params.subspan(1)).parse(params.front());
}

void append_mode_errors(std::string& out, const ReplyTo& to, std::string_view room,
                        const RoomModeWords& words) {
  for (const std::string_view character : words.unknown)
    append_reply(out, to, kErrUnknownMode, {character});
  for (const RoomModeWords::Bad& bad : words.bad) {
    const std::string_view letter(&bad.letter, 1);
    append_reply(out, to, kErrInvalidModeParam, {room, letter, bad.argument, bad.why});
  }
}

std::vector<std::string> room_mode_letters(const chat::RoomHead& head, bool with_key) {
  std::vector<std::string> params = {"+"};
  for (const char letter : kFlagModes) {
    if ((head.flags & chat::flag_of(letter).value()) != 0) params[0] += letter;
  }
  if (!head.key.empty()) {
    params[0] += 'k';
    params.push_back(with_key ? std::string(head.key) : "*");
  }
  if (head.limit > 0) {
    params[0] += 'l';
    params.push_back(std::to_string(head.limit));
  }
  return params;
}

void append_room_modes(std::string& out, const ReplyTo& to, std::string_view room,
                       const chat::RoomHead& head, bool with_key) {
  const std::vector<std::string> modes = room_mode_letters(head, with_key);
  std::vector<std::string_view> params{room};
  params.insert(params.end(), modes.begin(), modes.end());
  append_reply(out, to, kRplChannelModeIs, params);
  append_reply(out, to, kRplCreationTime, {room, std::to_string(head.created / 1000)});
}

UserModeWords parse_user_modes(std::span<const std::string_view> params) {
  UserModeWords words;
  for (std::string_view letters : params) {
    bool add = true;
    while (!letters.empty()) {
      const std::string_view character = take_character(letters);
      if (character == "+" || character == "-") {
        add = character == "+";
      } else {
        take_user_mode(words, add, character);
      }
    }
  }
  return words;
}

}  // namespace banterd::worker::irc
