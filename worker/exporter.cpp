#include "worker/exporter.h"

#include <algorithm>
#include <unordered_map>

#include "base/fault.h"
#include "base/log.h"
#include "ipc/export.h"
#include "ipc/json.h"
#include "worker/handover_records.h"
#include "worker/service.h"

namespace banterd::worker {

namespace {

// Gathers the bytes that clients' queues refer to, each buffer once however many refer to it.
class Chunks {
 public:
  explicit Chunks(ipc::ExportWriter& writer) : writer_(writer) {}

  std::vector<RangeRecord> ranges_of(const SendQueue& queue) {
    std::vector<RangeRecord> ranges;
    queue.each_with_begun([&](const SharedBytesPtr& buffer, size_t begin, size_t end) {
      const auto [known, is_new] = placed_.try_emplace(buffer.get());
      if (is_new) known->second = place(buffer->bytes);
      add(ranges, known->second, begin, end);
    });
    return ranges;
  }

  std::vector<RangeRecord> ranges_of(std::string_view bytes) {
    std::vector<RangeRecord> ranges;
    if (!bytes.empty()) add(ranges, place(bytes), 0, bytes.size());
    return ranges;
  }

  void finish() {
    if (!chunk_.empty()) writer_.add({ipc::ExportKind::chunk, number_, {}, chunk_});
    ++number_;
    chunk_.clear();
  }

 private:
  // A chunk is given up as a whole, by the last client that has written his part of it: small
  // enough not to keep much, large enough that one range is many messages.
  static constexpr size_t kChunkBytes = size_t{128} * 1024;
  struct Place {
    uint32_t chunk = 0;
    uint32_t begin = 0;
  };

  Place place(std::string_view bytes) {
    if (!chunk_.empty() && chunk_.size() + bytes.size() > kChunkBytes) finish();
    const Place at{number_, static_cast<uint32_t>(chunk_.size())};
    chunk_.append(bytes);
    return at;
  }

  // Buffers that follow each other in a queue mostly do so in a chunk: then they are one range.
  static void add(std::vector<RangeRecord>& ranges, const Place& at, size_t begin, size_t end) {
    const auto from = at.begin + static_cast<uint32_t>(begin);
    const auto to = at.begin + static_cast<uint32_t>(end);
    if (!ranges.empty() && ranges.back().chunk == at.chunk && ranges.back().end == from) {
      ranges.back().end = to;
    } else {
      ranges.push_back({at.chunk, from, to});
    }
  }

  ipc::ExportWriter& writer_;
  std::unordered_map<const SharedBytes*, Place> placed_;
  std::string chunk_;
  uint32_t number_ = 0;
};

// The connection keeps its socket: it goes on with it if the hand-over is given up.
ipc::SharedFd borrow(int descriptor) {
  return {new base::UniqueFd(descriptor), [](base::UniqueFd* borrowed) {
            static_cast<void>(borrowed->release());
            delete borrowed;
          }};
}

}  // namespace

Exporter::Exporter(base::Loop& loop, Service& service, Tell tell)
    : loop_(loop), service_(service), tell_(std::move(tell)) {}

Exporter::~Exporter() = default;

void Exporter::freeze() {
  if (base::fault("freeze")) return fail("fault injected");
  if (state_ != State::serving) return;
  state_ = State::freezing;
  service_.clients().drain();
}

void Exporter::thaw() {
  if (state_ == State::serving) return;
  pipes_.clear();
  sockets_.clear();
  state_ = State::serving;
  service_.resume();
}

void Exporter::begin(uint64_t attempt, std::vector<base::UniqueFd> pipes) {
  if (state_ != State::frozen) return fail("asked for an export before it was frozen");
  state_ = State::meeting;
  attempt_ = attempt;
  sockets_ = std::move(pipes);
  service_.standings().send_barrier(attempt);
}

void Exporter::end_iteration() {
  if (state_ == State::freezing && service_.quiet()) {
    state_ = State::frozen;
    service_.suspend();
    tell_(ipc::Frozen{}, {});
  } else if (state_ == State::meeting && service_.standings().met_barriers(attempt_)) {
    state_ = State::exported;
    write_down();
  } else if (state_ == State::exported) {
    const bool all_sent = std::all_of(pipes_.begin(), pipes_.end(),
                                      [](const auto& pipe) { return pipe->queued_bytes() == 0; });
    if (all_sent && !std::exchange(told_sent_, true)) static_cast<void>(base::fault("exported"));
  }
}

void Exporter::fail(std::string why) {
  base::log_warning("the hand-over fails here", {{"why", why}});
  tell_(ipc::HandoverFailed{std::move(why)}, {});
}

void Exporter::write_down() {
  const uint64_t began_ns = uv_hrtime();
  auto writer =
      ipc::ExportWriter::create("banterd-export-" + std::to_string(service_.place().slot));
  if (!writer || base::fault("export"))
    return fail(writer ? "fault injected" : writer.error().context);
  writer->add({ipc::ExportKind::head, 0, {}, ipc::to_json(ExportHead{service_.owner().settled()})});
  service_.owner().export_to(*writer);
  Chunks chunks(*writer);
  uint64_t clients = 0;
  service_.clients().each([&](const Client& client) {
    if (client.connection() == nullptr) return;
    ClientRecord record = client.save();
    record.socket.input = chunks.ranges_of(client.connection()->input());
    record.socket.output = chunks.ranges_of(client.connection()->queue());
    record.socket.begun = client.connection()->queue().begun().written;
    writer->add({ipc::ExportKind::client, record.connection, {}, ipc::to_json(record)});
    ++clients;
  });
  chunks.finish();
  auto memory = writer->finish();
  if (!memory) return fail(memory.error().context);
  base::log_info("exported",
                 {{"clients", clients}, {"took_ms", (uv_hrtime() - began_ns) / 1'000'000}});
  tell_(ipc::Exported{clients}, {std::make_shared<base::UniqueFd>(*std::move(memory))});
  send_sockets();
}

void Exporter::send_sockets() {
  const auto slots = static_cast<Slot>(sockets_.size());
  for (base::UniqueFd& socket : sockets_) {
    // Who imports does not answer here, and its end is the master's business.
    auto pipe = ipc::Channel::create(
        loop_, std::move(socket), [](ipc::Channel::Frame) {}, [](const base::Error&) {});
    if (!pipe) return fail(pipe.error().context);
    pipes_.push_back(*std::move(pipe));
  }
  sockets_.clear();
  told_sent_ = false;
  std::vector<Sockets> batches(slots);
  std::vector<std::vector<ipc::SharedFd>> descriptors(slots);
  const auto send = [&](Slot slot) {
    pipes_[slot]->send(ipc::to_json(batches[slot]), std::exchange(descriptors[slot], {}));
    batches[slot].connections.clear();
  };
  service_.clients().each([&](const Client& client) {
    if (client.connection() == nullptr) return;
    const Slot slot = ipc::slot_of_connection(client.connection_id(), slots);
    batches[slot].connections.push_back(client.connection_id());
    descriptors[slot].push_back(borrow(client.connection()->descriptor()));
    if (descriptors[slot].size() == ipc::kMaxFrameDescriptors) send(slot);
  });
  if (base::fault("sockets")) return fail("fault injected");
  for (Slot slot = 0; slot < slots; ++slot) {
    if (!descriptors[slot].empty()) send(slot);
    pipes_[slot]->flush();
  }
}

}  // namespace banterd::worker
