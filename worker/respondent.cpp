#include "worker/respondent.h"

#include <algorithm>
#include <utility>

namespace banterd::worker {

namespace {

// In one part: far below ipc::kMaxFrameBytes, escapes included.
constexpr size_t kRoomsPerPart = 200;
constexpr size_t kMembersPerPart = 200;
constexpr size_t kPeoplePerPart = 20;
constexpr size_t kTheirRoomsPerPart = 2000;  // beside those of the last of them

// In one iteration. To look at all that there is takes as long, whatever is found.
constexpr size_t kMostParts = 64;

// `list` in parts of `per_part`, each put where `into` says.
template <class T>
void divide(std::vector<Findings>& parts, std::vector<T> list, size_t per_part,
            std::vector<T> Findings::*into) {
  for (size_t begin = 0; begin < list.size(); begin += per_part) {
    const auto from = list.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(per_part, list.size() - begin));
    Findings part;
    (part.*into).assign(std::make_move_iterator(from), std::make_move_iterator(from + count));
    parts.push_back(std::move(part));
  }
}

template <class T>
std::vector<Findings> divided(std::vector<T> list, size_t per_part,
                              std::vector<T> Findings::*into) {
  std::vector<Findings> parts;
  divide(parts, std::move(list), per_part, into);
  return parts;
}

bool matches_person(std::string_view mask, const chat::Profile& person) {
  const std::string full = person.mask();
  const std::string_view texts[] = {person.nick.str(), person.user,    person.host,
                                    person.realname,   person.account, full};
  return std::any_of(std::begin(texts), std::end(texts), [&](std::string_view text) {
    return !text.empty() && chat::matches(mask, text);
  });
}

}  // namespace

bool Respondent::answer_some(const HasRoom& has_room, const Send& send) {
  size_t parts = 0;
  for (size_t passed_over = 0; passed_over < questions_.size();) {
    if (parts >= kMostParts) return true;
    const auto slot = static_cast<Slot>(std::exchange(turn_, (turn_ + 1) % questions_.size()));
    std::deque<Query>& waiting = questions_[slot];
    if (waiting.empty() || !has_room(slot)) {
      ++passed_over;
      continue;
    }
    passed_over = 0;
    const Query query = std::move(waiting.front());
    waiting.pop_front();
    std::vector<Findings> all = find(query.question);
    parts += concerns_all(query.question) ? kMostParts : all.size() + 1;
    for (Findings& found : all) send(slot, {query.query, false, std::move(found)});
    send(slot, {query.query, true, {}});
  }
  return false;
}

std::vector<Findings> Respondent::find(const Question& question) {
  return std::visit([this](const auto& one) { return answer(one); }, question);
}

std::vector<Findings> Respondent::answer(const AboutRooms&) const {
  return divided(owner_.rooms(), kRoomsPerPart, &Findings::rooms);
}

std::vector<Findings> Respondent::answer(const AboutRoom& question) const {
  const Owner::NamedRoom named = owner_.room(question.room);
  if (named.room == nullptr) return {};
  std::vector<Findings> parts(1);
  parts[0].name = named.name;
  parts[0].head = named.room->head();
  if (question.members) {
    std::vector<chat::Member> members;
    for (const chat::Member& member : named.room->members()) members.push_back(member);
    divide(parts, std::move(members), kMembersPerPart, &Findings::members);
  }
  if (!question.list.empty()) {
    divide(parts, named.room->entries(question.list[0]), kMembersPerPart, &Findings::entries);
  }
  return parts;
}

std::vector<Findings> Respondent::answer(const AboutPeople& question) const {
  std::vector<PersonLine> people;
  if (question.nicks.empty()) {
    clients_.each([&](const Client& client) {
      if (client.has_entered() && matches_person(question.mask, client.profile()))
        people.push_back(client.person_line());
    });
  } else {
    for (const std::string& nick : question.nicks) {
      const Client* const client = clients_.with_nick(nick);
      if (client == nullptr) continue;
      people.push_back(client->person_line());
      // One line may ask for hundreds, each of whom may be in a hundred rooms.
      if (question.nicks.size() > 1) people.back().rooms.clear();
    }
  }
  std::vector<Findings> parts;
  size_t rooms = 0;
  for (PersonLine& line : people) {
    if (parts.empty() || parts.back().people.size() == kPeoplePerPart ||
        rooms >= kTheirRoomsPerPart) {
      parts.emplace_back();
      rooms = 0;
    }
    rooms += line.rooms.size();
    parts.back().people.push_back(std::move(line));
  }
  return parts;
}

Numbers Respondent::numbers() const {
  Numbers numbers = clients_.numbers();
  numbers.slot = self_;
  numbers.rooms = owner_.room_count();
  numbers.settled = owner_.settled();
  return numbers;
}

std::vector<Findings> Respondent::answer(const AboutNumbers&) const {
  Findings found;
  found.numbers.push_back(numbers());
  return {found};
}

std::vector<Findings> Respondent::answer(const AboutFormer& question) const {
  return divided(owner_.former(question.nick), kPeoplePerPart, &Findings::former);
}

std::vector<Findings> Respondent::answer(const AboutHistory& question) const {
  std::vector<Findings> parts;
  for (auto& lines : in_parts(owner_.history(question))) {
    parts.emplace_back();
    parts.back().past = std::move(lines);
  }
  return parts;
}

}  // namespace banterd::worker
