#include "ipc/journal.h"

#include <sys/mman.h>

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cerrno>
#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/compact_text.h"
#include "base/log.h"
#include "base/slab.h"
#include "ipc/frame.h"

namespace banterd::ipc {

namespace {

// What every commit may spend on snapshots beside what its entries pay for, so that small ones go
// on in time.
constexpr int64_t kSnapshotAllowanceBytes = 4096;

struct KeyHash {
  using is_transparent = void;
  size_t operator()(std::string_view key) const { return XXH3_64bits(key.data(), key.size()); }
};

// Calls back with each payload; false when the bytes are not whole sound frames.
template <class OnPayload>
bool each_payload(std::string_view frames, OnPayload on_payload) {
  while (!frames.empty()) {
    if (frames.size() < kFrameHeaderBytes) return false;
    const FrameHeader header = read_frame_header(frames);
    if (header.length > frames.size() - kFrameHeaderBytes) return false;
    const std::string_view payload = frames.substr(kFrameHeaderBytes, header.length);
    if (!on_payload(payload, header)) return false;
    frames.remove_prefix(kFrameHeaderBytes + header.length);
  }
  return true;
}

bool is_sound(std::string_view frames) {
  return each_payload(frames, [](std::string_view payload, const FrameHeader& header) {
    return frame_checksum(payload) == header.checksum;
  });
}

}  // namespace

struct Journal::State {
  using Kind = JournalMemory::Kind;
  using Record = JournalMemory::Record;

  // In `by_base` while it has a base. Each person is one: it is kept small.
  struct Object final : boost::intrusive::list_base_hook<
                            boost::intrusive::link_mode<boost::intrusive::normal_link>>,
                        base::InSlabs<Object> {
    explicit Object(std::string_view its_key) : key(its_key) {}
    [[nodiscard]] uint64_t hash() const { return KeyHash{}(key.view()); }

    base::CompactText key;
    uint64_t base = 0;          // offset of its latest snapshot or first entry
    uint32_t base_bytes = 0;    // 0: it has none in the ring
    uint32_t queued : 29 = 0;   // its entries that are not in the ring yet
    bool alive : 1 = false;     // after everything that was appended
    bool restless : 1 = false;  // its state changes without entries
    bool copyable : 1 = false;  // its base is a snapshot of the state that it has now
  };
  using ObjectPtr = std::unique_ptr<Object>;
  struct ObjectHash : KeyHash {
    using KeyHash::operator();
    size_t operator()(const ObjectPtr& object) const { return object->hash(); }
  };
  struct ObjectEqual {
    using is_transparent = void;
    bool operator()(const ObjectPtr& a, const ObjectPtr& b) const { return a->key == b->key; }
    bool operator()(std::string_view key, const ObjectPtr& b) const { return b->key == key; }
    bool operator()(const ObjectPtr& a, std::string_view key) const { return a->key == key; }
  };
  struct Entry {
    Object* object;
    uint64_t position;
    bool first;
    EntryTraits traits;
  };
  struct Queued {
    Entry entry;
    std::string frame;
  };
  // Until the log is settled up to `position`, nothing from `offset` on may be overtaken.
  struct Pinned {
    uint64_t position;
    uint64_t offset;
  };

  explicit State(std::unique_ptr<JournalMemory> its_memory);

  // Calls back with each record whose frames are sound, and whether it applies.
  template <class OnRecord>
  void each_sound_record(OnRecord on_record) const;

  void adopt_ring(const std::vector<std::string>& keys);
  Object& object(std::string_view key);
  void set_base(Object& object, uint64_t offset, uint64_t bytes);
  void drop_base(Object& object);
  void erase_if_gone(Object& object);

  void pin(uint64_t position, uint64_t offset);
  [[nodiscard]] uint64_t oldest_unsettled() const;
  [[nodiscard]] uint64_t oldest_needed() const;
  bool make_room(size_t frame_bytes);
  bool grow(uint64_t at_least);

  void write_entry(const Entry& entry, std::string_view frame);
  bool write_snapshot(Object& object);
  void renew_bases();

  std::unique_ptr<JournalMemory> memory;
  CommandMark interrupted;
  SnapshotCallback snapshot;
  CommittedCallback committed;

