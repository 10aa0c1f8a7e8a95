#include "worker/orphans.h"

#include <sys/stat.h>

#include "worker/recovery.h"

namespace banterd::worker {

namespace {

// 0: it cannot be known.
uint64_t inode_of(const base::UniqueFd& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) < 0 ? 0 : status.st_ino;
}

}  // namespace

base::Result<std::unique_ptr<Orphans>> Orphans::read(base::UniqueFd memory) {
  auto orphans = std::make_unique<Orphans>();
  orphans->file_ = inode_of(memory);
  auto opened = ipc::ClientMemory::open(std::move(memory));
  if (!opened) return std::move(opened).error();
  auto state = KeptState::read(**opened);
  if (!state) return std::move(state).error();
  orphans->state_ = *std::move(state);
  orphans->poison_ = (*opened)->mark();
  return orphans;
}

bool Orphans::is_of(const base::UniqueFd& memory) const {
  return file_ != 0 && file_ == inode_of(memory);
}

base::Result<Orphans::One> Orphans::take(uint64_t connection, base::UniqueFd socket) {
  const auto kept = state_.clients.find(connection);
  if (kept == state_.clients.end())
    return base::Error{base::Errc::invalid, "a client who is not in his slot's memory"};
  auto record = kept->second.client();
  if (!record) return std::move(record).error();
  One one{*std::move(record), {}};
  one.restored.socket = std::move(socket);
  if (auto streams = Recovery::restore_streams(kept->second, false, one.restored); !streams)
    return std::move(streams).error();
  // Commands of it were sent, in the name of who he was.
  if (one.record.met > 0) {
    one.restored.input.erase(0, kept->second.unfinished_line.size());
    one.record.dropped = true;
  }
  if (poison_.connection == connection) one.restored.poison = poison_.offset;
  return one;
}

}  // namespace banterd::worker
