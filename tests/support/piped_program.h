// A program in a pipeline: the test writes its standard input and sees what it wrote once it has
// ended.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace banterd::tests {

// A file without a name that holds `content`, to be read from its start.
base::UniqueFd memory_file(std::string_view content = {});

class PipedProgram {
 public:
  // Starts `program` with one argument and an empty environment, its standard input a pipe from the
  // test.
  PipedProgram(const std::string& program, const std::string& argument);
  // With `input` as all of its standard input.
  PipedProgram(const std::string& program, const std::string& argument,
               const base::UniqueFd& input);
  // Kills the program if it still runs.
  ~PipedProgram();
  PipedProgram(const PipedProgram&) = delete;
  PipedProgram& operator=(const PipedProgram&) = delete;

  void pipe_in(std::string_view text) const;
  void end_input() { input_.reset(); }
  // The test's end of the pipe.
  [[nodiscard]] int input() const { return input_.get(); }

  // The exit status once the program has ended; nothing when it has not within ten seconds or was
  // killed by a signal.
  [[nodiscard]] std::optional<int> exit_status();
  // What a program that has ended wrote to its standard output and standard error.
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string errors() const;

 private:
  void start(const std::string& program, const std::string& argument, int input);

  base::UniqueFd input_;
  base::UniqueFd output_ = memory_file();
  base::UniqueFd errors_ = memory_file();
  base::UniqueFd pidfd_;
  pid_t pid_ = -1;
};

}  // namespace banterd::tests
