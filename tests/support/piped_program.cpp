#include "tests/support/piped_program.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/wait_readable.h"

namespace banterd::tests {

namespace {

std::string content_of(int fd) {
  std::string content(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  REQUIRE(pread(fd, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
  return content;
}

}  // namespace

base::UniqueFd memory_file(std::string_view content) {
  base::UniqueFd fd(memfd_create("memory_file", MFD_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  REQUIRE(lseek(fd.get(), 0, SEEK_SET) == 0);
  return fd;
}

PipedProgram::PipedProgram(const std::string& program, const std::string& argument) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const base::UniqueFd read_end(ends[0]);
  input_.reset(ends[1]);
  start(program, argument, read_end.get());
}

PipedProgram::PipedProgram(const std::string& program, const std::string& argument,
                           const base::UniqueFd& input) {
  start(program, argument, input.get());
}

PipedProgram::~PipedProgram() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void PipedProgram::start(const std::string& program, const std::string& argument, int input) {
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    dup2(input, STDIN_FILENO);
    dup2(output_.get(), STDOUT_FILENO);
    dup2(errors_.get(), STDERR_FILENO);
    char* const no_environment[] = {nullptr};
    execle(program.c_str(), program.c_str(), argument.c_str(), nullptr, no_environment);
    _exit(127);
  }
  pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  REQUIRE(pidfd_);
}

void PipedProgram::pipe_in(std::string_view text) const {
  REQUIRE(write(input_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::optional<int> PipedProgram::exit_status() {
  if (!wait_readable(pidfd_.get())) return std::nullopt;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? std::optional<int>(WEXITSTATUS(status)) : std::nullopt;
}

std::string PipedProgram::output() const { return content_of(output_.get()); }
std::string PipedProgram::errors() const { return content_of(errors_.get()); }

}  // namespace banterd::tests
