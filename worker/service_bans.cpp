// The part of Service that keeps the bans of the whole server on disk, in their owner's worker.
#include "base/fault.h"
#include "base/log.h"
#include "worker/ban_store.h"
#include "worker/service.h"
#include "worker/slot_map.h"

namespace banterd::worker {

void Service::load_bans() {
  const bool is_mine = owner_of(chat::kServerObject, bus_.slots()) == place_.slot;
  if (!is_mine || state_directory_.empty()) return;
  auto bans = worker::load_bans(state_directory_);
  if (!bans) {
    base::log_error("the server's bans cannot be read: none is in force, and none will be kept",
                    {{"error", bans.error()}});
    return;
  }
  if (!bans->empty()) owner_.adopt_bans(*std::move(bans));
}

void Service::save_bans() const {
  static_cast<void>(base::fault("bans"));
  // A file that somebody may want to mend is not written over.
  if (state_directory_.empty()) return;
  if (const auto kept = worker::load_bans(state_directory_); !kept) {
    base::log_error("the server's bans are not kept: stop the server, then mend or remove the file",
                    {{"error", kept.error()}});
    return;
  }
  std::vector<chat::ServerBan> bans;
  if (const chat::Server* server = owner_.server()) {
    for (const auto& [mask, ban] : server->bans()) bans.push_back(ban);
  }
  if (auto written = worker::save_bans(state_directory_, bans); !written) {
    base::log_error("the server's bans cannot be kept for the next start",
                    {{"error", written.error()}});
  }
}

void Service::save_first_bans() const {
  const bool is_mine = owner_of(chat::kServerObject, bus_.slots()) == place_.slot;
  if (!is_mine || state_directory_.empty()) return;
  const chat::Server* const server = owner_.server();
  if (server == nullptr || server->bans().empty()) return;
  const auto kept = worker::load_bans(state_directory_);
  if (kept && kept->empty()) save_bans();
}

}  // namespace banterd::worker
