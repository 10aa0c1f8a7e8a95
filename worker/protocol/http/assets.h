// The files of the web page, as they are in the program: each one below web/dist when it was built
// (cmake/embed_assets.cmake).
#pragma once

#include <span>
#include <string_view>

namespace banterd::worker::http {

struct Asset {
  std::string_view path;  // "/index.html"
  std::string_view content_type;
  std::string_view etag;  // of the plain bytes, weak, with its quotes
  std::string_view plain;
  std::string_view gzip;  // empty where compression gains nothing
};

// In the order of their paths.
std::span<const Asset> assets();

}  // namespace banterd::worker::http
