// What one generation leaves to the next: any bytes as the records of an export, as the JSON of a
// client, and as what comes with the sockets. Nothing but an error may come of bytes that make no
// sense, and what is understood survives being written again.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ipc/export.h"
#include "ipc/json.h"
#include "worker/bus_messages.h"
#include "worker/handover_records.h"

using namespace banterd;

namespace {

template <class Record>
void check_round_trip(std::string_view text) {
  const auto record = ipc::from_json<Record>(text);
  if (!record) return;
  const auto has_profile = [](const auto& r) {
    if constexpr (requires { r.profile; })
      return r.profile != nullptr && !r.profile->nick.str().empty();
    return true;
  };
  if (!has_profile(*record)) return;  // refused by who imports
  const std::string once = ipc::to_json(*record);
  const auto again = ipc::from_json<Record>(once);
  if (!again || ipc::to_json(*again) != once) std::abort();
}

// The file's header is right, so that the fuzzer comes to the records.
void read_records(std::string_view bytes) {
  const base::UniqueFd memory(::memfd_create("fuzz", MFD_CLOEXEC));
  struct {
    char magic[8] = {'B', 'N', 'T', 'R', 'E', 'X', 'P', '1'};
    uint32_t written = ipc::export_version().written;
    uint32_t readable_since = ipc::export_version().readable_since;
    uint64_t size = 0;
  } header;
  header.size = sizeof header + bytes.size();
  if (::write(memory.get(), &header, sizeof header) != sizeof header) std::abort();
  if (::write(memory.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  const auto reader = ipc::ExportReader::open(memory);
  if (!reader) return;
  size_t total = 0;  // every byte of every view can be read
  for (const ipc::ExportRecord& record : (*reader)->records()) {
    for (const char c : record.name) total += static_cast<unsigned char>(c);
    for (const char c : record.payload) total += static_cast<unsigned char>(c);
  }
  static_cast<void>(total);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_records(bytes);
  check_round_trip<worker::ClientRecord>(bytes);
  check_round_trip<worker::ExportHead>(bytes);
  check_round_trip<worker::Sockets>(bytes);
  return 0;
}
