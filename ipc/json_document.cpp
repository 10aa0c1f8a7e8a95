#include "ipc/json_document.h"

#include <nlohmann/json.hpp>

namespace banterd::ipc {

// What nlohmann's parser tells: each value as it begins, and containers again when they end
// (json.nlohmann.me, "SAX interface").
class JsonBuilder {
 public:
  explicit JsonBuilder(JsonDocument& document) : document_(document) {}

  bool null() { return add(Kind::other, 0); }
  bool boolean(bool value) { return add(Kind::boolean, value ? 1 : 0); }
  // Called for those below zero only.
  bool number_integer(int64_t value) { return add(Kind::negative, static_cast<uint64_t>(value)); }
  bool number_unsigned(uint64_t value) { return add(Kind::integer, value); }
  bool number_float(double, const std::string&) { return add(Kind::other, 0); }
  bool string(const std::string& text) {
    add(Kind::string, 0);
    nodes().back().text = keep(text);
    return true;
  }
  bool binary(const nlohmann::json::binary_t&) { return false; }  // not in text
  bool start_object(size_t) { return open(Kind::object); }
  bool key(const std::string& text) {
    key_ = keep(text);
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(size_t) { return open(Kind::array); }
  bool end_array() { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

 private:
  using Kind = JsonDocument::Kind;
  std::vector<JsonDocument::Node>& nodes() { return document_.nodes_; }

  JsonDocument::Text keep(const std::string& text) {
    const auto begin = static_cast<uint32_t>(document_.texts_.size());
    document_.texts_ += text;
    return {begin, static_cast<uint32_t>(text.size())};
  }

  bool add(Kind kind, uint64_t value) {
    if (!open_.empty()) ++nodes()[open_.back()].count;
    JsonDocument::Node& node = nodes().emplace_back();
    node.kind = kind;
    node.key = std::exchange(key_, {});
    node.value = value;
    node.end = static_cast<uint32_t>(nodes().size());
    return true;
  }
  bool open(Kind kind) {
    add(kind, 0);
    open_.push_back(static_cast<uint32_t>(nodes().size() - 1));
    return true;
  }
  bool close() {
    nodes()[open_.back()].end = static_cast<uint32_t>(nodes().size());
    open_.pop_back();
    return true;
  }

  JsonDocument& document_;
  JsonDocument::Text key_;      // of the next value
  std::vector<uint32_t> open_;  // containers that have not ended, by their nodes
};

bool JsonDocument::parse(std::string_view text) {
  nodes_.clear();
  texts_.clear();
  if (text.size() > UINT32_MAX) return false;
  // A node takes some ten bytes of text; texts are never longer than they were.
  nodes_.reserve(text.size() / 10 + 1);
  texts_.reserve(text.size());
  JsonBuilder builder(*this);
  return nlohmann::json::sax_parse(text, &builder);
}

bool JsonValue::find(std::string_view key, JsonValue& member) const {
  bool found = false;
  each([&](const JsonValue& candidate) {
    if (document_->text(candidate.node().key) == key) {
      member = candidate;
      found = true;
    }
    return true;
  });
  return found;
}

}  // namespace banterd::ipc
