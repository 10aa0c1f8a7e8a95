// Points at which a test can make a process fail. The program itself never does: base/fault.cpp
// answers no. A test's program links a definition of its own instead (tests/support/faults.cpp),
// since the linker takes what an object file defines before it looks into a library.
#pragma once

#include <string_view>

namespace banterd::base {

// Whether the step named `step` is to fail as if its system call had. In a test the process may
// also end or stop in here.
bool fault(std::string_view step);

}  // namespace banterd::base
