#include "conf/json_tree.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"

namespace banterd::conf {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // nlohmann skips it at the start

// Turns offsets into places. Offsets must not go down, so that all of them together cost one walk
// through the text.
class Locator {
 public:
  explicit Locator(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) offset_ = kByteOrderMark.size();
  }

  Place at(size_t offset) {
    for (; offset_ < offset && offset_ < text_.size(); ++offset_) {
      const auto byte = static_cast<unsigned char>(text_[offset_]);
      if (byte == '\n') {
        place_ = {place_.line + 1, 1};
      } else if ((byte & 0xC0) != 0x80) {  // continuation bytes belong to the character before
        ++place_.column;
      }
    }
    return place_;
  }

 private:
  std::string_view text_;
  size_t offset_ = 0;
  Place place_;
};

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

// nlohmann checks strings only, and takes a NUL for the end of the text: what follows one would go
// unread.
std::optional<Mistake> check_characters(std::string_view text) {
  const size_t bad = std::min(base::find_bad_utf8(text), text.size());
  const auto control = static_cast<size_t>(
      std::find_if(text.begin(), text.begin() + static_cast<long>(bad), is_forbidden_control) -
      text.begin());
  if (control < bad)
    return Mistake{Locator(text).at(control), "control characters are not allowed"};
  if (bad < text.size()) return Mistake{Locator(text).at(bad), "this is not valid UTF-8"};
  return std::nullopt;
}

// Walks through the text and tells how far nlohmann has read, which is the only way to know where a
// SAX event stands.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* consumed) : at_(at), consumed_(consumed) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  size_t* consumed_;
};

// What is wrong, out of nlohmann's message "[json.exception…] parse error at line 1, column 2:
// syntax error … - …". The part "last read: '…'" goes: it repeats the file's text, which may be
// half a password.
std::string syntax_message(std::string_view what) {
  what.remove_prefix(std::min(what.find("] ") + 2, what.size()));
  if (what.starts_with("parse error at")) what.remove_prefix(what.find(": ") + 2);
  std::string result(what);
  if (const size_t begin = result.find("; last read: '"); begin != std::string::npos) {
    const size_t end = result.rfind("'; expected ");
    result.erase(begin, end == std::string::npos || end < begin ? end : end + 1 - begin);
  }
  return result;
}

class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text), locator_(text) {
    if (text_.starts_with(kByteOrderMark)) token_end_ = kByteOrderMark.size();
  }

  std::variant<Value, Mistake> build() {
    const CountingIterator begin(text_.data(), &consumed_);
    const CountingIterator end(text_.data() + text_.size(), &consumed_);
    constexpr bool whole_text = true, skip_comments = true;
    Json::sax_parse(begin, end, this, nlohmann::detail::input_format_t::json, whole_text,
                    skip_comments);
    if (mistake_) return *std::move(mistake_);
    return std::move(root_);
  }

  bool null() override { return add(next(Value::Kind::null)); }

  bool boolean(bool truth) override {
    Value value = next(Value::Kind::boolean);
    value.truth = truth;
    return add(std::move(value));
  }

  bool number_integer(number_integer_t) override { return add(next_number()); }
  bool number_float(number_float_t, const string_t&) override { return add(next_number()); }

  bool number_unsigned(number_unsigned_t number) override {
    Value value = next_number();
    value.whole = number;
    return add(std::move(value));
  }

  bool string(string_t& text) override {
    Value value = next(Value::Kind::string);
    value.text = std::move(text);
    return add(std::move(value));
  }

  bool binary(binary_t&) override { return false; }  // JSON has none

  bool key(string_t& text) override {
    next_token();
    key_place_ = locator_.at(token_start_);
    key_ = std::move(text);
    return true;
  }

  bool start_object(std::size_t) override { return open(Value::Kind::object); }
  bool start_array(std::size_t) override { return open(Value::Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    const std::string message = syntax_message(error.what());
    const bool at_end = message.find("unexpected end of input") != std::string::npos;
    mistake_ = Mistake{locator_.at(at_end ? text_.size() : refused_token()), message};
    return false;
  }

 private:
  // The first offset from `at` on that is neither white space nor in a comment. An unfinished
  // comment is not skipped.
  size_t skip_blank(size_t at) const {
    for (;;) {
      at = std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
      size_t end = std::string_view::npos;
      if (text_.substr(at, 2) == "//") {
        end = std::min(text_.find_first_of("\r\n", at), text_.size() - 1);
      } else if (text_.substr(at, 2) == "/*") {
        end = text_.find("*/", at + 2);
        if (end != std::string_view::npos) ++end;
      }
      if (end == std::string_view::npos) return at;
      at = end + 1;
    }
  }

  // Goes to the token of the present event: behind the one before, and the commas and colons that
  // make no event.
  void next_token() {
    token_start_ = skip_blank(token_end_);
    while (separator_at(token_start_)) token_start_ = skip_blank(token_start_ + 1);
    token_end_ = consumed_;
  }

  // Where the token that the parser refused begins: the last one that begins within what it has
  // read. Unlike that of an event it may itself be a comma or a colon.
  size_t refused_token() const {
    size_t start = skip_blank(token_end_);
    while (separator_at(start)) {
      const size_t following = skip_blank(start + 1);
      if (following >= consumed_) break;
      start = following;
    }
    return start;
  }

  bool separator_at(size_t at) const {
    return at < text_.size() && (text_[at] == ',' || text_[at] == ':');
  }

  Value next(Value::Kind kind) {
    next_token();
    Value value;
    value.kind = kind;
    value.place = locator_.at(token_start_);
    value.key = std::exchange(key_, {});
    value.key_place = key_place_;
    return value;
  }

  Value next_number() {
    Value value = next(Value::Kind::number);
    // A number ends only at the character behind it, which the parser has read by now: it is no
    // part of this token.
    token_end_ = std::min(text_.find_first_not_of("+-.0123456789eE", token_start_), text_.size());
    value.text = text_.substr(token_start_, token_end_ - token_start_);
    return value;
  }

  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().children.push_back(std::move(value));
    }
    return true;
  }

  bool open(Value::Kind kind) {
    open_.push_back(next(kind));
    if (open_.size() <= kMaxDepth) return true;
    mistake_ =
        Mistake{open_.back().place, "nested more than " + std::to_string(kMaxDepth) + " deep"};
    return false;
  }

  bool close() {
    next_token();
    Value value = std::move(open_.back());
    open_.pop_back();
    return add(std::move(value));
  }

  std::string_view text_;
  Locator locator_;
  size_t consumed_ = 0;     // bytes that the parser has read
  size_t token_start_ = 0;  // of the token of the last event
  size_t token_end_ = 0;    // behind it
  std::string key_;         // of the value to come
  Place key_place_;
  std::vector<Value> open_;  // the lists and objects around the present event, outermost first
  Value root_;
  std::optional<Mistake> mistake_;
};

}  // namespace

std::string_view to_string(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
      return "true or false";
    case Value::Kind::number:
      return "a number";
    case Value::Kind::string:
      return "a string";
    case Value::Kind::list:
      return "a list";
    case Value::Kind::object:
      return "an object";
  }
  return "?";
}

std::variant<Value, Mistake> read_json(std::string_view text) {
  if (text.size() > kMaxTextBytes) return Mistake{{}, "a configuration has at most 1 MiB"};
  if (auto mistake = check_characters(text)) return *std::move(mistake);
  return TreeBuilder(text).build();
}

}  // namespace banterd::conf
