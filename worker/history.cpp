#include "worker/history.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "ipc/contract.h"
#include "ipc/frame.h"
#include "worker/message_id.h"

namespace banterd::worker {

namespace {

constexpr size_t kShareBytes = 32;  // of each line: its part of a profile, of memory's own records

// What a part of several lines may have in JSON at most.
constexpr size_t kBytesPerPart = ipc::kMaxFrameBytes / 2;
// What a byte of a text may become there (RFC 8259 section 7), and a line without its texts.
constexpr size_t kEscapedBytes = 6;
constexpr size_t kBytesBesideTexts = 768;

// At most.
size_t json_bytes(const PastEvent& line) {
  const auto& said = std::get<chat::Said>(line.event.body);
  size_t texts = said.text.size();
  if (said.tags) texts += said.tags->size();
  if (said.away) texts += said.away->size();
  size_t beside = kBytesBesideTexts;
  if (said.lines) {
    for (const chat::SaidLine& one : *said.lines) {
      texts += one.text.size();
      beside += kBytesBesideTexts;
    }
  }
  if (line.event.profile) {
    const chat::Profile& author = **line.event.profile;
    texts += author.nick.str().size() + author.user.size() + author.host.size() +
             author.realname.size() + author.account.size() + author.away->size();
  }
  return beside + kEscapedBytes * texts;
}

bool is_plain(const chat::Said& said) { return !said.lines && !said.tags && !said.away; }

}  // namespace

std::vector<std::vector<PastEvent>> in_parts(std::vector<PastEvent> lines) {
  std::vector<std::vector<PastEvent>> parts;
  size_t bytes = 0;
  for (PastEvent& line : lines) {
    const size_t more = json_bytes(line);
    if (parts.empty() || bytes + more > kBytesPerPart) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += more;
    parts.back().push_back(std::move(line));
  }
  return parts;
}

RoomHistory::Line::Line(uint64_t its_position, const chat::Event& event,
                        const chat::ProfilePtr& its_author)
    : position(its_position), at(event.at), client(event.client), author(its_author) {
  if (author == nullptr && event.profile) author = *event.profile;
  const auto& said = std::get<chat::Said>(event.body);
  if (is_plain(said)) {
    kind = said.kind;
    text = said.text;
  } else {
    whole.make() = said;
  }
}

PastEvent RoomHistory::Line::complete() const {
  PastEvent complete;
  complete.position = position;
  complete.event.at = at;
  complete.event.client = client;
  if (author != nullptr) complete.event.profile = author;
  complete.event.body = whole.made() ? *whole : chat::Said{kind, text};
  return complete;
}

size_t RoomHistory::Line::bytes() const {
  size_t bytes = sizeof(Line) + kShareBytes + text.size();
  if (!whole.made()) return bytes;
  bytes += sizeof(chat::Said) + whole->text.size();
  // The lines are the text once more.
  if (whole->lines) bytes += whole->lines->size() * sizeof(chat::SaidLine) + whole->text.size();
  if (whole->tags) bytes += whole->tags->size();
  return bytes;
}

void RoomHistory::add(uint64_t position, const chat::Event& event, const chat::ProfilePtr& author,
                      size_t max_lines, HistoryBudget& budget) {
  if (max_lines == 0 || !std::holds_alternative<chat::Said>(event.body)) return;
  if (lines_.size() >= max_lines) drop_oldest(budget);
  Line& line = lines_.emplace_back(position, event, author);
  line.number = budget.add(line.bytes());
  if (enlisted_ != 0) return;
  enlisted_ = line.number;
  budget.enlist(line.number, *this);
}

void RoomHistory::drop_oldest(HistoryBudget& budget) {
  const size_t bytes = lines_.front().bytes();
  lines_.pop_front();
  removed(bytes, budget);
}

void RoomHistory::removed(size_t bytes, HistoryBudget& budget) {
  budget.remove(bytes);
  if (lines_.empty()) budget.strike(std::exchange(enlisted_, 0));
}

void RoomHistory::clear(HistoryBudget& budget) {
  packed_.clear();
  while (!lines_.empty()) drop_oldest(budget);
}

std::vector<History> RoomHistory::last(size_t count, uint64_t below, const std::string& room,
                                       chat::ClientId client) const {
  const auto end = from(below);
  const auto available = static_cast<size_t>(end - lines_.begin());
  return messages(end - static_cast<std::ptrdiff_t>(std::min(count, available)), end, room, client);
}

std::vector<PastEvent> RoomHistory::last(size_t count) const {
  std::vector<PastEvent> last;
  const size_t first = lines_.size() - std::min(count, lines_.size());
  for (size_t i = first; i < lines_.size(); ++i) last.push_back(lines_[i].complete());
  return last;
}

std::vector<History> RoomHistory::messages(std::deque<Line>::const_iterator begin,
                                           std::deque<Line>::const_iterator end,
                                           const std::string& room, chat::ClientId client) {
  std::vector<PastEvent> lines;
  for (auto line = begin; line != end; ++line) lines.push_back(line->complete());
  std::vector<History> messages;
  for (auto& part : in_parts(std::move(lines))) {
    messages.push_back({room, client, std::move(part)});
    if (messages.size() > 1) messages.back().goes_on = true;
  }
  return messages;
}

RoomHistory::Lines::const_iterator RoomHistory::from(uint64_t position) const {
  return std::lower_bound(lines_.begin(), lines_.end(), position,
                          [](const Line& line, uint64_t wanted) { return line.position < wanted; });
}

RoomHistory::Lines::const_iterator RoomHistory::find(const std::string& room,
                                                     std::string_view message) const {
  const auto position = position_in(message);
  if (!position) return lines_.end();
  const auto line = from(*position);
  if (line == lines_.end() || line->position != *position) return lines_.end();
  return message_id(*position, room, line->at) == message ? line : lines_.end();
}

std::optional<RoomHistory::Lines::const_iterator> RoomHistory::first_from(
    const std::string& room, const AboutHistory::Point& point, bool behind) const {
  if (point.message.empty()) {
    // A clock may have been set back: what counts is the order in the log.
    return std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) {
      const chat::TimeMs at = line.at;
      return behind ? at > point.at : at >= point.at;
    });
  }
  const auto position = position_in(point.message);
  if (!position) return std::nullopt;
  const auto line = from(*position);
  // What is not kept, such as who came, or what was taken back, has its place all the same.
  if (line == lines_.end() || line->position != *position) return line;
  if (message_id(*position, room, line->at) != point.message) return std::nullopt;
  return behind ? line + 1 : line;
}

