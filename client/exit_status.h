// How banter ends, as scripts see it (banter(1), EXIT STATUS).
#pragma once

namespace banterd::client {

enum class ExitStatus : int {
  left = 0,         // the user left, or all of a piped input was sent and answered
  failed = 1,       // no connection could be made, or the output could not be written
  usage = 2,        // the command line makes no sense
  server_gone = 3,  // the server went away while in use
};

}  // namespace banterd::client
