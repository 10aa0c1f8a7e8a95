#include "conf/object_reader.h"

#include <algorithm>
#include <map>

#include "conf/suggest.h"

namespace banterd::conf {

namespace {

// "a", "b" or "c"
std::string alternatives(const std::vector<std::string_view>& words) {
  std::string result;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
    result += quoted(words[i]);
  }
  return result;
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

ObjectReader::ObjectReader(const Value& value, Mistakes& mistakes)
    : object_(value), mistakes_(mistakes) {
  if (value.kind != Value::Kind::object) {
    const std::string subject = value.key.empty() ? "this" : quoted(value.key);
    mistakes_.add(value.place,
                  subject + " must be an object, not " + std::string(to_string(value.kind)));
    return;
  }
  std::map<std::string_view, Place> seen;
  for (const Value& child : value.children) {
    const auto [first, is_new] = seen.emplace(child.key, child.key_place);
    if (is_new) continue;
    mistakes_.add(child.key_place, "duplicate key " + quoted(child.key) + ", first given at line " +
                                       std::to_string(first->second.line));
  }
}

const Value* ObjectReader::find(std::string_view key) {
  known_.push_back(key);
  return member(key);
}

void ObjectReader::flag(std::string_view key, bool& out) {
  const Value* value = find(key);
  if (value == nullptr) return;
  if (value->kind != Value::Kind::boolean) return must_be(key, "true or false");
  out = value->truth;
}

void ObjectReader::text(std::string_view key, std::string& out, const TextRule& rule) {
  const Value* value = find(key);
  if (value == nullptr) return;
  if (value->kind != Value::Kind::string || !rule.holds(value->text))
    return must_be(key, rule.must_be);
  out = value->text;
}

void ObjectReader::text_or_null(std::string_view key, std::optional<std::string>& out,
                                const TextRule& rule) {
  const Value* value = find(key);
  if (value == nullptr) return;
  if (value->kind == Value::Kind::null) {
    out.reset();
  } else if (value->kind == Value::Kind::string && rule.holds(value->text)) {
    out = value->text;
  } else {
    must_be(key, std::string(rule.must_be) + ", or null");
  }
}

void ObjectReader::texts_or_null(std::string_view key, std::optional<std::vector<std::string>>& out,
                                 const TextRule& rule) {
  const Value* value = find(key);
  if (value == nullptr) return;
  if (value->kind == Value::Kind::null) return out.reset();
  if (value->kind != Value::Kind::list) return must_be(key, "a list of strings, or null");
  out.emplace();
  for (const Value& item : value->children) {
    if (item.kind == Value::Kind::string && rule.holds(item.text)) {
      out->push_back(item.text);
    } else {
      mistakes_.add(item.place, "each of " + quoted(key) + " must be " + std::string(rule.must_be));
    }
  }
}

void ObjectReader::seconds(std::string_view key, std::chrono::seconds& out, uint64_t least,
                           uint64_t most) {
  if (const auto number = whole_number(key, least, most)) out = std::chrono::seconds(*number);
}

void ObjectReader::refuse(std::string_view key, std::string_view why) {
  refused_.push_back(key);
  const Value* value = member(key);
  if (value != nullptr) mistakes_.add(value->key_place, quoted(key) + " " + std::string(why));
}

void ObjectReader::refuse_unknown() {
  if (object_.kind != Value::Kind::object) return;
  size_t unknown = 0;
  for (const Value& child : object_.children) {
    if (contains(known_, child.key) || contains(refused_, child.key)) continue;
    std::string message = "unknown key " + quoted(child.key);
    // More are not shown, and comparing is the dear part: a file with a hundred thousand keys would
    // take seconds.
    const bool is_shown = ++unknown <= Mistakes::kMaxShown;
    if (is_shown && !known_.empty())
      message += "; did you mean " + quoted(nearest(child.key, known_)) + "?";
    mistakes_.add(child.key_place, std::move(message));
  }
}

void ObjectReader::must_be(std::string_view key, std::string_view what) {
  const Value* value = member(key);
  std::string message = quoted(key) + " must be " + std::string(what);
  if (value != nullptr && value->kind == Value::Kind::number) {
    message += ", not " + value->text.substr(0, 40);
  } else if (value != nullptr && value->kind != Value::Kind::string) {
    message += ", not " + std::string(to_string(value->kind));
  }
  mistakes_.add(value == nullptr ? object_.place : value->place, std::move(message));
}

const Value* ObjectReader::member(std::string_view key) const {
  if (object_.kind != Value::Kind::object) return nullptr;  // the items of a list have no keys
  const auto& children = object_.children;
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Value& child) { return child.key == key; });
  return found == children.end() ? nullptr : &*found;
}

std::optional<uint64_t> ObjectReader::whole_number(std::string_view key, uint64_t least,
                                                   uint64_t most) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->whole && *value->whole >= least && *value->whole <= most) return value->whole;
  must_be(key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<size_t> ObjectReader::word_index(std::string_view key,
                                               const std::vector<std::string_view>& words) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), value->text);
  if (value->kind == Value::Kind::string && found != words.end()) return found - words.begin();
  must_be(key, alternatives(words));
  return std::nullopt;
}

}  // namespace banterd::conf
