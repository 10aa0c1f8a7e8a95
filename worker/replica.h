// A room that this slot follows: its state, as its owner's log has it, and who of its members is
// here.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "chat/room.h"
#include "worker/audience.h"
#include "worker/batch.h"
#include "worker/history.h"

namespace banterd::worker {

struct Replica {
  std::string name;  // as spelt by its maker
  chat::Room room;
  // What was said last, once somebody here has been told what was said before he came; null:
  // nobody.
  std::unique_ptr<RoomHistory> past;
  // Of a room that came late, until its members are here: by what record each person in it is known
  // to them.
  std::vector<chat::ProfilePtr> known_as;

  // ---- kept by Deliverer ----
  struct LocalMember {
    Audience* audience = nullptr;
    const Encoder* encoder = nullptr;
    // Up to here what the batch has for his shape stands in his queue, or is not for him.
    size_t told = 0;
  };
  std::vector<LocalMember> local;
  RoomBatch batch;
  bool in_use = false;  // its batch is of this iteration, and has all shapes of its members
};

}  // namespace banterd::worker
