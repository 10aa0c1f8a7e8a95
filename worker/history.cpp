#include "worker/history.h"

#include <algorithm>

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
  budget.added(key, line);
  lines_.push_back(std::move(line));
}

void RoomHistory::drop_oldest(HistoryBudget& budget) {
  budget.removed(lines_.front().position);
  lines_.pop_front();
}

void RoomHistory::clear(HistoryBudget& budget) {
  while (!lines_.empty()) drop_oldest(budget);
}

std::vector<History> RoomHistory::last(size_t count, uint64_t below, const std::string& room,
                                       chat::ClientId client) const {
  const auto end = std::lower_bound(
      lines_.begin(), lines_.end(), below,
      [](const PastEvent& line, uint64_t position) { return line.position < position; });
  const auto available = static_cast<size_t>(end - lines_.begin());
  std::vector<History> messages;
  size_t bytes = 0;
  for (auto line = end - static_cast<std::ptrdiff_t>(std::min(count, available)); line != end;
       ++line) {
    if (messages.empty() || bytes > kBytesPerMessage) {
      messages.push_back({room, client, {}});
      bytes = 0;
    }
    bytes += bytes_of(*line);
    messages.back().lines.push_back(*line);
  }
  return messages;
}

void HistoryBudget::added(const std::string& key, const PastEvent& line) {
  const size_t bytes = bytes_of(line);
  lines_.emplace_hint(lines_.end(), line.position, Line{key, bytes});
  bytes_ += bytes;
}

void HistoryBudget::removed(uint64_t position) {
  const auto line = lines_.find(position);
  if (line == lines_.end()) return;
  bytes_ -= line->second.bytes;
  lines_.erase(line);
}

}  // namespace banterd::worker
