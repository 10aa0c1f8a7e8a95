// The part of Owner that gives what it owns to another generation's owners, and takes it from them.
#include "ipc/json.h"
#include "worker/handover_records.h"
#include "worker/owner.h"

namespace banterd::worker {

void Owner::export_to(ipc::ExportWriter& writer) const {
  for (const auto& object : sorted()) {
    const auto& [key, entry] = *object;
    const std::string frames = snapshot_frames(key);
    writer.add({ipc::ExportKind::object, 0, std::string(key), frames});
    if (entry.its_history() == nullptr) continue;
    const std::string history = entry.its_history()->pack(std::string(entry.name(key)));
    if (!history.empty()) writer.add({ipc::ExportKind::history, 0, std::string(key), history});
  }
  former_.each([&](const std::string& key, const std::vector<FormerLine>& lines) {
    writer.add({ipc::ExportKind::former, 0, key, ipc::to_json(FormerRecord{lines})});
  });
}

void Owner::import(Snapshot part) {
  const std::string key = chat::fold(part.object);
  Entry& entry = objects_[key];
  if (part.first) entry.spell(key, part.object);
  restore_part(entry.object, std::move(part));
}

void Owner::import_history(std::string_view room, std::string frames) {
  const auto entry = objects_.find(room);
  if (entry != objects_.end()) entry->second.history().restore_packed(std::move(frames));
}

void Owner::import_former(const std::string& key, std::vector<FormerLine> lines) {
  for (FormerLine& line : lines) former_.add(key, std::move(line));
}

void Owner::begin_above(uint64_t position) {
  journal_->start_above(position);
  committed_ = published_ = all_settled_ = shared_settled_ = position;
  for (Follower& follower : followers_) follower.sent = follower.shared = follower.taken = position;
  begin_journal();
  tell_server_state(self_.slot);
}

}  // namespace banterd::worker
