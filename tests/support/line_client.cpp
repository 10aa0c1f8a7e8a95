#include "tests/support/line_client.h"

#include "tests/support/text_checks.h"

namespace banterd::tests {

namespace {

constexpr std::string_view kFence = "/fence-";

}  // namespace

// "* Welcome to NAME, DESCRIPTION. You are NICK: type ..."
std::string LineClient::guest_nick() const {
  constexpr std::string_view kBefore = "You are ";
  const std::string& greeting = first_line();
  const size_t begin = greeting.find(kBefore) + kBefore.size();
  return greeting.substr(begin, greeting.find(':', begin) - begin);
}

bool LineClient::take_line(std::string& line) { return is_clean(line); }

std::string LineClient::fence_question(size_t number) const {
  return std::string(kFence) + std::to_string(number) + "\n";
}

bool LineClient::is_fence_answer(const std::string& line, size_t number) const {
  const std::string name = std::string(kFence) + std::to_string(number);
  return line == "! unknown command: " + name + " (see /help; /" + name + " says it)";
}

}  // namespace banterd::tests
