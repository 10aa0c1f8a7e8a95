// banterd's one program: the master, or, started by it, a worker. Reads the command line and the
// configuration, and hands over.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/process_title.h"
#include "ipc/contract.h"
#include "master/configuration.h"
#include "master/hash_password.h"
#include "master/master.h"
#include "master/state.h"
#include "worker/worker.h"

namespace {

using namespace banterd;

struct CommandLine {
  std::optional<std::string> config_file;  // without it: the built-in default
  bool only_check = false;
  bool hash_password = false;
  bool as_worker = false;
  bool prove_state = false;         // with only_check
  std::optional<int> resume_state;  // the descriptor that an exec in place has left
};

// A descriptor 0, 1 or 2 that is closed would become some socket's, and a log line that client's.
// Not to be written to: what is printed there fails as if it still were closed.
void open_standard_descriptors() {
  int fd = open("/dev/null", O_RDONLY);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDONLY);
  if (fd >= 0) close(fd);
}

// The exit code of a run that prints something: `code` if all of that was written.
int after_printing(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  const base::Error why = base::from_errno("write to standard output", errno);
  std::fprintf(stderr, "banterd: %s\n", why.context.c_str());
  return ipc::exit_bad_config;
}

// The exit code, if the process is to end here: usage, help, version.
std::optional<int> parse(int argc, char** argv, CommandLine& line) {
  CLI::App app(
      "banterd, a chat server: runs in the foreground and logs to standard error. See banterd(8).",
      "banterd");
  app.add_option("-c", line.config_file, "Configuration file; without it, a built-in default")
      ->type_name("FILE");
  app.add_flag("-t", line.only_check, "Check the configuration and exit");
  app.add_flag("--hash-password", line.hash_password,
               "Read a password, print its hash for the configuration and exit");
  app.set_version_flag("--version", "banterd " BANTERD_VERSION);
  // Hidden: for the master.
  app.add_flag(ipc::kWorkerArgument, line.as_worker)->group("");
  app.add_flag(master::kReadStateArgument, line.prove_state)->group("");
  app.add_option(master::kResumeArgument, line.resume_state)->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    if (stop.get_exit_code() == 0) return app.exit(stop);  // --help, --version
    std::fprintf(stderr, "banterd: %s\nTry banterd --help.\n", stop.what());
    return ipc::exit_usage;
  }
  return std::nullopt;
}

base::Result<master::Plan> read_plan(const std::optional<std::string>& config_file) {
  master::Plan plan;
  plan.config_name = config_file.value_or("built-in default");
  plan.config_file = config_file;
  auto configuration = master::read_configuration(config_file, plan.config_name);
  if (!configuration) return configuration.error();
  if (auto good = master::check_files(*configuration, plan.config_name); !good) return good.error();
  plan.config = std::move(configuration->config);
  plan.config_text = std::move(configuration->text);
  return plan;
}

// -t: says that all is well, or what is wrong, and returns the exit status.
int check(const master::Plan& plan, bool prove_state) {
  if (prove_state) {
    const auto formats = master::prove_state_readable();
    if (!formats) {
      std::fprintf(stderr, "%s\n", formats.error().context.c_str());
      return ipc::exit_cannot_start;
    }
    std::printf("%s\n", master::describe_formats(*formats).c_str());
  }
  std::printf("%s: ok\n", plan.config_name.c_str());
  return ipc::exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  base::prepare_process_title(argc, argv);
  open_standard_descriptors();
  CommandLine line;
  if (const auto code = parse(argc, argv, line)) return after_printing(*code);
  if (line.hash_password) return after_printing(master::hash_password());
  if (line.as_worker) return worker::run(ipc::kControlDescriptor);
  if (line.resume_state) return master::resume(*line.resume_state);
  auto plan = read_plan(line.config_file);
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().context.c_str());
    return ipc::exit_bad_config;
  }
  if (line.only_check) return after_printing(check(*plan, line.prove_state));
  plan->arguments = arguments;
  return master::run(std::move(*plan));
}
