#include "master/configuration.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"
#include "conf/locate.h"
#include "conf/motd.h"
#include "ipc/json.h"
#include "master/state_directory.h"

namespace banterd::master {

namespace {

base::Result<void> require_short(const std::string& text, const std::string& name) {
  const size_t bytes = ipc::to_json(text).size();
  if (bytes <= kMostTextBytes) return {};
  return base::Error{base::Errc::limit,
                     name + ": too long to be passed to workers: " + std::to_string(bytes) +
                         " bytes as JSON, at most " + std::to_string(kMostTextBytes) + " can be"};
}

base::Result<void> check_state_directory(const std::string& directory) {
  if (auto good = require_utf8(directory); !good) return good;
  if (auto key = read_cloak_key(directory); !key) return key.error();
  return {};
}

}  // namespace

base::Result<void> require_utf8(const std::string& path) {
  if (base::is_valid_utf8(path)) return {};
  return base::Error{base::Errc::invalid, path + ": the path is not valid UTF-8"};
}

base::Result<Configuration> read_configuration(const std::optional<std::string>& file,
                                               const std::string& name) {
  Configuration configuration;
  configuration.text = conf::default_text();
  if (file) {
    if (auto good = require_utf8(*file); !good) return good.error();
    auto text = conf::read_text(*file);
    if (!text) return text.error();
    if (auto fits = require_short(*text, name); !fits) return fits.error();
    configuration.text = std::move(*text);
  }
  auto config = conf::parse(configuration.text, name);
  if (!config) return config.error();
  configuration.config = std::move(*config);
  return configuration;
}

base::Result<Configuration> read_configuration_again(const std::optional<std::string>& file,
                                                     const std::string& name) {
  if (file) {
    if (auto regular = base::require_regular(*file); !regular) return regular.error();
  }
  return read_configuration(file, name);
}

base::Result<void> check_files(const Configuration& configuration, const std::string& name) {
  std::string mistakes;
  const auto note = [&](std::initializer_list<std::string_view> keys, const base::Error& error) {
    if (!mistakes.empty()) mistakes += '\n';
    mistakes += conf::locate(configuration.text, name, keys) + ": " + error.context;
  };
  if (const auto& motd = configuration.config.server.motd_file) {
    if (auto text = conf::read_motd(*motd); !text) note({"server", "motd_file"}, text.error());
  }
  if (auto good = check_state_directory(state_directory(configuration.config)); !good)
    note({"state_directory"}, good.error());
  if (mistakes.empty()) return {};
  return base::Error{base::Errc::invalid, mistakes};
}

}  // namespace banterd::master
