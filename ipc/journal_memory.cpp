#include "ipc/journal_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/log.h"
#include "ipc/round_up.h"

namespace banterd::ipc {

namespace {

constexpr uint64_t kHeaderBytes = 4096;
constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kAlignment = 32;
constexpr char kMagic[8] = {'B', 'N', 'T', 'R', 'J', 'R', 'N', '1'};

enum Flags : uint16_t { flag_first = 1, flag_removes = 2, flag_needs_state = 4 };

}  // namespace

struct JournalMemory::Mark {
  uint64_t connection;  // 0: none
  uint64_t line;
  uint64_t step;

  [[nodiscard]] CommandMark command() const {
    return connection == 0 ? CommandMark{} : CommandMark{connection, line, step};
  }
};

struct JournalMemory::Header {
  struct Ring {
    uint64_t base;  // in the file
    uint64_t capacity;
  };
  uint64_t magic;  // stored last when formatting
  uint64_t version;
  uint64_t active;  // which of the rings counts
  Ring rings[2];
  uint64_t head;
  uint64_t tail;
  uint64_t last_position;
  uint64_t settled;
  Mark mark;
  Mark doomed[kMaxDoomed];
};

struct JournalMemory::RecordHeader {
  uint64_t position;
  uint64_t key;
  uint32_t size;
  uint16_t kind;
  uint16_t flags;
  uint64_t check;

  [[nodiscard]] uint64_t expected_check(uint64_t offset) const {
    return XXH3_64bits_withSeed(this, offsetof(RecordHeader, check), offset);
  }
};

// ---- opening ----

base::Result<std::unique_ptr<JournalMemory>> JournalMemory::open(base::UniqueFd memory,
                                                                 size_t ring_bytes) {
  struct stat status;
  if (::fstat(memory.get(), &status) < 0) return base::from_errno("look at a journal", errno);
  const auto file_bytes = static_cast<uint64_t>(status.st_size);
  std::unique_ptr<JournalMemory> journal(new JournalMemory(std::move(memory)));
  if (auto mapped = journal->map_header(file_bytes); !mapped) return std::move(mapped).error();
  // Without the magic number the first process died while it was formatting.
  Header& header = *journal->header_;
  auto usable = header.magic == 0
                    ? journal->format(round_up(std::max<size_t>(ring_bytes, 1), kPageBytes))
                    : journal->check_header(file_bytes);
  if (!usable) return std::move(usable).error();

  const Header::Ring& active = header.rings[header.active];
  auto ring = journal->map(active.base, active.capacity);
  if (!ring) return std::move(ring).error();
  journal->ring_ = *ring;
  journal->capacity_ = active.capacity;
  journal->head_ = header.head;
  journal->head_place_ = header.head % active.capacity;
  journal->tail_ = header.tail;
  journal->last_written_ = header.last_position;
  // What a process that was killed while growing left behind.
  journal->give_back(kHeaderBytes, active.base);
  journal->give_back(active.base + active.capacity, file_bytes);
  return journal;
}

base::Result<void> JournalMemory::map_header(uint64_t file_bytes) {
  if (file_bytes < kHeaderBytes && ::ftruncate(memory_.get(), kHeaderBytes) < 0) {
    return base::from_errno("make room for a journal", errno);
  }
  auto mapped = map(0, kHeaderBytes);
  if (!mapped) return std::move(mapped).error();
  header_ = reinterpret_cast<Header*>(*mapped);
  return {};
}

base::Result<void> JournalMemory::format(uint64_t ring_bytes) {
  if (::ftruncate(memory_.get(), static_cast<off_t>(kHeaderBytes + ring_bytes)) < 0) {
    return base::from_errno("make room for a journal", errno);
  }
  *header_ = Header{};
  header_->version = kJournalVersion;
  header_->rings[0] = {kHeaderBytes, ring_bytes};
  uint64_t magic;
  std::memcpy(&magic, kMagic, sizeof magic);
  store(header_->magic, magic);
  return {};
}

base::Result<void> JournalMemory::check_header(uint64_t file_bytes) const {
  const auto corrupt = [](std::string_view what) {
    return base::Error{base::Errc::corrupt, "journal: " + std::string(what)};
  };
  const Header& header = *header_;
  if (std::memcmp(&header.magic, kMagic, sizeof kMagic) != 0) return corrupt("not a journal");
  if (header.version != kJournalVersion) return corrupt("another version");
  if (header.active > 1) return corrupt("no such ring");
  const Header::Ring& ring = header.rings[header.active];
  if (ring.base < kHeaderBytes || ring.base % kPageBytes != 0 || ring.base > file_bytes ||
      ring.capacity == 0 || ring.capacity % kPageBytes != 0 ||
      ring.capacity > file_bytes - ring.base) {
    return corrupt("the ring does not lie in the file");
  }
  if (header.tail > header.head || header.head - header.tail > ring.capacity ||
      header.head % kAlignment != 0 || header.tail % kAlignment != 0) {
    return corrupt("head and tail do not match");
  }
  return {};
}

base::Result<char*> JournalMemory::map(uint64_t base, uint64_t bytes) const {
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(),
                        static_cast<off_t>(base));
  if (mapped == MAP_FAILED) return base::from_errno("map a journal", errno);
  return static_cast<char*>(mapped);
}

