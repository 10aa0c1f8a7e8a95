#include "conf/changed_keys.h"

#include <nlohmann/json.hpp>
#include <set>

namespace banterd::conf {

namespace {

using nlohmann::json;

json read(std::string_view text) {
  constexpr bool kNoExceptions = false;
  constexpr bool kIgnoreComments = true;
  return json::parse(text, nullptr, kNoExceptions, kIgnoreComments);
}

void compare(const json& before, const json& after, const std::string& path,
             std::vector<std::string>& changed);

// A value that only one side has: each key within it is new, or gone.
void one_sided(const json& value, const std::string& path, std::vector<std::string>& changed) {
  if (!value.is_object()) return changed.push_back(path);
  compare(json::object(), value, path, changed);
}

void compare(const json& before, const json& after, const std::string& path,
             std::vector<std::string>& changed) {
  if (before == after) return;
  const bool both_objects = before.is_object() && after.is_object();
  if (!both_objects) return changed.push_back(path);
  std::set<std::string> keys;
  for (const json& object : {std::cref(before), std::cref(after)}) {
    for (const auto& item : object.items()) keys.insert(item.key());
  }
  for (const std::string& key : keys) {
    std::string below = path;
    if (!path.empty()) below += '.';
    below += key;
    const auto old_value = before.find(key);
    const auto new_value = after.find(key);
    if (old_value == before.end()) {
      one_sided(*new_value, below, changed);
    } else if (new_value == after.end()) {
      one_sided(*old_value, below, changed);
    } else {
      compare(*old_value, *new_value, below, changed);
    }
  }
}

}  // namespace

std::vector<std::string> changed_keys(std::string_view before, std::string_view after) {
  std::vector<std::string> changed;
  compare(read(before), read(after), "", changed);
  return changed;
}

}  // namespace banterd::conf
