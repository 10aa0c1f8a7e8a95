// A room: who is in it, what they may do, its topic, modes and lists. Says nothing of what was
// said: history is the owner's.
#pragma once

#include <map>

#include "base/compact_text.h"
#include "base/lazy.h"
#include "chat/mask_list.h"
#include "chat/members.h"
#include "chat/object.h"
#include "chat/slot_counts.h"

namespace banterd::chat {

// All of a room but its members and lists.
struct RoomHead {
  TimeMs created = 0;
  uint16_t flags = 0;  // of RoomFlag
  bool permanent = false;
  base::CompactText key;  // empty: none
  uint32_t limit = 0;     // of members; 0: none
  base::CompactText topic;
  base::CompactText topic_author;
  TimeMs topic_at = 0;
  std::vector<ClientId> invited;  // newest last

  static void fields(auto& self, auto&& field) {
    field("created", self.created);
    field("flags", self.flags);
    field("permanent", self.permanent);
    field("key", self.key);
    field("limit", self.limit);
    field("topic", self.topic);
    field("topic_author", self.topic_author);
    field("topic_at", self.topic_at);
    field("invited", self.invited);
  }
};

class Room {
 public:
  static Decision decide(const Room* state, const Command& command);
  void evolve(const Event& event);
  // A member's record, if it is newer: a slot may hear of it in another room first.
  void renew(const ProfilePtr& record);
  [[nodiscard]] bool alive() const { return head_.permanent || !members_.empty(); }
  [[nodiscard]] SlotSet followers() const { return members_in_slot_.slots(); }

  [[nodiscard]] const RoomHead& head() const { return head_; }
  // In the order of client ids.
  [[nodiscard]] const Members& members() const { return members_; }
  // Valid until somebody comes or goes.
  [[nodiscard]] const Member* member(ClientId client) const { return members_.find(client); }
  // His record; null: he is no member.
  [[nodiscard]] ProfilePtr record_of(ClientId client) const {
    const Member* found = member(client);
    return found == nullptr ? nullptr : found->profile;
  }
  // By letter: all three, b e I.
  using Lists = std::map<char, MaskList>;
  [[nodiscard]] const Lists& lists() const { return lists_->by_letter; }
  // Those of one list, the oldest first; none for a letter that is no list's.
  [[nodiscard]] std::vector<ListEntry> entries(char letter) const;

  struct RoomPart {
    static constexpr std::string_view kType = "room";
    std::optional<RoomHead> head;  // in the first part
    std::vector<ListEntry> lists;
    std::vector<Member> members;
    static void fields(auto& self, auto&& field) {
      field("head", self.head);
      field("lists", self.lists);
      field("members", self.members);
    }
  };
  using Part = RoomPart;
  // Members or list entries in one part: below 1 MiB of JSON even if every byte has to be escaped.
  static constexpr size_t kEntriesPerPart = 100;
  [[nodiscard]] std::vector<Part> snapshot() const;
  void restore(Part part);

 private:
  void add(Member member);
  void remove(ClientId client);
  void lose(const Place& place);
  void apply(const ModeChange& change, const Event& event, const std::string& author);

  RoomHead head_;
  // Most rooms have no entry in any.
  struct AllLists {
    Lists by_letter{{'b', {}}, {'e', {}}, {'I', {}}};
  };
  base::Lazy<AllLists> lists_;
  Members members_;
  SlotCounts members_in_slot_;  // derived
};

static_assert(Object<Room>);

}  // namespace banterd::chat
