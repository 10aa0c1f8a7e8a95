// A start of this server from the very beginning, in the same process: the program on disk takes
// the place of this one once everything has ended in order (execve(2)). Nothing is handed over but
// the sockets that systemd opened, which nobody else could open again.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "master/acceptor.h"
#include "master/inherited.h"
#include "master/master.h"

namespace banterd::master {

class Restart {
 public:
  // While there is still a way back: looks whether the program and its configuration are there and
  // good, and keeps the inherited sockets open, each of which must fit a listener. The Error says
  // what is wrong.
  static base::Result<Restart> prepare(const Plan& plan,
                                       const std::vector<Acceptor::Listening>& listening);

  // Does not return: where the program cannot be executed after all, the process ends with
  // ipc::exit_cannot_start and a line in the log.
  [[noreturn]] void exec();

 private:
  Restart() = default;

  std::string binary_path_;
  std::vector<std::string> arguments_;
  std::vector<InheritedSocket> sockets_;
};

}  // namespace banterd::master
