// The new generation's side of a hand-over (docs/architecture.md, "Reload"): takes from the exports
// of all old slots what is for this one, and waits for the sockets of its clients. Nothing of it
// lives before commit(): until then this worker may be killed and nobody notices.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "ipc/channel.h"
#include "ipc/export.h"
#include "ipc/messages.h"
#include "worker/handover_records.h"

namespace banterd::worker {

class Service;

class Importer {
 public:
  using Tell = std::function<void(const ipc::ToMaster& message)>;

  // `imports`: how many exports will be given.
  Importer(base::Loop& loop, Service& service, uint32_t imports, Tell tell);
  ~Importer();

  // The export of an old slot, and the pipe by which the sockets come.
  void add(Slot slot, const base::UniqueFd& memory, base::UniqueFd pipe);
  // Builds everything once everything is there. At the end of an iteration.
  void end_iteration();
  // The clients are another process's still: nothing may be said to them.
  [[nodiscard]] bool is_waiting() const { return imports_ > 0 && !committed_; }
  // The clients are ours: they are served from now on.
  void commit();

 private:
  // One old slot.
  struct Source {
    Slot slot = 0;
    std::unique_ptr<ipc::ExportReader> reader;
    ExportHead head;
    std::unique_ptr<ipc::Channel> pipe;
    size_t missing = 0;  // sockets that have not come
    std::unordered_map<uint64_t, base::UniqueFd> sockets;
    std::unordered_map<uint32_t, std::string_view> chunks;
    std::unordered_map<uint32_t, SharedBytesPtr> loaded;  // chunks that queues refer to
  };

  base::Result<void> read_head(Source& source);
  void on_sockets(Source& source, ipc::Channel::Frame frame);
  void on_pipe_end(const Source& source, const base::Error& why);
  [[nodiscard]] bool all_there() const;
  void fail(std::string why);

  base::Result<void> build();
  base::Result<void> read_clients();
  base::Result<void> import_objects(const Source& source);
  base::Result<void> import_object(const ipc::ExportRecord& record);
  void settle_members(Snapshot& part) const;
  [[nodiscard]] chat::Place place_of(chat::ClientId client) const;
  base::Result<void> import_clients();
  base::Result<void> import_client(Source& source, const ClientRecord& record);
  static base::Result<std::string_view> bytes_of(const Source& source, const RangeRecord& range);
  static base::Result<SendQueue> queue_of(Source& source, const ConnectionRecord& socket);
  [[nodiscard]] bool is_mine(uint64_t connection) const;

  base::Loop& loop_;
  Service& service_;
  const uint32_t imports_;
  Tell tell_;
  std::vector<std::unique_ptr<Source>> sources_;
  // Of all slots: who is in a room without being among them is in it by a defect.
  std::unordered_set<uint64_t> exported_;
  std::vector<std::pair<Source*, ClientRecord>> clients_;  // this slot's
  std::unordered_set<std::string> followed_;               // that they are in, folded
  bool done_ = false;  // told the master that all is there, or that it cannot be
  bool committed_ = false;
};

}  // namespace banterd::worker
