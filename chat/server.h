// The server as a whole: whom its operators keep out, and what they tell everybody. One object,
// named "*", that every slot follows from its start.
#pragma once

#include <map>

#include "chat/object.h"

namespace banterd::chat {

// One K-line.
struct ServerBan {
  std::string mask;  // nick!user@host
  std::string reason;
  std::string author;
  TimeMs at = 0;
  TimeMs expires = 0;  // 0: never
  [[nodiscard]] bool has_expired(TimeMs now) const { return expires != 0 && expires <= now; }
  static void fields(auto& self, auto&& field) {
    field("mask", self.mask);
    field("reason", self.reason);
    field("author", self.author);
    field("at", self.at);
    field("expires", self.expires);
  }
};

class Server {
 public:
  static constexpr size_t kMaxBans = 10'000;

  static Decision decide(const Server* state, const Command& command);
  void evolve(const Event& event);
  [[nodiscard]] bool alive() const { return !bans_.empty(); }
  // All that there may be: who publishes leaves out those that there are not.
  [[nodiscard]] SlotSet followers() const { return SlotSet(~uint64_t{0}); }

  // Those that have not expired by `now` and match nick!user@host; null: none.
  [[nodiscard]] const ServerBan* ban_for(std::string_view mask, TimeMs now) const;
  // By folded mask; some may have expired.
  [[nodiscard]] const std::map<std::string, ServerBan>& bans() const { return bans_; }

  struct ServerPart {
    static constexpr std::string_view kType = "server";
    std::vector<ServerBan> bans;
    static void fields(auto& self, auto&& field) { field("bans", self.bans); }
  };
  using Part = ServerPart;
  static constexpr size_t kEntriesPerPart = 100;
  [[nodiscard]] std::vector<Part> snapshot() const;
  void restore(Part part);

 private:
  std::map<std::string, ServerBan> bans_;
};

static_assert(Object<Server>);

}  // namespace banterd::chat
