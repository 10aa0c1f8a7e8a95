#include "master/restart.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/log.h"
#include "ipc/contract.h"
#include "master/configuration.h"
#include "master/spawn.h"

namespace banterd::master {

base::Result<Restart> Restart::prepare(const Plan& plan,
                                       const std::vector<Acceptor::Listening>& listening) {
  if (access(plan.binary_path.c_str(), X_OK) < 0) return base::from_errno(plan.binary_path, errno);
  const auto configuration = read_configuration_again(plan.config_file, plan.config_name);
  if (!configuration) return configuration.error();
  if (auto good = check_files(*configuration, plan.config_name); !good) return good.error();
  Restart restart;
  restart.binary_path_ = plan.binary_path;
  restart.arguments_ = plan.arguments;
  for (const Acceptor::Listening& one : listening) {
    if (!one.socket->inherited) continue;
    InheritedSocket& kept = restart.sockets_.emplace_back();
    kept.fd.reset(fcntl(one.fd, F_DUPFD_CLOEXEC, 0));
    if (!kept.fd) return base::from_errno("keep an inherited socket", errno);
    kept.name = one.socket->name;
    kept.address = one.socket->address;
    kept.v6_only = one.socket->v6_only;
  }
  const auto assigned = assign_inherited(restart.sockets_, configuration->config.listeners);
  if (!assigned) return assigned.error();
  return restart;
}

void Restart::exec() {
  std::vector<char*> pointers = argument_vector(arguments_);
  base::Error why;
  if (auto left = leave_inherited_sockets(std::move(sockets_)); !left) {
    why = left.error();
  } else {
    execve(binary_path_.c_str(), pointers.data(), environ);
    why = base::from_errno("exec " + binary_path_, errno);
  }
  base::log_error("cannot restart", {{"error", why}});
  // At once: the event loop's own descriptors may have been overwritten.
  _exit(ipc::exit_cannot_start);
}

}  // namespace banterd::master
