// Work that takes longer than a loop may stand still, on another thread (uv_queue_work), one piece
// at a time.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "base/uv/loop.h"

namespace banterd::base {

class Background {
 public:
  explicit Background(Loop& loop) : loop_(loop) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  // What runs is finished by the loop's end; nothing is called back any more.
  ~Background();

  // Runs `work` on another thread, then `then(true)` in the loop. `work` shares nothing with the
  // loop.
  void run(std::function<void()> work, std::function<void(bool done)> then);
  // What has not begun is not done: calls back `then(false)` for each, in their order.
  void drop_waiting();

 private:
  struct Piece {
    uv_work_t request{};
    std::function<void()> work;
    std::function<void(bool)> then;
    Background* owner = nullptr;  // null: gone
  };
  void start_next();
  void on_done(const Piece& piece);

  Loop& loop_;
  std::deque<std::unique_ptr<Piece>> waiting_;
  Piece* running_ = nullptr;  // libuv has it; freed when it is done
};

}  // namespace banterd::base