  boost::unordered_flat_set<ObjectPtr, ObjectHash, ObjectEqual> objects;
  boost::intrusive::list<Object> by_base;  // those with a base, oldest first
  uint64_t base_bytes = 0;                 // of all
  std::deque<Queued> queue;                // found no room
  // By what is written and not settled: each entry pins itself, or the base before it. Both
  // positions and offsets grow; who pins more than its successor does is left out.
  std::deque<Pinned> pinned;
  uint64_t written = 0;         // last position in the ring
  uint64_t appended = 0;        // last position given
  uint64_t reported = 0;        // last position that `committed` has named
  uint64_t unpaid_bytes = 0;    // written since snapshots were last considered
  int64_t snapshot_budget = 0;  // bytes; below zero after a large one
  bool growth_failed = false;
};

// ---- what the ring holds ----

Journal::State::State(std::unique_ptr<JournalMemory> its_memory)
    : memory(std::move(its_memory)), interrupted(memory->mark()), written(memory->last_position()) {
  // A kill may have come between an entry and the header's word of it.
  memory->scan(
      [this](const Record& record) { written = std::max(written, record.label.position); });
  appended = reported = written;
}

template <class OnRecord>
void Journal::State::each_sound_record(OnRecord on_record) const {
  std::unordered_set<uint64_t> known;
  memory->scan([&](const Record& record) {
    if (!is_sound(record.frames)) {
      base::log_warning("a journal record is damaged",
                        {{"offset", record.offset}, {"position", record.label.position}});
      return;
    }
    const auto& label = record.label;
    const bool applies = label.kind == Kind::snapshot || label.first || known.contains(label.key);
    if (applies && label.removes) known.erase(label.key);
    if (applies && !label.removes) known.insert(label.key);
    on_record(record, applies);
  });
}

// Finds the bases and the unsettled entries that earlier incarnations wrote.
void Journal::State::adopt_ring(const std::vector<std::string>& keys) {
  struct Base {
    uint64_t offset;
    uint64_t bytes;
  };
  std::unordered_map<uint64_t, Base> bases;  // by hash
  const uint64_t settled = memory->settled();
  each_sound_record([&](const Record& record, bool) {
    const auto& label = record.label;
    if (label.kind == Kind::entry && label.position > settled) {
      const auto base = bases.find(label.key);
      const bool pins_base = label.needs_state && !label.first && base != bases.end();
      pin(label.position, pins_base ? base->second.offset : record.offset);
    }
    if (label.removes) {
      bases.erase(label.key);
    } else if (label.kind == Kind::snapshot || label.first) {
      bases[label.key] = {record.offset, JournalMemory::record_bytes(record.frames.size())};
    }
  });
  std::vector<std::pair<Base, Object*>> found;
  std::vector<Object*> without;
  for (const std::string& key : keys) {
    Object& its = object(key);
    its.alive = true;
    const auto base = bases.find(its.hash());
    if (base == bases.end()) {
      without.push_back(&its);
    } else {
      found.emplace_back(base->second, &its);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first.offset < b.first.offset; });
  for (const auto& [base, its] : found) set_base(*its, base.offset, base.bytes);
  for (Object* its : without) {
    while (!write_snapshot(*its)) {
      // All is unsettled, and nobody settles before we have begun.
      if (!grow(2 * memory->capacity())) base::panic("no room to begin a journal");
    }
  }
  memory->publish();
}

Journal::State::Object& Journal::State::object(std::string_view key) {
  auto found = objects.find(key);
  if (found == objects.end()) found = objects.insert(std::make_unique<Object>(key)).first;
  return **found;
}

// `offset` is never below another object's base: `by_base` stays sorted.
void Journal::State::set_base(Object& object, uint64_t offset, uint64_t bytes) {
  if (object.base_bytes == 0) {
    by_base.push_back(object);
  } else {
    by_base.splice(by_base.end(), by_base, by_base.iterator_to(object));
  }
  if (bytes > UINT32_MAX) base::panic("a snapshot of gigabytes", {{"bytes", bytes}});
  base_bytes += bytes - object.base_bytes;
  object.base = offset;
  object.base_bytes = static_cast<uint32_t>(bytes);
}

void Journal::State::drop_base(Object& object) {
  if (object.base_bytes == 0) return;
  by_base.erase(by_base.iterator_to(object));
  base_bytes -= std::exchange(object.base_bytes, 0);
}

void Journal::State::erase_if_gone(Object& object) {
  if (object.alive || object.queued > 0) return;
  drop_base(object);
  objects.erase(objects.find(object.key.view()));
}

// ---- room ----

void Journal::State::pin(uint64_t position, uint64_t offset) {
  while (!pinned.empty() && pinned.back().offset >= offset) pinned.pop_back();
  pinned.push_back({position, offset});
}

uint64_t Journal::State::oldest_unsettled() const {
  return pinned.empty() ? memory->head() : pinned.front().offset;
}

uint64_t Journal::State::oldest_needed() const {
  const uint64_t entry = oldest_unsettled();
  return by_base.empty() ? entry : std::min(entry, by_base.front().base);
}

// False: everything in the way is unsettled, or the memory cannot grow. Wait for settle().
bool Journal::State::make_room(size_t frame_bytes) {
  // A quarter at most: what follows it must find room too, and the rest of a lap may be lost to
  // padding.
  const uint64_t quarters = 4 * JournalMemory::record_bytes(frame_bytes);
  if (quarters > memory->capacity() && !grow(quarters)) return false;
  if (memory->fits(frame_bytes)) return true;
  memory->release(oldest_needed());
  if (memory->fits(frame_bytes)) return true;
  if (!memory->fits_behind(oldest_unsettled(), frame_bytes)) return false;
  return grow(2 * memory->capacity());
}

bool Journal::State::grow(uint64_t at_least) {
  uint64_t capacity = memory->capacity();
  while (capacity < at_least) capacity *= 2;
  const base::Result<void> grown = memory->grow(capacity);
  if (!grown) {
    if (!std::exchange(growth_failed, true)) {  // tried again at every commit, told once
      base::log_error("the journal cannot grow", {{"bytes", capacity}, {"error", grown.error()}});
    }
    return false;
  }
  growth_failed = false;
  base::log_info("the journal has grown", {{"bytes", capacity}});
  return true;
}

// ---- writing ----

void Journal::State::write_entry(const Entry& entry, std::string_view frame) {
  Object& its = *entry.object;
  const uint64_t offset = memory->write({.kind = Kind::entry,
                                         .first = entry.first,
                                         .removes = entry.traits.removes,
                                         .needs_state = entry.traits.needs_state,
                                         .position = entry.position,
                                         .key = its.hash()},
                                        frame);
  const uint64_t bytes = JournalMemory::record_bytes(frame.size());
  written = entry.position;
  unpaid_bytes += bytes;
  const bool pins_base = entry.traits.needs_state && !entry.first && its.base_bytes > 0;
  pin(entry.position, pins_base ? its.base : offset);
  --its.queued;
  if (entry.first) set_base(its, offset, bytes);
  if (entry.traits.removes) drop_base(its);
  erase_if_gone(its);
}

// False when there is no room: the old base stays, and in the way.
bool Journal::State::write_snapshot(Object& object) {
  if (!make_room(object.base_bytes)) return false;
  const auto last = object.copyable ? memory->frames_at(object.base) : std::nullopt;
  const std::string fresh = last ? std::string() : snapshot(object.key.view());
  const std::string_view frames = last ? *last : fresh;
  if (frames.empty()) {
    base::log_warning("an object of the journal is gone without an entry that removes it");
    object.alive = false;
    erase_if_gone(object);
    return true;
  }
  // For what is copied there is room; to make some might move the ring that it lies in.
  if (!last && !make_room(frames.size())) return false;
  const uint64_t offset =
      memory->write({.kind = Kind::snapshot, .position = written, .key = object.hash()}, frames);
  const uint64_t bytes = JournalMemory::record_bytes(frames.size());
  set_base(object, offset, bytes);
  object.copyable = !object.restless;
  snapshot_budget -= static_cast<int64_t>(bytes);
  return true;
}

void Journal::State::renew_bases() {
  const auto is_due = [this] {
    return !by_base.empty() && by_base.front().base + memory->capacity() / 2 < memory->head();
  };
  if (unpaid_bytes == 0) return;
  snapshot_budget +=
      static_cast<int64_t>(2 * std::exchange(unpaid_bytes, 0)) + kSnapshotAllowanceBytes;
  while (is_due() && snapshot_budget > 0 && write_snapshot(by_base.front())) {
  }
  // Savings are not kept: they would be spent at once on everything that falls due together.
  if (!is_due()) snapshot_budget = std::min<int64_t>(snapshot_budget, 0);
  while (base_bytes > memory->capacity() / 4 && grow(2 * memory->capacity())) {
  }
  memory->publish();
}

// ---- the interface ----

base::Result<base::UniqueFd> Journal::create_memory(const std::string& name) {
  base::UniqueFd memory(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!memory) return base::from_errno("make a journal", errno);
  return memory;
}

base::Result<std::unique_ptr<Journal>> Journal::open(base::UniqueFd memory, size_t ring_bytes) {
  auto opened = JournalMemory::open(std::move(memory), ring_bytes);
  if (!opened) return std::move(opened).error();
  auto state = std::make_unique<State>(*std::move(opened));
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

size_t Journal::replay(const std::function<void(std::string_view payload)>& on_payload) const {
  return replay_each([&](const Replayed& replayed) { on_payload(replayed.payload); });
}

size_t Journal::replay_each(const std::function<void(const Replayed& replayed)>& on_payload) const {
  size_t given = 0;
  state_->each_sound_record([&](const JournalMemory::Record& record, bool applies) {
    each_payload(record.frames, [&](std::string_view payload, const FrameHeader&) {
      on_payload({.payload = payload,
                  .position = record.label.position,
                  .is_snapshot = record.label.kind == JournalMemory::Kind::snapshot,
                  .applies = applies});
      ++given;
      return true;
    });
  });
  return given;
}

uint64_t Journal::last_position() const { return state_->written; }
uint64_t Journal::settled_position() const { return state_->memory->settled(); }
CommandMark Journal::interrupted() const { return state_->interrupted; }

void Journal::start_above(uint64_t position) {
  state_->written = state_->appended = state_->reported = position;
  state_->memory->set_settled(position);
}

void Journal::begin(SnapshotCallback snapshot, CommittedCallback committed,
                    const std::vector<std::string>& keys,
                    const std::vector<std::string>& restless) {
  state_->snapshot = std::move(snapshot);
  state_->committed = std::move(committed);
  std::vector<std::string> all = keys;
  all.insert(all.end(), restless.begin(), restless.end());
  for (const std::string& key : restless) state_->object(key).restless = true;
  state_->adopt_ring(all);
}

uint64_t Journal::next_position() const { return state_->appended + 1; }

uint64_t Journal::append(std::string_view key, std::string_view frame, const EntryTraits& traits) {
  State& state = *state_;
  State::Object& object = state.object(key);
  const State::Entry entry{&object, ++state.appended, !object.alive, traits};
  object.alive = !traits.removes;
  if (!traits.keeps_state) object.copyable = false;
  ++object.queued;
  if (state.queue.empty() && state.make_room(frame.size())) {
    state.write_entry(entry, frame);
  } else {
    state.queue.push_back({entry, std::string(frame)});
  }
  return entry.position;
}

void Journal::commit() {
  State& state = *state_;
  state.memory->release(state.oldest_needed());
  while (!state.queue.empty() && state.make_room(state.queue.front().frame.size())) {
    state.write_entry(state.queue.front().entry, state.queue.front().frame);
    state.queue.pop_front();
  }
  state.memory->publish();
  // The state that a snapshot would give contains what waits, which a crash takes back.
  if (state.queue.empty()) state.renew_bases();
  if (state.written == state.reported) return;
  state.reported = state.written;
  state.committed(state.written);
}

void Journal::settle(uint64_t position) {
  auto& pinned = state_->pinned;
  if (position <= state_->memory->settled()) return;
  while (!pinned.empty() && pinned.front().position <= position) pinned.pop_front();
  state_->memory->set_settled(std::min(position, state_->written));
}

void Journal::mark(const CommandMark& command) { state_->memory->set_mark(command); }
void Journal::clear_mark() { state_->memory->set_mark({}); }
std::vector<CommandMark> Journal::doomed() const { return state_->memory->doomed(); }
void Journal::doom(const CommandMark& command) { state_->memory->doom(command); }
void Journal::spare(const CommandMark& command) { state_->memory->spare(command); }

size_t Journal::capacity_bytes() const { return state_->memory->capacity(); }
size_t Journal::uncommitted() const { return state_->appended - state_->reported; }
void Journal::stop_memory_after(uint64_t bytes) { state_->memory->stop_after(bytes); }
bool Journal::memory_stopped() const { return state_->memory->stopped(); }

}  // namespace banterd::ipc
