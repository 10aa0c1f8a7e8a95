#include "tests/chaos/speakers.h"

#include <algorithm>

namespace banterd::chaos {

namespace {

constexpr uint64_t kSecond = 1'000'000;  // in microseconds
constexpr uint64_t kShortHalf = kSecond / 2;
constexpr uint64_t kLongestHalf = 30 * kSecond;
constexpr int kLongestWaitMs = 10;

}  // namespace

Speakers::Speakers(const Options& options, Crowd& crowd)
    : crowd_(crowd),
      fill_bytes_(options.fill_kib * 1024),
      interval_us_(static_cast<uint64_t>(static_cast<double>(kSecond) / options.rate)),
      half_line_us_(options.reload_every > 0 ? kLongestHalf : kShortHalf),
      reloads_(options.reload_every > 0) {
  for (Client* client : crowd.of(Role::speaker)) senders_.push_back({client, 0});
  for (Client* client : crowd.of(Role::half_liner)) half_liners_.push_back({client});
}

void Speakers::fill() {
  for (Client* client : crowd_.of(Role::filler)) {
    for (size_t bytes = 0; bytes < fill_bytes_; bytes += client->voice()->bytes) client->say(0);
  }
}

void Speakers::start(uint64_t now) {
  speaking_ = true;
  for (size_t i = 0; i < senders_.size(); ++i)
    senders_[i].due = now + i * interval_us_ / senders_.size();
}

void Speakers::tick(uint64_t now, size_t reloads) {
  if (!speaking_) return;
  for (Sender& sender : senders_) tick(sender, now);
  for (HalfLiner& one : half_liners_) tick(one, now, reloads);
}

void Speakers::tick(Sender& sender, uint64_t now) {
  if (!sender.client->present()) sender.due = now;
  for (; sender.client->present() && sender.due <= now; sender.due += interval_us_)
    sender.client->say(now);
}

void Speakers::tick(HalfLiner& one, uint64_t now, size_t reloads) {
  if (!one.client->present()) return;
  if (one.client->has_half_line()) {
    const bool over = reloads_ && reloads > one.reloads;
    if (!over && now - one.since < half_line_us_) return;
    one.client->finish_line();
  }
  one.client->begin_line();
  one.since = now;
  one.reloads = reloads;
}

int Speakers::milliseconds_until_due(uint64_t now) const {
  int least = kLongestWaitMs;
  for (const Sender& sender : senders_) {
    const uint64_t left = sender.due - std::min(sender.due, now);
    if (speaking_) least = std::min(least, static_cast<int>(left / 1000) + (left > 0 ? 1 : 0));
  }
  return least;
}

void Speakers::stop() {
  speaking_ = false;
  for (HalfLiner& one : half_liners_) {
    if (one.client->has_half_line()) one.client->finish_line();
  }
}

}  // namespace banterd::chaos
