#include "base/process_title.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace banterd::base {

namespace {

// The bytes that the kernel shows, and the environment's new home. One per process, as the title
// is.
struct TitleArea {
  char* begin = nullptr;
  size_t bytes = 0;
  std::vector<std::string> environment;
  std::vector<char*> pointers;
};

TitleArea& area() {
  static TitleArea instance;
  return instance;
}

// The end of `strings` as far as they lie in one piece from `end` on.
char* contiguous_end(char** strings, char* end) {
  for (; *strings != nullptr && *strings == end; ++strings)
    end = *strings + std::strlen(*strings) + 1;
  return end;
}

void move_environment() {
  TitleArea& mine = area();
  for (char** entry = environ; *entry != nullptr; ++entry) mine.environment.emplace_back(*entry);
  for (std::string& entry : mine.environment) mine.pointers.push_back(entry.data());
  mine.pointers.push_back(nullptr);
  environ = mine.pointers.data();
}

}  // namespace

void prepare_process_title(int argc, char** argv) {
  if (argc == 0 || argv[0] == nullptr || environ == nullptr) return;
  char* const arguments_end = contiguous_end(argv, argv[0]);
  char* const end = contiguous_end(environ, arguments_end);
  move_environment();
  area().begin = argv[0];
  area().bytes = static_cast<size_t>(end - argv[0]);
}

void set_process_title(std::string_view title) {
  const TitleArea& mine = area();
  if (mine.begin != nullptr) {
    std::memset(mine.begin, 0, mine.bytes);
    std::memcpy(mine.begin, title.data(), std::min(title.size(), mine.bytes - 1));
  }
  const std::string name(title.substr(0, 15));
  prctl(PR_SET_NAME, name.c_str());
}

}  // namespace banterd::base
