// For the program banterd_older: a build whose exports are of the version before the present one.
#include "ipc/export_version.h"

namespace banterd::ipc {

ExportVersion export_version() { return {.written = 1, .readable_since = 1}; }

}  // namespace banterd::ipc
