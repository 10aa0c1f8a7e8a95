#include "master/master.h"

#include <limits.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/process_title.h"
#include "base/uv/loop.h"
#include "ipc/contract.h"
#include "master/configuration.h"
#include "master/descriptor_limit.h"
#include "master/exec.h"
#include "master/inherited.h"
#include "master/server.h"
#include "master/state.h"

namespace banterd::master {

namespace {

int cannot_start(const base::Error& error) {
  base::log_error(error.context);
  return ipc::exit_cannot_start;
}

// The name under which the program was found. Asked for once, at the very start: the link speaks of
// the file, and says "(deleted)" once a package manager has replaced it.
std::string path_on_disk(const std::string& binary) {
  char path[PATH_MAX];
  const ssize_t length = readlink(binary.c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : binary;
}

// What each reload passes on.
base::Result<void> check_paths(const Plan& plan) {
  if (auto good = require_utf8(plan.binary_path); !good) return good;
  for (const std::string& argument : plan.arguments) {
    if (auto good = require_utf8(argument); !good) return good;
  }
  return {};
}

void introduce_process(const conf::Config& config) {
  base::log_setup("master", config.log.level, config.log.format);
  base::set_process_title("banterd: master");
}

int serve(base::Loop& loop, Server& server) {
  for (;;) {
    loop.run();
    if (!server.wants_exec()) break;
    server.exec();
  }
  if (server.wants_restart()) server.restart();
  base::log_info("stopped");
  return server.exit_code();
}

base::Result<Plan> plan_of(const MasterState& state) {
  auto config = conf::parse(state.config_text, state.config_name);
  if (!config) return config.error();
  Plan plan;
  plan.config = std::move(*config);
  plan.config_text = state.config_text;
  plan.config_name = state.config_name;
  plan.binary_path = state.binary_path;
  plan.config_file = state.config_file;
  plan.arguments = state.arguments;
  return plan;
}

base::Result<MasterState> take_state(int descriptor) {
  const auto memory = adopt_descriptor(descriptor);
  if (!memory) return memory.error();
  const auto text = read_state(memory->get());
  if (!text) return text.error();
  return decode_state(*text);
}

}  // namespace

int run(Plan plan) {
  introduce_process(plan.config);
  if (plan.binary_path.empty()) plan.binary_path = path_on_disk(plan.binary);
  if (auto good = check_paths(plan); !good) return cannot_start(good.error());
  // Before there are descriptors of our own: LISTEN_FDS may claim more than there are.
  auto inherited = take_inherited_sockets();
  if (!inherited) return cannot_start(inherited.error());
  base::Loop loop;
  Server server(loop, std::move(plan), raise_descriptor_limit());
  if (auto started = server.start(std::move(*inherited)); !started)
    return cannot_start(started.error());
  // After a restart, which has blocked them.
  unblock_signals();
  return serve(loop, server);
}

int resume(int state_descriptor) {
  const auto state = take_state(state_descriptor);
  if (!state) return cannot_start(state.error());
  auto plan = plan_of(*state);
  if (!plan) return cannot_start(plan.error());
  introduce_process(plan->config);
  base::Loop loop;
  Server server(loop, std::move(*plan), raise_descriptor_limit());
  if (auto adopted = server.adopt(*state); !adopted) return cannot_start(adopted.error());
  // The handlers are set: signals that came during the exec are met now.
  unblock_signals();
  return serve(loop, server);
}

}  // namespace banterd::master
