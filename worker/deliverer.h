// Delivers what happens to this slot's clients, whose send queues refer to what is encoded once per
// shape.
//
// What happens in a room is encoded behind what happened there before in the same iteration, and
// that is delivered all at once: members of the room that is being told stay behind until another
// room has its turn, the iteration ends, or a member gets something else (catch_up). So what is
// said often in one room costs each member as much as what is said once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/few.h"
#include "worker/replica.h"

namespace banterd::worker {

class Deliverer {
 public:
  // ---- who of a room's members is here ----
  // What has happened before he came is not for him.
  void enter(Replica& replica, Audience& client);
  // Nothing happens when he is in no such room.
  void leave(Replica& replica, Audience& client);
  // His encoder for that room has changed.
  void reshape(Audience& client, std::string_view room);
  // Nobody is left, and the replica is about to go.
  void drop(const Replica& replica);

  // ---- delivering ----
  // To all local members but one, who may be null.
  void to_members(Replica& replica, std::span<const Delivery> deliveries, Audience* but);
  // To those that are wanted.
  template <class IsWanted>
  void to_some_members(Replica& replica, const Delivery& delivery, IsWanted is_wanted) {
    catch_up();
    begin(replica);
    replica.batch.append({&delivery, 1});
    for (Replica::LocalMember& member : replica.local) {
      if (!is_wanted(*member.audience)) skip(replica, member);
    }
  }
  // To all who are in any of these rooms, once each, but one, who may be null. `told`: nor to those
  // who are in such a room.
  void to_companions(const base::Few<Replica>& replicas, const Delivery& delivery, Audience* but,
                     const std::function<bool(const Replica&)>& told);
  // To one alone, by that encoder of his.
  void to_one(Audience& client, const Encoder& encoder, std::span<const Delivery> deliveries);

  // What he has not been told yet goes to his queue: call before anything else does.
  void catch_up(Audience& client);
  // After the last delivery of an iteration: all have been told everything.
  void end_iteration();

 private:
  // From now on members of this room may be behind, and of no other.
  void begin(Replica& replica);
  void catch_up();
  static void catch_up(Replica& replica, Replica::LocalMember& member);
  // What the room's batch has now is not for him.
  static void skip(Replica& replica, Replica::LocalMember& member);
  [[nodiscard]] static Replica::LocalMember* member_of(Replica& replica, Audience& client);
  // Of the private batch; he has caught up.
  void deliver(Audience& client, const Encoder& encoder, std::span<const Delivery> deliveries);

  Batch private_batch_;  // for what concerns no single room
  std::vector<Replica*> used_;
  Replica* telling_ = nullptr;  // the one room whose members may be behind
  uint64_t mark_ = 0;           // of those whom the present delivery has reached
};

}  // namespace banterd::worker
