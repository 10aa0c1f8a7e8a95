#include "worker/importer.h"

#include <algorithm>

#include "base/fault.h"
#include "base/log.h"
#include "ipc/frame.h"
#include "ipc/json.h"
#include "worker/service.h"
#include "worker/slot_map.h"

namespace banterd::worker {

namespace {

base::Error invalid(std::string what) { return {base::Errc::invalid, std::move(what)}; }

}  // namespace

Importer::Importer(base::Loop& loop, Service& service, uint32_t imports, Tell tell)
    : loop_(loop), service_(service), imports_(imports), tell_(std::move(tell)) {}

Importer::~Importer() = default;

bool Importer::is_mine(uint64_t connection) const {
  return ipc::slot_of_connection(connection, service_.bus().slots()) == service_.place().slot;
}

void Importer::fail(std::string why) {
  if (std::exchange(done_, true)) return;
  base::log_warning("the hand-over fails here", {{"why", why}});
  tell_(ipc::HandoverFailed{std::move(why)});
}

// ---- what comes ----

void Importer::add(Slot slot, const base::UniqueFd& memory, base::UniqueFd pipe) {
  if (done_) return;
  if (base::fault("import")) return fail("fault injected");
  auto source = std::make_unique<Source>();
  source->slot = slot;
  auto reader = ipc::ExportReader::open(memory);
  if (!reader) return fail(reader.error().context);
  source->reader = *std::move(reader);
  if (auto read = read_head(*source); !read) return fail(read.error().context);
  auto channel = ipc::Channel::create(
      loop_, std::move(pipe),
      [this, raw = source.get()](ipc::Channel::Frame frame) { on_sockets(*raw, std::move(frame)); },
      [this, raw = source.get()](const base::Error& why) { on_pipe_end(*raw, why); });
  if (!channel) return fail(channel.error().context);
  source->pipe = *std::move(channel);
  sources_.push_back(std::move(source));
}

base::Result<void> Importer::read_head(Source& source) {
  bool has_head = false;
  for (const ipc::ExportRecord& record : source.reader->records()) {
    if (record.kind == ipc::ExportKind::head) {
      auto head = ipc::from_json<ExportHead>(record.payload);
      if (!head) return std::move(head).error();
      source.head = *std::move(head);
      has_head = true;
    } else if (record.kind == ipc::ExportKind::client) {
      exported_.insert(record.id);
      if (is_mine(record.id)) ++source.missing;
    } else if (record.kind == ipc::ExportKind::chunk) {
      source.chunks[static_cast<uint32_t>(record.id)] = record.payload;
    }
  }
  if (!has_head) return invalid("an export without a head");
  return {};
}

void Importer::on_sockets(Source& source, ipc::Channel::Frame frame) {
  if (done_) return;
  const auto message = ipc::from_json<Sockets>(frame.payload);
  if (!message) return fail(message.error().context);
  if (frame.descriptors_lost || frame.descriptors.size() != message->connections.size())
    return fail("no descriptors came: out of descriptors");
  if (base::fault("receive")) return fail("fault injected");
  for (size_t i = 0; i < frame.descriptors.size(); ++i) {
    const uint64_t connection = message->connections[i];
    const bool expected = is_mine(connection) && exported_.contains(connection);
    if (!expected || !source.sockets.emplace(connection, std::move(frame.descriptors[i])).second)
      return fail("a socket that nobody asked for");
    --source.missing;
  }
}

// Once everything has come, the old worker may do as it likes.
void Importer::on_pipe_end(const Source& source, const base::Error& why) {
  if (source.missing > 0)
    fail("slot " + std::to_string(source.slot) + " sends no more sockets: " + why.context);
}

bool Importer::all_there() const {
  return sources_.size() == imports_ && service_.bus().complete() &&
         std::all_of(sources_.begin(), sources_.end(),
                     [](const auto& source) { return source->missing == 0; });
}

void Importer::end_iteration() {
  if (done_ || imports_ == 0 || !all_there()) return;
  const uint64_t began_ns = uv_hrtime();
  if (auto built = build(); !built) return fail(built.error().context);
  base::log_info("imported", {{"clients", clients_.size()},
                              {"objects", service_.owner().objects()},
                              {"took_ms", (uv_hrtime() - began_ns) / 1'000'000}});
  if (base::fault("imported")) return fail("fault injected");
  // Before anybody relies on us.
  service_.begin_to_keep();
  done_ = true;
  tell_(ipc::Imported{clients_.size()});
}

void Importer::commit() {
  committed_ = true;
  sources_.clear();
  clients_.clear();
  exported_.clear();
  followed_.clear();
  service_.resume();
  service_.save_first_bans();
}

// ---- building ----

base::Result<void> Importer::build() {
  if (auto read = read_clients(); !read) return read;
  uint64_t last_position = 0;
  for (const auto& source : sources_) {
    last_position = std::max(last_position, source->head.last_position);
    if (auto imported = import_objects(*source); !imported) return imported;
  }
  service_.begin_above(last_position);
  return import_clients();
}

base::Result<void> Importer::read_clients() {
  for (const auto& source : sources_) {
    for (const ipc::ExportRecord& record : source->reader->records()) {
      if (record.kind != ipc::ExportKind::client || !is_mine(record.id)) continue;
      auto client = ipc::from_json<ClientRecord>(record.payload);
      if (!client) return std::move(client).error();
      for (const std::string& room : client->rooms) followed_.insert(chat::fold(room));
      for (const std::string& nick : client->watched) followed_.insert(chat::fold(nick));
      clients_.emplace_back(source.get(), *std::move(client));
    }
  }
  return {};
}

base::Result<void> Importer::import_objects(const Source& source) {
  for (const ipc::ExportRecord& record : source.reader->records()) {
    const bool is_owned = owner_of(record.name, service_.bus().slots()) == service_.place().slot;
    if (record.kind == ipc::ExportKind::object) {
      if (auto imported = import_object(record); !imported) return imported;
    } else if (record.kind == ipc::ExportKind::history && is_owned) {
      service_.owner().import_history(record.name, std::string(record.payload));
    } else if (record.kind == ipc::ExportKind::former && is_owned) {
      auto former = ipc::from_json<FormerRecord>(record.payload);
      if (!former) return std::move(former).error();
      service_.owner().import_former(std::string(record.name), std::move(former->lines));
    }
  }
  return {};
}

base::Result<void> Importer::import_object(const ipc::ExportRecord& record) {
  const bool is_owned = owner_of(record.name, service_.bus().slots()) == service_.place().slot;
  const bool is_followed =
      chat::names_server(record.name) || followed_.contains(std::string(record.name));
  if (!is_owned && !is_followed) return {};
  base::Result<void> result;
  ipc::FrameReader frames;
  const auto read = frames.feed(record.payload, [&](std::string_view payload, uint8_t) {
    auto message = decode_bus_message(payload);
    auto* part = message ? std::get_if<Snapshot>(&*message) : nullptr;
    if (part == nullptr) {
      result = message ? invalid("an object that is no snapshot") : message.error();
      return;
    }
    settle_members(*part);
    if (is_followed) service_.hub().apply(*part);
    if (is_owned) service_.owner().import(std::move(*part));
  });
  if (!read) return read;
  return result;
}

chat::Place Importer::place_of(chat::ClientId client) const {
  return {ipc::slot_of_connection(static_cast<uint64_t>(client), service_.bus().slots()),
          service_.first_incarnation()};
}

// Where people live now.
void Importer::settle_members(Snapshot& part) const {
  if (std::holds_alternative<chat::Server::Part>(part.part)) return;
  if (auto* person = std::get_if<chat::Person::Part>(&part.part)) {
    if (person->profile) person->place = place_of((*person->profile)->client);
    std::erase_if(person->watchers, [&](const chat::Watcher& watcher) {
      return !exported_.contains(static_cast<uint64_t>(watcher.client));
    });
    for (chat::Watcher& watcher : person->watchers) watcher.place = place_of(watcher.client);
    return;
  }
  auto& members = std::get<chat::Room::Part>(part.part).members;
  std::erase_if(members, [&](const chat::Member& member) {
    if (exported_.contains(static_cast<uint64_t>(member.client))) return false;
    base::log_error("a member without a connection is left behind",
                    {{"room", part.object}, {"client", static_cast<uint64_t>(member.client)}});
    return true;
  });
  for (chat::Member& member : members) member.place = place_of(member.client);
}

base::Result<void> Importer::import_clients() {
  for (auto& [source, record] : clients_) {
    if (auto imported = import_client(*source, record); !imported) return imported;
  }
  return {};
}

base::Result<void> Importer::import_client(Source& source, const ClientRecord& record) {
  const auto socket = source.sockets.find(record.connection);
  if (socket == source.sockets.end()) return invalid("a client without a socket");
  std::string input;
  for (const RangeRecord& range : record.socket.input) {
    const auto bytes = bytes_of(source, range);
    if (!bytes) return bytes.error();
    input += *bytes;
  }
  auto queue = queue_of(source, record.socket);
  if (!queue) return std::move(queue).error();
  return service_.clients().restore(record, std::move(socket->second), std::move(input),
                                    *std::move(queue));
}

base::Result<std::string_view> Importer::bytes_of(const Source& source, const RangeRecord& range) {
  const auto chunk = source.chunks.find(range.chunk);
  if (chunk == source.chunks.end() || range.begin > range.end || range.end > chunk->second.size())
    return invalid("bytes that are not in the export");
  return chunk->second.substr(range.begin, range.end - range.begin);
}

base::Result<SendQueue> Importer::queue_of(Source& source, const ConnectionRecord& socket) {
  SendQueue queue;
  for (const RangeRecord& range : socket.output) {
    if (auto checked = bytes_of(source, range); !checked) return checked.error();
    SharedBytesPtr& loaded = source.loaded[range.chunk];
    if (loaded == nullptr) {
      loaded = make_shared_bytes(std::string(source.chunks.find(range.chunk)->second));
    }
    queue.append(loaded, range.begin, range.end);
  }
  if (socket.begun > queue.bytes()) return invalid("more is written than there was to write");
  queue.consume(socket.begun);
  return queue;
}

}  // namespace banterd::worker
