// A journal that keeps nothing, to measure what the real one costs: positions are given, everything
// is committed at once, and a worker's death loses what it owned. Linked instead of
// ipc/journal.cpp into the program banterd_without_journal.
#include <sys/mman.h>

#include <cerrno>

#include "ipc/journal.h"

namespace banterd::ipc {

struct Journal::State {
  CommittedCallback committed;
  uint64_t appended = 0;
  uint64_t reported = 0;
};

base::Result<base::UniqueFd> Journal::create_memory(const std::string& name) {
  base::UniqueFd memory(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!memory) return base::from_errno("make a journal", errno);
  return memory;
}

base::Result<std::unique_ptr<Journal>> Journal::open(base::UniqueFd, size_t) {
  return std::unique_ptr<Journal>(new Journal(std::make_unique<State>()));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

size_t Journal::replay(const std::function<void(std::string_view)>&) const { return 0; }
size_t Journal::replay_each(const std::function<void(const Replayed&)>&) const { return 0; }
uint64_t Journal::last_position() const { return state_->appended; }
uint64_t Journal::settled_position() const { return state_->appended; }
CommandMark Journal::interrupted() const { return {}; }
void Journal::start_above(uint64_t position) { state_->appended = state_->reported = position; }
void Journal::begin(SnapshotCallback, CommittedCallback committed, const std::vector<std::string>&,
                    const std::vector<std::string>&) {
  state_->committed = std::move(committed);
}
uint64_t Journal::next_position() const { return state_->appended + 1; }
uint64_t Journal::append(std::string_view, std::string_view, const EntryTraits&) {
  return ++state_->appended;
}
void Journal::commit() {
  if (state_->appended == state_->reported) return;
  state_->reported = state_->appended;
  state_->committed(state_->appended);
}
void Journal::settle(uint64_t) {}
void Journal::mark(const CommandMark&) {}
void Journal::clear_mark() {}
std::vector<CommandMark> Journal::doomed() const { return {}; }
void Journal::doom(const CommandMark&) {}
void Journal::spare(const CommandMark&) {}
size_t Journal::capacity_bytes() const { return 0; }
size_t Journal::uncommitted() const { return 0; }

}  // namespace banterd::ipc
