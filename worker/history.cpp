#include "worker/history.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "ipc/frame.h"

namespace banterd::worker {

namespace {

constexpr size_t kLineOverheadBytes = 256;       // a record's fixed part and its share of a profile
constexpr size_t kBytesPerMessage = 128 * 1024;  // far below ipc::kMaxFrameBytes, escapes included

size_t bytes_of(const PastEvent& line) {
  const auto* said = std::get_if<chat::Said>(&line.event.body);
  return kLineOverheadBytes + (said == nullptr ? 0 : said->text.size());
}

}  // namespace

void RoomHistory::add(const std::string& key, PastEvent line, size_t max_lines,
                      HistoryBudget& budget) {
  if (max_lines == 0) return;
  if (lines_.size() >= max_lines) drop_oldest(budget);
  const uint64_t number = budget.added(key, line);
  lines_.push_back({number, std::move(line)});
}

void RoomHistory::drop_oldest(HistoryBudget& budget) {
  budget.removed(lines_.front().number);
  lines_.pop_front();
}

void RoomHistory::clear(HistoryBudget& budget) {
  packed_.clear();
  while (!lines_.empty()) drop_oldest(budget);
}

std::vector<History> RoomHistory::last(size_t count, uint64_t below, const std::string& room,
                                       chat::ClientId client) const {
  const auto end = std::lower_bound(
      lines_.begin(), lines_.end(), below,
      [](const Line& line, uint64_t position) { return line.past.position < position; });
  const auto available = static_cast<size_t>(end - lines_.begin());
  return messages(end - static_cast<std::ptrdiff_t>(std::min(count, available)), end, room, client);
}

std::vector<History> RoomHistory::messages(std::deque<Line>::const_iterator begin,
                                           std::deque<Line>::const_iterator end,
                                           const std::string& room, chat::ClientId client) {
  std::vector<History> messages;
  size_t bytes = 0;
  for (auto line = begin; line != end; ++line) {
    if (messages.empty() || bytes > kBytesPerMessage) {
      messages.push_back({room, client, {}});
      bytes = 0;
    }
    bytes += bytes_of(line->past);
    messages.back().lines.push_back(line->past);
  }
  return messages;
}

std::string RoomHistory::pack(const std::string& room) const {
  std::string frames = packed_;
  for (const History& message : messages(lines_.begin(), lines_.end(), room, {}))
    ipc::append_frame(frames, encode(message));
  return frames;
}

void RoomHistory::unpack_all(const std::string& key, size_t max_lines, HistoryBudget& budget) {
  const std::string frames = std::exchange(packed_, {});
  ipc::FrameReader reader;
  const auto read = reader.feed(frames, [&](std::string_view payload, uint8_t) {
    auto message = decode_bus_message(payload);
    auto* history = message ? std::get_if<History>(&*message) : nullptr;
    if (history == nullptr) return base::log_warning("history skipped", {{"room", key}});
    for (PastEvent& line : history->lines) add(key, std::move(line), max_lines, budget);
  });
  if (!read) base::log_warning("history skipped", {{"room", key}, {"error", read.error()}});
}

uint64_t HistoryBudget::added(const std::string& key, const PastEvent& line) {
  const size_t bytes = bytes_of(line);
  lines_.emplace_hint(lines_.end(), ++last_number_, Line{key, bytes});
  bytes_ += bytes;
  return last_number_;
}

void HistoryBudget::removed(uint64_t number) {
  const auto line = lines_.find(number);
  if (line == lines_.end()) return;
  bytes_ -= line->second.bytes;
  lines_.erase(line);
}

}  // namespace banterd::worker
