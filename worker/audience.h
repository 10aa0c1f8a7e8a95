// A local client as the hub sees him: what happens in his rooms is delivered to him, and he says
// how.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chat/server.h"
#include "chat/types.h"
#include "worker/protocol/protocol.h"
#include "worker/send_queue.h"

namespace banterd::worker {

struct Replica;

// One room that a client is in. `index`: his place among the room's local members.
struct Membership {
  Replica* replica = nullptr;
  uint32_t index = 0;
};

// All that he is in, in the order of their coming: mostly one, which stands in place.
class Memberships {
 public:
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] size_t size() const {
    return many_ ? many_->size() : size_t{one_.replica != nullptr};
  }
  Membership* begin() { return many_ ? many_->data() : &one_; }
  Membership* end() { return begin() + size(); }
  [[nodiscard]] const Membership* begin() const { return many_ ? many_->data() : &one_; }
  [[nodiscard]] const Membership* end() const { return begin() + size(); }
  void add(const Membership& added) {
    if (empty()) {
      one_ = added;
      return;
    }
    if (!many_) many_ = std::make_unique<std::vector<Membership>>(1, one_);
    many_->push_back(added);
  }
  void remove(const Replica& replica) {
    if (!many_) {
      if (one_.replica == &replica) one_ = {};
      return;
    }
    std::erase_if(*many_, [&](const Membership& its) { return its.replica == &replica; });
    if (many_->size() > 1) return;
    one_ = many_->empty() ? Membership{} : many_->front();
    many_.reset();
  }

 private:
  Membership one_;
  std::unique_ptr<std::vector<Membership>> many_;  // if two or more: all of them
};

class Audience {
 public:
  virtual ~Audience() = default;
  [[nodiscard]] virtual chat::ClientId client_id() const = 0;
  // By his nick!user@host, cloaked or not.
  [[nodiscard]] virtual bool is_matched_by(std::string_view mask) const = 0;
  virtual Memberships& memberships() = 0;
  [[nodiscard]] virtual const Encoder& encoder(std::string_view room) const = 0;
  [[nodiscard]] virtual const Encoder& encoder() const = 0;
  [[nodiscard]] virtual bool echoes() const = 0;
  virtual void deliver(const SharedBytesPtr& buffer, size_t begin, size_t end) = 0;
  virtual void on_joined(const std::string& room) = 0;
  virtual void on_left(const std::string& room) = 0;
  // What he did himself, before anybody is told: true if he has told it himself.
  virtual bool tell_own(const Delivery& delivery) = 0;
  // His own record, from now on: others may name him by it.
  virtual void on_own_renewed(const chat::ProfilePtr& newer) = 0;
  virtual void on_watched(std::string_view nick, const chat::Profile* holder) = 0;
  virtual void on_watched_renewed(const Delivery& delivery) = 0;
  virtual void on_server_said(const Delivery& delivery) = 0;
  virtual void on_killed(const Delivery& delivery) = 0;
  virtual void on_banned(const chat::ServerBan& ban) = 0;

  // Marks who has been told of the present event already; the hub's alone, as is the next.
  uint64_t told_mark = 0;
  bool heard_of = false;  // added, and not removed
};

// All clients who live here, whether the hub knows them yet, or still, or not.
class LocalClients {
 public:
  virtual ~LocalClients() = default;
  // Null: there is none.
  [[nodiscard]] virtual Audience* local(chat::ClientId client) const = 0;
  virtual void each_local(const std::function<void(Audience&)>& visit) const = 0;
};

}  // namespace banterd::worker
