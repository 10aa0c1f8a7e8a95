// A JSON text, parsed by nlohmann's parser (SAX) into a flat list of nodes: messages are read once
// and forgotten, and a tree of maps and strings would cost several times as much to build as to
// read (docs/bus.md).
//
// A value is a view into its document, and lives as long. Children follow their parent in the list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace banterd::ipc {

class JsonValue;

class JsonDocument {
 public:
  // False when it is not JSON (RFC 8259); the document is of no use then.
  [[nodiscard]] bool parse(std::string_view text);
  // The whole; only after a parse that was good.
  [[nodiscard]] JsonValue root() const;

 private:
  friend class JsonValue;
  friend class JsonBuilder;
  // `other`: null, and numbers that are no 64-bit integers: nothing that a message has.
  enum class Kind : uint8_t { other, boolean, integer, negative, string, array, object };
  struct Text {
    uint32_t begin = 0;
    uint32_t bytes = 0;
  };
  struct Node {
    Kind kind = Kind::other;
    Text key;            // of an object's member
    Text text;           // of a string
    uint64_t value = 0;  // of a number or a boolean; negative ones as two's complement
    uint32_t end = 0;    // the node behind its last descendant
    uint32_t count = 0;  // of its children
  };
  [[nodiscard]] std::string_view text(Text of) const {
    return std::string_view(texts_).substr(of.begin, of.bytes);
  }

  std::vector<Node> nodes_;
  std::string texts_;
};

class JsonValue {
 public:
  [[nodiscard]] bool is_boolean() const { return node().kind == Kind::boolean; }
  [[nodiscard]] bool is_string() const { return node().kind == Kind::string; }
  [[nodiscard]] bool is_array() const { return node().kind == Kind::array; }
  [[nodiscard]] bool is_object() const { return node().kind == Kind::object; }
  // Integers from -2^63 to 2^64 - 1; those below zero are negative.
  [[nodiscard]] bool is_unsigned() const { return node().kind == Kind::integer; }
  [[nodiscard]] bool is_negative() const { return node().kind == Kind::negative; }

  // Each only for a value of that kind.
  [[nodiscard]] bool as_bool() const { return node().value != 0; }
  [[nodiscard]] uint64_t as_unsigned() const { return node().value; }
  [[nodiscard]] int64_t as_negative() const { return static_cast<int64_t>(node().value); }
  [[nodiscard]] std::string_view as_string() const { return document_->text(node().text); }
  [[nodiscard]] size_t size() const { return node().count; }

  // Calls visit(element) for each of an array, until it returns false.
  template <class Visit>
  void each(Visit visit) const {
    uint32_t child = index_ + 1;
    for (uint32_t left = node().count; left > 0; --left) {
      if (!visit(JsonValue(*document_, child))) return;
      child = document_->nodes_[child].end;
    }
  }

  // Sets `member` to an object's value of that key, of several to the last. False: there is none.
  bool find(std::string_view key, JsonValue& member) const;

 private:
  friend class JsonDocument;
  using Kind = JsonDocument::Kind;
  JsonValue(const JsonDocument& document, uint32_t index) : document_(&document), index_(index) {}
  [[nodiscard]] const JsonDocument::Node& node() const { return document_->nodes_[index_]; }

  const JsonDocument* document_;
  uint32_t index_;
};

inline JsonValue JsonDocument::root() const { return {*this, 0}; }

}  // namespace banterd::ipc
