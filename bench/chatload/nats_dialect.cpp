#include "bench/chatload/nats_dialect.h"

namespace banterd::bench {

Dialect::Answer NatsDialect::hello(const Person& person) const {
  Answer answer;
  answer.lines.push_back(std::string(R"(CONNECT {"verbose":false,"pedantic":false,"echo":)") +
                         (echo_ ? "true}" : "false}"));
  if (person.subscribes) answer.lines.push_back("SUB " + room_name(person) + " 1");
  answer.lines.emplace_back("PING");
  return answer;
}

Dialect::Answer NatsDialect::take(const Person&, std::string_view line) const {
  if (line.starts_with("PING")) return {{"PONG"}, false, false};
  return {{}, line.starts_with("PONG"), line.starts_with("-ERR")};
}

std::string NatsDialect::message(const Person& person, std::string text) const {
  return "PUB " + room_name(person) + ' ' + std::to_string(text.size()) + "\r\n" + std::move(text);
}

}  // namespace banterd::bench
