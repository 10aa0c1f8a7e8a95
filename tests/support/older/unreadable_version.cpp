// For the program banterd_stranger: a build whose exports nobody else reads, and which reads nobody
// else's.
#include "ipc/export_version.h"

namespace banterd::ipc {

ExportVersion export_version() { return {.written = 0, .readable_since = 99}; }

}  // namespace banterd::ipc
