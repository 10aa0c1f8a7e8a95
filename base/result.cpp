#include "base/result.h"

#include <uv.h>

#include <cerrno>
#include <cstring>

namespace banterd::base {

namespace {

Errc classify(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
      return Errc::out_of_descriptors;
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
    case EADDRINUSE:
      return Errc::exists;
    case EACCES:
    case EPERM:
      return Errc::denied;
    case EPIPE:
    case ECONNRESET:
      return Errc::closed;
    default:
      return Errc::system;
  }
}

}  // namespace

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::exists:
      return "exists";
    case Errc::denied:
      return "denied";
    case Errc::limit:
      return "limit";
    case Errc::frame_too_large:
      return "frame_too_large";
    case Errc::corrupt:
      return "corrupt";
    case Errc::closed:
      return "closed";
    case Errc::out_of_descriptors:
      return "out_of_descriptors";
    case Errc::system:
      return "system";
  }
  return "unknown";
}

Error from_errno(std::string_view what, int error_number) {
  return {classify(error_number), std::string(what) + ": " + std::strerror(error_number)};
}

// libuv's results are negated errno values on Unix (https://docs.libuv.org/en/v1.x/errors.html).
Error from_uv(std::string_view what, int uv_result) {
  return {classify(-uv_result), std::string(what) + ": " + uv_strerror(uv_result)};
}

}  // namespace banterd::base
