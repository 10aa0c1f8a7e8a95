#include "master/state.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "ipc/json.h"

namespace banterd::master {

namespace {

constexpr std::string_view kFormatsMark = "formats: ";

base::Error unreadable(const std::string& what) {
  return {base::Errc::invalid, "cannot go on from the running master's state: " + what};
}

}  // namespace

std::string encode(const MasterState& state) { return ipc::to_json(state); }

base::Result<MasterState> decode_state(std::string_view text) {
  auto state = ipc::from_json<MasterState>(text);
  if (!state) return unreadable(state.error().context);
  if (state->version < kOldestStateVersion || state->version > kStateVersion)
    return unreadable("it has version " + std::to_string(state->version));
  const FormatVersions& formats = state->formats;
  if (!ipc::can_read({formats.export_written, formats.export_readable_since})) {
    return unreadable("its workers write exports of version " +
                      std::to_string(formats.export_written));
  }
  if (formats.journal != ipc::kJournalVersion) {
    return unreadable("its workers write journals of version " + std::to_string(formats.journal));
  }
  return state;
}

base::Result<base::UniqueFd> write_state(std::string_view text) {
  base::UniqueFd memory(memfd_create("banterd-state", MFD_CLOEXEC));
  if (!memory) return base::from_errno("make a memfd", errno);
  if (!base::write_all(memory.get(), text)) return base::from_errno("write the state", errno);
  return memory;
}

base::Result<std::string> read_state(int memory) {
  std::string text;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = pread(memory, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::from_errno("read the state", errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

base::Result<FormatVersions> prove_state_readable() {
  auto text = read_state(kStateDescriptor);
  if (!text) return text.error();
  auto state = decode_state(*text);
  if (!state) return state.error();
  return FormatVersions{};
}

std::string describe_formats(const FormatVersions& formats) {
  return std::string(kFormatsMark) + ipc::to_json(formats);
}

std::optional<FormatVersions> find_formats(std::string_view output) {
  const size_t at = output.find(kFormatsMark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view line = output.substr(at + kFormatsMark.size());
  line = line.substr(0, line.find('\n'));
  auto formats = ipc::from_json<FormatVersions>(line);
  if (!formats) return std::nullopt;
  return *formats;
}

}  // namespace banterd::master
