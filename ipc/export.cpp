#include "ipc/export.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "ipc/round_up.h"

namespace banterd::ipc {

namespace {

constexpr uint64_t kMagic = 0x31505845'52544e42;  // "BNTREXP1" in memory on a PC
constexpr size_t kAlignment = 8;
constexpr uint32_t kOldestReadable = 1;
// Records are gathered to so many bytes for one write.
constexpr size_t kWriteBytes = size_t{1} << 20;

struct FileHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t readable_since;
  uint64_t bytes;  // of the whole file; 0 while it is being written
};
struct RecordHeader {
  uint32_t kind;
  uint32_t name_bytes;
  uint64_t id;
  uint64_t payload_bytes;
};
static_assert(sizeof(FileHeader) % kAlignment == 0 && sizeof(RecordHeader) % kAlignment == 0);

template <class T>
void append_raw(std::string& out, const T& value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <class T>
T read_raw(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

base::Error corrupt(std::string what) {
  return {base::Errc::corrupt, "an export is damaged: " + std::move(what)};
}

}  // namespace

bool can_read(const ExportVersion& version) {
  return version.written >= kOldestReadable && version.readable_since <= export_version().written;
}

// ---- writing ----

base::Result<ExportWriter> ExportWriter::create(const std::string& name, ExportVersion version) {
  base::UniqueFd memory(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!memory) return base::from_errno("make an export", errno);
  return ExportWriter(std::move(memory), version);
}

ExportWriter::ExportWriter(base::UniqueFd memory, ExportVersion version)
    : memory_(std::move(memory)) {
  append_raw(buffer_, FileHeader{kMagic, version.written, version.readable_since, 0});
}

void ExportWriter::add(const ExportRecord& record) {
  append_raw(buffer_, RecordHeader{static_cast<uint32_t>(record.kind),
                                   static_cast<uint32_t>(record.name.size()), record.id,
                                   record.payload.size()});
  buffer_.append(record.name).append(record.payload);
  const uint64_t body = record.name.size() + record.payload.size();
  buffer_.append(round_up(body, kAlignment) - body, '\0');
  if (buffer_.size() >= kWriteBytes) flush();
}

void ExportWriter::flush() {
  if (error_ == 0 && !base::write_all(memory_.get(), buffer_)) error_ = errno;
  written_ += buffer_.size();
  buffer_.clear();
}

base::Result<base::UniqueFd> ExportWriter::finish() {
  add({ExportKind::end, 0, {}, {}});
  flush();
  // The size comes last: without it, this is no export.
  const uint64_t bytes = written_;
  if (error_ == 0 && ::pwrite(memory_.get(), &bytes, sizeof bytes, offsetof(FileHeader, bytes)) !=
                         static_cast<ssize_t>(sizeof bytes)) {
    error_ = errno;
  }
  if (error_ != 0) return base::from_errno("write an export", error_);
  return std::move(memory_);
}

// ---- reading ----

base::Result<std::unique_ptr<ExportReader>> ExportReader::open(const base::UniqueFd& memory) {
  struct stat facts {};
  if (::fstat(memory.get(), &facts) < 0) return base::from_errno("look at an export", errno);
  const auto size = static_cast<size_t>(facts.st_size);
  if (size < sizeof(FileHeader)) return corrupt("too short");
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, memory.get(), 0);
  if (mapped == MAP_FAILED) return base::from_errno("map an export", errno);
  std::unique_ptr<ExportReader> reader(new ExportReader(static_cast<const char*>(mapped), size));
  if (auto indexed = reader->index(); !indexed) return std::move(indexed).error();
  return reader;
}

ExportReader::~ExportReader() { ::munmap(const_cast<char*>(bytes_), size_); }

base::Result<void> ExportReader::index() {
  const auto header = read_raw<FileHeader>(bytes_);
  if (header.magic != kMagic) return corrupt("no export");
  if (!can_read({header.version, header.readable_since})) {
    return base::Error{base::Errc::invalid, "an export of version " +
                                                std::to_string(header.version) +
                                                " cannot be read: this is version " +
                                                std::to_string(export_version().written)};
  }
  if (header.bytes != size_) return corrupt("not whole");
  size_t at = sizeof header;
  while (at + sizeof(RecordHeader) <= size_) {
    const auto record = read_raw<RecordHeader>(bytes_ + at);
    at += sizeof record;
    const size_t left = size_ - at;
    if (record.name_bytes > left || record.payload_bytes > left - record.name_bytes)
      return corrupt("a record is longer than the rest");
    if (static_cast<ExportKind>(record.kind) == ExportKind::end) return {};
    const char* const name = bytes_ + at;
    records_.push_back({static_cast<ExportKind>(record.kind),
                        record.id,
                        {name, record.name_bytes},
                        {name + record.name_bytes, record.payload_bytes}});
    at += round_up(record.name_bytes + record.payload_bytes, kAlignment);
  }
  return corrupt("it has no end");
}

}  // namespace banterd::ipc
