#include "conf/motd.h"

#include <algorithm>

#include "base/file.h"
#include "base/utf8.h"

namespace banterd::conf {

base::Result<std::string> read_motd(const std::string& path) {
  // Each worker reads it when it starts.
  if (auto regular = base::require_regular(path); !regular) return regular.error();
  auto text = base::read_file(path, kMaxMotdBytes);
  if (!text) return text.error();
  const size_t bad = std::min(base::find_bad_utf8(*text), text->find('\0'));
  if (bad == std::string::npos) return text;
  const auto line = 1 + std::count(text->begin(), text->begin() + static_cast<long>(bad), '\n');
  return base::Error{base::Errc::invalid,
                     path + ": line " + std::to_string(line) + " is not valid UTF-8 text"};
}

}  // namespace banterd::conf
