#include "bench/chatload/line_dialect.h"

namespace banterd::bench {

namespace {

constexpr std::string_view kNumber = "%u";

// `text` with what stands for the person's number, or for his room, put in.
std::string fill_in(std::string text, std::string_view place, const std::string& value) {
  const size_t at = text.find(place);
  if (at != std::string::npos) text.replace(at, place.size(), value);
  return text;
}

}  // namespace

Dialect::Answer LineDialect::hello(const Person& person) const {
  Answer answer;
  if (!options_.hello.empty()) {
    answer.lines.push_back(fill_in(options_.hello, kNumber, std::to_string(person.number)));
  }
  if (!options_.join.empty()) {
    answer.lines.push_back(fill_in(options_.join, "%s", room_name(person)));
  }
  answer.is_ready = options_.greet.empty();
  return answer;
}

Dialect::Answer LineDialect::take(const Person& person, std::string_view line) const {
  Answer answer;
  if (options_.greet.empty()) return answer;
  if (options_.greet.find(kNumber) == std::string::npos) {
    answer.is_ready = line.find(options_.greet) != std::string_view::npos;
  } else {
    answer.is_ready =
        line.ends_with(fill_in(options_.greet, kNumber, std::to_string(person.number)));
  }
  return answer;
}

}  // namespace banterd::bench
