#include "ipc/export_version.h"

namespace banterd::ipc {

// Nothing else may be defined in this file: see export_version.h.
ExportVersion export_version() { return {.written = 2, .readable_since = 1}; }

}  // namespace banterd::ipc
