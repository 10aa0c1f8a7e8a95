// What one generation's workers write down for the next one's: an export, which is a memfd of
// records (docs/bus.md, "Exports").
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
#include "ipc/export_version.h"

namespace banterd::ipc {

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

}  // namespace banterd::ipc
