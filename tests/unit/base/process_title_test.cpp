#include "base/process_title.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace banterd;

namespace {

int argument_count = 0;
char** arguments = nullptr;

// main() is doctest's: the arguments as the kernel put them are seen only here.
__attribute__((constructor)) void remember_arguments(int argc, char** argv) {
  argument_count = argc;
  arguments = argv;
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Whether `check` holds in a child that has the title, so that the test program keeps its own.
template <class Check>
bool holds_with_title(const std::string& title, Check check) {
  const pid_t child = fork();
  if (child == 0) {
    base::prepare_process_title(argument_count, arguments);
    base::set_process_title(title);
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0;
}

}  // namespace

TEST_SUITE("base/process_title") {
  TEST_CASE("a title is shown, also when it is longer than the arguments were") {
    for (const size_t length : {size_t{1}, size_t{15}, size_t{30}, size_t{300}}) {
      const std::string title(length, 'x');
      // Room is what arguments and environment took together.
      if (content("/proc/self/cmdline").size() + content("/proc/self/environ").size() < length + 1)
        continue;
      CHECK(holds_with_title(title, [&] {
        const std::string shown = content("/proc/self/cmdline");
        return shown.substr(0, shown.find('\0')) == title;
      }));
    }
  }

  TEST_CASE("the thread is named after the first 15 bytes of the title") {
    CHECK(holds_with_title("banterd: worker 2 generation 1",
                           [] { return content("/proc/self/comm") == "banterd: worker\n"; }));
  }

  TEST_CASE("the environment stays as it was, and can be changed") {
    setenv("BANTERD_TITLE_TEST", "before", 1);
    const auto read = [] {
      const char* value = std::getenv("BANTERD_TITLE_TEST");
      return std::string(value != nullptr ? value : "");
    };
    CHECK(holds_with_title(std::string(200, 'x'), [&] {
      const bool kept = read() == "before";
      setenv("BANTERD_TITLE_TEST", "after", 1);
      return kept && read() == "after";
    }));
    unsetenv("BANTERD_TITLE_TEST");
  }

  TEST_CASE("without arguments nothing is shown and nothing breaks") {
    base::prepare_process_title(0, nullptr);
    CHECK(content("/proc/self/cmdline").find("unit_base") != std::string::npos);
  }
}
