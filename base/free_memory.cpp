#include "base/free_memory.h"

#include <malloc.h>

#include <algorithm>

namespace banterd::base {

bool FreeMemory::give_back() {
  const struct ::mallinfo2 info = ::mallinfo2();
  const size_t now_changed = std::max(used_, info.uordblks) - std::min(used_, info.uordblks);
  used_ = info.uordblks;
  changed_ += now_changed;
  const bool rests = now_changed < kLittle;
  if (info.fordblks < kLittle || changed_ < (rests ? kLittle : kMuch)) return false;
  changed_ = 0;
  // 0: it was all returned before, and none of it has been used since.
  return ::malloc_trim(0) != 0;
}

}  // namespace banterd::base
