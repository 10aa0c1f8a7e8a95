// The smallest company in which one can say something to another and be overheard.
#pragma once

#include "tests/support/client_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

// Three people in the default room, each with another worker, who have forgotten what they heard so
// far.
struct Three {
  Server server;
  ClientGroup group{server};
  LineClient& anna;
  LineClient& bob;
  LineClient& carl;

  explicit Three(const ServerConfig& config = {})
      : server(config),
        anna(group.enter("anna")),
        bob(group.enter("bob")),
        carl(group.enter("carl")) {
    group.start_afresh();
  }
};

}  // namespace banterd::tests
