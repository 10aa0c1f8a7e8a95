#include "base/uv/background.h"

#include <utility>

#include "base/log.h"

namespace banterd::base {

Background::~Background() {
  if (running_ != nullptr) running_->owner = nullptr;
}

void Background::run(std::function<void()> work, std::function<void(bool)> then) {
  auto piece = std::make_unique<Piece>();
  piece->work = std::move(work);
  piece->then = std::move(then);
  piece->owner = this;
  waiting_.push_back(std::move(piece));
  start_next();
}

void Background::drop_waiting() {
  for (const auto& piece : std::exchange(waiting_, {})) piece->then(false);
}

void Background::start_next() {
  if (running_ != nullptr || waiting_.empty()) return;
  running_ = waiting_.front().release();
  waiting_.pop_front();
  running_->request.data = running_;
  const int error = uv_queue_work(
      loop_.get(), &running_->request,
      [](uv_work_t* request) { static_cast<Piece*>(request->data)->work(); },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Piece> piece(static_cast<Piece*>(request->data));
        if (piece->owner != nullptr) piece->owner->on_done(*piece);
      });
  if (error != 0) panic("no thread for work", {{"error", uv_strerror(error)}});
}

void Background::on_done(const Piece& piece) {
  running_ = nullptr;
  piece.then(true);
  start_next();
}

}  // namespace banterd::base
