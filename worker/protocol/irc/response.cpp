#include "worker/protocol/irc/response.h"

#include <fmt/format.h>

#include <utility>

#include "worker/protocol/irc/batch_lines.h"

namespace banterd::worker::irc {

std::string Response::take() {
  std::string lines;
  if (out_.made()) std::swap(lines, out_.make());
  out_.drop();
  return lines;
}

void Response::flush() {
  if (state_ == State::held) return;
  const std::string lines = take();
  if (lines.empty()) return;
  if (state_ == State::streaming) return send_in_batch(lines);
  session_.send_answer(lines);
}

void Response::begin(std::string label, size_t events) {
  flush();
  state_ = State::held;
  labelled_.make() = {std::move(label), fmt::format("r{}", ++last_reference_), events};
}

void Response::send_event(std::string_view lines) {
  if (state_ == State::held && labelled_->events == 1 && out_->empty()) {
    std::string labelled;
    label_lines(labelled, sender(), lines, labelled_->label, labelled_->reference);
    session_.send_answer(labelled);
    state_ = State::answered;
  } else if (state_ == State::held || state_ == State::streaming) {
    if (state_ == State::held) start_batch();
    flush();
    send_in_batch(lines);
  } else {
    session_.send_answer(lines);
  }
}

void Response::start_batch() {
  std::string start;
  append_batch_start(start, sender(), labelled_->reference, "labeled-response", {},
                     "label=" + labelled_->label);
  session_.send_answer(start);
  state_ = State::streaming;
}

void Response::send_in_batch(std::string_view lines) {
  std::string tagged;
  put_in_batch(tagged, lines, labelled_->reference);
  session_.send_answer(tagged);
}

void Response::end() {
  if (state_ == State::held) {
    std::string lines;
    label_lines(lines, sender(), take(), labelled_->label, labelled_->reference);
    session_.send_answer(lines);
  } else if (state_ == State::streaming) {
    std::string end;
    append_batch_end(end, sender(), labelled_->reference);
    session_.send_answer(end);
  }
  state_ = State::none;
  labelled_.drop();
}

}  // namespace banterd::worker::irc
