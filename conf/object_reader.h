// Reads one JSON object into a struct, key by key, and notes what is wrong with it:
//
//   ObjectReader reader(value, mistakes);
//   reader.number("replay_lines", rooms.replay_lines, 0, kMaxRate);
//   reader.refuse_unknown();
//
// Each reading function makes its key known, leaves `out` as it is (at its default) when the key is
// not there, and says at the value's place what it must be when it is something else. The values of
// strings are never repeated in a message: they may be passwords.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/json_tree.h"
#include "conf/mistakes.h"

namespace banterd::conf {

// What a string must be ("an absolute path"), for the message, and whether it is.
struct TextRule {
  std::string_view must_be;
  bool (*holds)(std::string_view text);
};

class ObjectReader {
 public:
  // Both must outlive the reader. Notes a mistake if `value` is no object, and duplicate keys.
  ObjectReader(const Value& value, Mistakes& mistakes);

  // The value of a key, or null if it is not there.
  const Value* find(std::string_view key);

  void flag(std::string_view key, bool& out);
  void text(std::string_view key, std::string& out, const TextRule& rule);
  void text_or_null(std::string_view key, std::optional<std::string>& out, const TextRule& rule);
  // A list of strings, each of which `rule` holds for; null is as if the key were not there.
  void texts_or_null(std::string_view key, std::optional<std::vector<std::string>>& out,
                     const TextRule& rule);
  void seconds(std::string_view key, std::chrono::seconds& out, uint64_t least, uint64_t most);

  // `most` must fit T.
  template <class T>
  void number(std::string_view key, T& out, uint64_t least, uint64_t most) {
    if (const auto number = whole_number(key, least, most)) out = static_cast<T>(*number);
  }

  // A string that is one of the given words. False if a mistake was noted.
  template <class Enum>
  bool choice(std::string_view key, Enum& out,
              std::initializer_list<std::pair<std::string_view, Enum>> words) {
    std::vector<std::string_view> allowed;
    for (const auto& word : words) allowed.push_back(word.first);
    if (find(key) == nullptr) return true;
    const auto index = word_index(key, allowed);
    if (index) out = (words.begin() + *index)->second;
    return index.has_value();
  }

  // For a key that is known but does not fit here: `why` is noted if it is there.
  void refuse(std::string_view key, std::string_view why);

  // Notes every key that no function above has made known, with the nearest known one. Call it
  // last.
  void refuse_unknown();

  // Notes that the value of `key` "must be …", or if the key is not there, at the object's place.
  void must_be(std::string_view key, std::string_view what);

 private:
  const Value* member(std::string_view key) const;
  std::optional<uint64_t> whole_number(std::string_view key, uint64_t least, uint64_t most);
  std::optional<size_t> word_index(std::string_view key,
                                   const std::vector<std::string_view>& words);

  const Value& object_;
  Mistakes& mistakes_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> refused_;
};

}  // namespace banterd::conf
