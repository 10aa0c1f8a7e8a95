// How one generation's workers give what they have to the next one's: an export, which is a memfd
// of records, and the clients' sockets, many per frame (docs/bus.md, "Exports").
//
//   Export:  magic | version | readable since | bytes | record | record | ...
//   Record:  kind | bytes of the name | id | bytes of the payload | name | payload | up to 8 n
//
// Numbers are the machine's own: an export never leaves it. This file knows the form; what the
// records say is the worker's business (worker/handover_records.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace banterd::ipc {

// The version of an export, and the oldest version of a build that can read it. Both grow only when
// an older build would misread what a newer one writes: it ignores a field or a kind of record that
// it does not know, and a newer build does without those that an older one did not write.
//   1  before there were `history` records and a client's `flood`
//   2  with them
struct ExportVersion {
  uint32_t written = 0;
  uint32_t readable_since = 0;
};
// What this build writes; in a file of its own (ipc/export_version.cpp), so that a test's program
// can be another build.
ExportVersion export_version();
// Whether this build reads such an export: it is not too old, and this build not too old for it.
bool can_read(const ExportVersion& version);

enum class ExportKind : uint32_t {
  head = 1,     // once, first: what is of no object and no client
  object = 2,   // name: the folded name. Frames of its snapshot
  history = 3,  // name: the room's folded name. Frames of what was said
  client = 4,   // id: the connection. What is known of one client
  chunk = 5,    // id: its number. Bytes that clients' queues refer to
  end = 6,      // once, last
  former = 7,   // name: a folded nick. Who has had it
};

struct ExportRecord {
  ExportKind kind{};
  uint64_t id = 0;
  std::string_view name;
  std::string_view payload;
};

// Writes an export. What it cannot write (no memory, no descriptors) is an Error of finish().
class ExportWriter {
 public:
  // Opens the memfd.
  static base::Result<ExportWriter> create(const std::string& name,
                                           ExportVersion version = export_version());

  void add(const ExportRecord& record);
  // Ends the export and gives its memfd.
  base::Result<base::UniqueFd> finish();

 private:
  ExportWriter(base::UniqueFd memory, ExportVersion version);
  void flush();

  base::UniqueFd memory_;
  std::string buffer_;  // not yet written
  uint64_t written_ = 0;
  int error_ = 0;  // of the first write that failed
};

// A mapped export.
class ExportReader {
 public:
  // Errc::corrupt when it is not whole or no export at all, Errc::invalid when its version cannot
  // be read.
  static base::Result<std::unique_ptr<ExportReader>> open(const base::UniqueFd& memory);
  ExportReader(const ExportReader&) = delete;
  ExportReader& operator=(const ExportReader&) = delete;
  ~ExportReader();

  // In the order of writing, the last (end) left out. The views live as long as the reader.
  [[nodiscard]] const std::vector<ExportRecord>& records() const { return records_; }

 private:
  ExportReader(const char* bytes, size_t size) : bytes_(bytes), size_(size) {}
  base::Result<void> index();

  const char* bytes_;  // mapped
  size_t size_;
  std::vector<ExportRecord> records_;
};

// On the pipe from an old slot to a new one: so many sockets, in the order of the ids of their
// connections; at most kMaxFrameDescriptors.
struct Sockets {
  static constexpr std::string_view kType = "sockets";
  std::vector<uint64_t> connections;
  static void fields(auto& self, auto&& field) { field("connections", self.connections); }
};
std::string encode(const Sockets& message);
base::Result<Sockets> decode_sockets(std::string_view payload);

}  // namespace banterd::ipc
