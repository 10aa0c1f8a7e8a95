// Standard input that is no terminal: a pipe, a file, /dev/null. Passes the bytes on as they come,
// as fast as its owner wants them.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "base/uv/timer.h"

namespace banterd::client {

class PipedInput {
 public:
  struct Callbacks {
    std::function<void(std::string_view bytes)> on_bytes;  // the view dies when the call returns
    std::function<void()> on_end;                          // once; a read error ends the input too
  };

  // Reads `fd`, which it does not own, until the end. No callback may destroy the PipedInput.
  [[nodiscard]] static base::Result<std::unique_ptr<PipedInput>> create(base::Loop& loop, int fd,
                                                                        Callbacks callbacks);
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;

  // Stops reading, and starts again. Cheap when nothing changes.
  void pause(bool paused);

 private:
  PipedInput(base::Loop& loop, int fd, Callbacks callbacks);
  void read_once();
  void watch();

  int fd_;
  Callbacks callbacks_;
  std::unique_ptr<base::Poll>
      poll_;  // null for a file: then the timer reads once per turn of the loop
  base::Timer next_turn_;
  bool paused_ = false;
  bool ended_ = false;
};

}  // namespace banterd::client