std::vector<PastEvent> RoomHistory::find(const AboutHistory& wanted) const {
  auto begin = lines_.begin();
  auto end = lines_.end();
  const auto most = static_cast<std::ptrdiff_t>(wanted.most);
  if (wanted.around) {
    const auto middle = first_from(wanted.room, *wanted.around, false);
    if (!middle) return {};
    begin = *middle - std::min(most / 2, *middle - begin);
    end = begin + std::min(most, end - begin);
  } else {
    const auto after = wanted.after ? first_from(wanted.room, *wanted.after, true) : begin;
    const auto before = wanted.before ? first_from(wanted.room, *wanted.before, false) : end;
    if (!after || !before || *before < *after) return {};
    begin = *after;
    end = *before;
    if (wanted.oldest) {
      end = begin + std::min(most, end - begin);
    } else {
      begin = end - std::min(most, end - begin);
    }
  }
  std::vector<PastEvent> found;
  for (auto line = begin; line != end; ++line) found.push_back(line->complete());
  return found;
}

std::optional<chat::ClientId> RoomHistory::author_of(const std::string& room,
                                                     std::string_view message) const {
  const auto line = find(room, message);
  if (line == lines_.end()) return std::nullopt;
  return line->client;
}

void RoomHistory::erase(const std::string& room, std::string_view message, HistoryBudget& budget) {
  const auto line = find(room, message);
  if (line == lines_.end()) return;
  const size_t bytes = line->bytes();
  lines_.erase(line);
  removed(bytes, budget);
}

std::string RoomHistory::pack(const std::string& room) const {
  std::string frames = packed_;
  for (const History& message : messages(lines_.begin(), lines_.end(), room, {}))
    append_message(frames, message);
  return frames;
}

void RoomHistory::unpack_all(size_t max_lines, HistoryBudget& budget) {
  const std::string frames = std::exchange(packed_, {});
  ipc::FrameReader reader;
  const auto read = reader.feed(frames, [&](std::string_view payload, uint8_t) {
    auto message = decode_bus_message(payload);
    auto* history = message ? std::get_if<History>(&*message) : nullptr;
    if (history == nullptr) return base::log_warning("a part of a history skipped");
    for (const PastEvent& line : history->lines)
      add(line.position, line.event, nullptr, max_lines, budget);
  });
  if (!read) base::log_warning("the rest of a history skipped", {{"error", read.error()}});
}

void HistoryBudget::drop_oldest() {
  // Rooms that have dropped lines of their own since are enlisted anew first.
  for (auto first = rooms_.begin();; first = rooms_.begin()) {
    RoomHistory& room = *first->second;
    const uint64_t oldest = room.oldest_number();
    if (first->first == oldest) return room.drop_oldest(*this);
    auto node = rooms_.extract(first);
    node.key() = oldest;
    rooms_.insert(std::move(node));
    room.set_enlisted(oldest);
  }
}

}  // namespace banterd::worker
