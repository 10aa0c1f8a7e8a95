// Which exports (ipc/export.h) a build writes, and which it can read: what a master has to know of
// them.
#pragma once

#include <cstdint>

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

}  // namespace banterd::ipc
