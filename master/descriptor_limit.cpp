#include "master/descriptor_limit.h"

#include <sys/resource.h>

#include <cerrno>

#include "base/log.h"

namespace banterd::master {

uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
    base::panic("getrlimit failed");  // it cannot (getrlimit(2))
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (before == limit.rlim_max || setrlimit(RLIMIT_NOFILE, &limit) == 0) return limit.rlim_max;
  base::log_warning("cannot raise the limit of descriptors",
                    {{"error", base::from_errno("setrlimit", errno)}});
  return before;
}

}  // namespace banterd::master