JournalMemory::~JournalMemory() {
  if (header_ != nullptr) ::munmap(header_, kHeaderBytes);
  if (ring_ != nullptr) ::munmap(ring_, capacity_);
}

// Best effort: pages that stay only cost memory.
void JournalMemory::give_back(uint64_t begin, uint64_t end) const {
  if (begin >= end || stopped()) return;
  static_cast<void>(::fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                static_cast<off_t>(begin), static_cast<off_t>(end - begin)));
}

// ---- storing ----

void JournalMemory::put(char* to, const void* from, size_t bytes) {
  bytes = std::min<uint64_t>(bytes, allowance_);
  allowance_ -= bytes;
  std::memcpy(to, from, bytes);
}

// One store that is seen whole or not at all. The compiler must keep it in its place: a record lies
// before the head that counts it, the tail before the bytes that overwrite what it gave up.
void JournalMemory::store(uint64_t& field, uint64_t value) {
  if (allowance_ < sizeof value) allowance_ = 0;
  if (stopped()) return;
  allowance_ -= sizeof value;
  std::atomic_ref<uint64_t>(field).store(value, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

uint64_t JournalMemory::record_bytes(size_t frame_bytes) {
  return round_up(sizeof(RecordHeader) + frame_bytes, kAlignment);
}

bool JournalMemory::fits_behind(uint64_t tail, size_t frame_bytes) const {
  uint64_t needed = record_bytes(frame_bytes);
  const uint64_t rest_of_lap = capacity_ - head_place_;
  if (needed > rest_of_lap) needed += rest_of_lap;
  return head_ + needed - tail <= capacity_;
}

uint64_t JournalMemory::write(const Label& label, std::string_view frames) {
  if (!fits(frames.size()))
    base::panic("a journal record without room", {{"bytes", frames.size()}});
  const uint64_t bytes = record_bytes(frames.size());
  if (bytes > capacity_ - head_place_) write_padding();
  RecordHeader header{.position = label.position,
                      .key = label.key,
                      .size = static_cast<uint32_t>(frames.size()),
                      .kind = static_cast<uint16_t>(label.kind),
                      .flags = static_cast<uint16_t>((label.first ? flag_first : 0) |
                                                     (label.removes ? flag_removes : 0) |
                                                     (label.needs_state ? flag_needs_state : 0)),
                      .check = 0};
  header.check = header.expected_check(head_);
  put(ring_ + head_place_, &header, sizeof header);
  put(ring_ + head_place_ + sizeof header, frames.data(), frames.size());
  if (label.kind == Kind::entry) last_written_ = label.position;
  const uint64_t offset = head_;
  advance_head(bytes);
  return offset;
}

void JournalMemory::write_padding() {
  // Only the header is stored: nobody reads what a padding holds.
  RecordHeader header{};
  header.size = static_cast<uint32_t>(capacity_ - head_place_ - sizeof header);
  header.kind = static_cast<uint16_t>(Kind::padding);
  header.check = header.expected_check(head_);
  put(ring_ + head_place_, &header, sizeof header);
  advance_head(sizeof header + header.size);
}

void JournalMemory::advance_head(uint64_t bytes) {
  head_ += bytes;
  head_place_ += bytes;
  if (head_place_ == capacity_) head_place_ = 0;
}

void JournalMemory::publish() {
  if (header_->head == head_) return;
  store(header_->head, head_);
  // A kill between the two is mended by whoever scans the ring.
  store(header_->last_position, last_written_);
}

void JournalMemory::release(uint64_t tail) {
  publish();
  if (tail == tail_) return;
  tail_ = tail;
  store(header_->tail, tail);
}

base::Result<void> JournalMemory::grow(uint64_t capacity) {
  const Header::Ring old = header_->rings[header_->active];
  const Header::Ring fresh{old.base + old.capacity, capacity};
  const uint64_t end = fresh.base + fresh.capacity;
  struct stat status;
  if (::fstat(memory_.get(), &status) < 0) return base::from_errno("look at a journal", errno);
  if (static_cast<uint64_t>(status.st_size) < end &&
      ::ftruncate(memory_.get(), static_cast<off_t>(end)) < 0) {
    return base::from_errno("make room for a journal", errno);
  }
  auto mapped = map(fresh.base, fresh.capacity);
  if (!mapped) return std::move(mapped).error();
  for (uint64_t offset = tail_; offset < head_;) {
    const uint64_t lap_end = (offset / capacity_ + 1) * capacity_;
    const uint64_t bytes = std::min(head_, lap_end) - offset;
    put(*mapped + offset % capacity, place(offset), bytes);
    offset += bytes;
  }
  const uint64_t other = 1 - header_->active;
  store(header_->rings[other].base, fresh.base);
  store(header_->rings[other].capacity, fresh.capacity);
  store(header_->active, other);  // from here on the old ring counts no more
  ::munmap(std::exchange(ring_, *mapped), std::exchange(capacity_, capacity));
  head_place_ = head_ % capacity_;
  give_back(old.base, old.base + old.capacity);
  return {};
}

// ---- reading ----

bool JournalMemory::read_record(uint64_t offset, RecordHeader& header) const {
  std::memcpy(&header, place(offset), sizeof header);
  const uint64_t end = std::min(header_->head, (offset / capacity_ + 1) * capacity_);
  return header.check == header.expected_check(offset) && offset + record_bytes(header.size) <= end;
}

std::optional<std::string_view> JournalMemory::frames_at(uint64_t offset) const {
  RecordHeader header;
  if (!read_record(offset, header)) return std::nullopt;
  return std::string_view(place(offset) + sizeof header, header.size);
}

void JournalMemory::scan(const std::function<void(const Record&)>& on_record) const {
  uint64_t damaged_since = UINT64_MAX;
  for (uint64_t offset = tail_; offset < header_->head;) {
    RecordHeader header;
    if (!read_record(offset, header)) {
      damaged_since = std::min(damaged_since, offset);
      offset += kAlignment;
      continue;
    }
    if (damaged_since != UINT64_MAX) {
      base::log_warning("a stretch of the journal is damaged",
                        {{"offset", damaged_since}, {"bytes", offset - damaged_since}});
      damaged_since = UINT64_MAX;
    }
    if (header.kind != static_cast<uint16_t>(Kind::padding)) {
      on_record({.label = {.kind = static_cast<Kind>(header.kind),
                           .first = (header.flags & flag_first) != 0,
                           .removes = (header.flags & flag_removes) != 0,
                           .needs_state = (header.flags & flag_needs_state) != 0,
                           .position = header.position,
                           .key = header.key},
                 .offset = offset,
                 .frames = {place(offset) + sizeof header, header.size}});
    }
    offset += record_bytes(header.size);
  }
  if (damaged_since != UINT64_MAX) {
    base::log_warning("the end of the journal is damaged", {{"offset", damaged_since}});
  }
}

uint64_t JournalMemory::last_position() const { return header_->last_position; }
uint64_t JournalMemory::settled() const { return header_->settled; }
void JournalMemory::set_settled(uint64_t position) { store(header_->settled, position); }

CommandMark JournalMemory::mark() const { return header_->mark.command(); }
void JournalMemory::set_mark(const CommandMark& command) { store_mark(header_->mark, command); }

// The connection comes last: without it there is no mark.
void JournalMemory::store_mark(Mark& field, const CommandMark& command) {
  store(field.connection, 0);
  if (command.connection == 0) return;
  store(field.line, command.line);
  store(field.step, command.step);
  store(field.connection, command.connection);
}

std::vector<CommandMark> JournalMemory::doomed() const {
  std::vector<CommandMark> commands;
  for (const Mark& mark : header_->doomed) {
    const CommandMark command = mark.command();
    if (command.connection != 0 && std::ranges::find(commands, command) == commands.end())
      commands.push_back(command);
  }
  return commands;
}

void JournalMemory::doom(const CommandMark& command) {
  const auto all = doomed();
  if (std::ranges::find(all, command) != all.end()) return;
  auto& marks = header_->doomed;
  // The free places go to the end. A kill half way leaves one twice, which does no harm.
  size_t used = 0;
  for (Mark& mark : marks) {
    if (mark.connection == 0) continue;
    if (&marks[used] != &mark) {
      store_mark(marks[used], mark.command());
      store_mark(mark, {});
    }
    ++used;
  }
  if (used == kMaxDoomed) {
    for (size_t i = 1; i < kMaxDoomed; ++i) store_mark(marks[i - 1], marks[i].command());
    --used;
  }
  store_mark(marks[used], command);
}

void JournalMemory::spare(const CommandMark& command) {
  for (Mark& mark : header_->doomed) {
    if (mark.command() == command) store_mark(mark, {});
  }
}

}  // namespace banterd::ipc
