// The part of Hub that is about rooms which come late: their owners were down when the clients of
// the last life came back (worker/recovery.h). What others tell of people meanwhile, members of
// such rooms hear when they are in them.
#include <algorithm>
#include <map>
#include <utility>

#include "worker/hub.h"

namespace banterd::worker {

void Hub::await_rooms() {
  known_.each([this](const Known& known) { known_before_[known.profile->client] = known.profile; });
}

void Hub::have_all_rooms() { known_before_.clear(); }

// By the newest record that the last life knew of: it had told that to all who share a room.
void Hub::remember_names(Replica& replica, const std::vector<chat::Member>& members) {
  for (const chat::Member& member : members) {
    const auto before = known_before_.find(member.client);
    const bool is_newer =
        before != known_before_.end() && before->second->version > member.profile->version;
    replica.known_as.push_back(is_newer ? before->second : member.profile);
  }
  if (std::ranges::find(late_replicas_, &replica) == late_replicas_.end())
    late_replicas_.push_back(&replica);
}

void Hub::tell_missed(const std::function<bool(const std::string& room)>& has_come) {
  const auto come =
      std::partition(late_replicas_.begin(), late_replicas_.end(),
                     [&](const Replica* replica) { return !has_come(replica->name); });
  const std::vector<Replica*> replicas(come, late_replicas_.end());
  late_replicas_.erase(come, late_replicas_.end());
  std::map<chat::ClientId, chat::ProfilePtr> known_as;
  for (Replica* const replica : replicas) {
    for (chat::ProfilePtr& record : std::exchange(replica->known_as, {})) {
      chat::ProfilePtr& newest = known_as[record->client];
      if (newest == nullptr || newest->version < record->version) newest = std::move(record);
    }
  }
  const auto told = [&](const Replica& replica) {
    return std::ranges::find(replicas, &replica) == replicas.end();
  };
  for (const auto& [client, older] : known_as) {
    const Known* known = known_.find(client);
    if (known != nullptr && known->profile->version > older->version && !has_gone(client))
      tell_renewed(*known, older, told);
  }
}

}  // namespace banterd::worker
