#include "worker/kept_state.h"

#include <algorithm>

#include "ipc/json.h"
#include "worker/slot_map.h"

namespace banterd::worker {

namespace {

base::Error corrupt(std::string what) {
  return {base::Errc::corrupt, "a checkpoint: " + std::move(what)};
}

}  // namespace

// ---- streams ----

base::Result<SendQueue> KeptState::Streams::unwritten(uint64_t written) const {
  SendQueue queue;
  if (written < output_begin) return corrupt("less was written than is known");
  uint64_t skipped = written - output_begin;
  for (const Piece& piece : output) {
    const uint64_t bytes = piece.end - piece.begin;
    if (queue.empty() && skipped >= bytes) {
      skipped -= bytes;
    } else {
      queue.append(piece.buffer, piece.begin, piece.end);
    }
  }
  if (skipped > queue.bytes()) return corrupt("more was written than was there");
  queue.consume(static_cast<size_t>(skipped));
  return queue;
}

base::Result<std::string> KeptState::Streams::untaken(uint64_t read_in_all) const {
  if (read_in_all < read || read_in_all - read > (reads_more ? more.size() : 0))
    return corrupt("what was read is not what is known");
  return unconsumed + more.substr(0, static_cast<size_t>(read_in_all - read));
}

// ---- reading ----

base::Result<KeptClient> KeptState::One::client() const {
  return ipc::from_json<KeptClient>(record);
}

base::Result<KeptState> KeptState::read(const ipc::ClientMemory& memory) {
  KeptState state;
  state.open.resize(ipc::kMaxSlots);
  state.answered.resize(ipc::kMaxSlots);
  auto read = memory.replay([&](std::string_view changes) { return state.apply(changes); });
  if (!read) return std::move(read).error();
  const KeptPositions& positions = state.positions;
  const auto slots = static_cast<Slot>(positions.taken.size());
  if (positions.settled.size() != slots || slots > ipc::kMaxSlots)
    return corrupt("its positions are not of all slots");
  state.open.resize(slots);
  state.answered.resize(slots);
  for (Slot owner = 0; owner < slots; ++owner) {
    std::erase_if(state.answered[owner], [&](const Router::Answered& command) {
      return command.position <= positions.settled[owner];
    });
  }
  state.add_late_input(memory.input());
  return state;
}

base::Result<void> KeptState::apply(std::string_view changes) {
  ChangeReader in(changes);
  while (!in.at_end()) {
    const auto kind = in.number<KeptKind>();
    if (!apply(kind, in) || !in.sound()) return corrupt("a change that makes no sense");
  }
  return {};
}

bool KeptState::apply(KeptKind kind, ChangeReader& in) {
  switch (kind) {
    case KeptKind::positions:
      return apply_positions(in);
    case KeptKind::client:
      return apply_client(in);
    case KeptKind::removed:
      clients.erase(in.number<uint64_t>());
      return true;
    case KeptKind::stream:
      return apply_stream(in);
    case KeptKind::text:
      return apply_text(in);
    case KeptKind::pieces:
      return apply_pieces(in);
    case KeptKind::private_bytes:
      return apply_private_bytes(in);
    case KeptKind::input:
      return apply_input(in);
    case KeptKind::open:
      return apply_open(in);
    case KeptKind::answered:
      return apply_answered(in);
    case KeptKind::waiting:
      return apply_waiting(in);
    case KeptKind::gone:
      gone.insert(in.number<chat::ClientId>());
      return true;
  }
  return false;
}

bool KeptState::apply_positions(ChangeReader& in) {
  auto read = ipc::from_json<KeptPositions>(in.bytes());
  if (read) positions = *std::move(read);
  return read.has_value();
}

bool KeptState::apply_client(ChangeReader& in) {
  One& client = clients[in.number<uint64_t>()];
  client.record = in.bytes();
  client.unfinished_line = in.bytes();
  return true;
}

bool KeptState::apply_stream(ChangeReader& in) {
  Streams& streams = clients[in.number<uint64_t>()].streams;
  streams.output_begin = in.number<uint64_t>();
  streams.output.clear();
  return true;
}

bool KeptState::apply_text(ChangeReader& in) {
  const auto number = in.number<uint32_t>();
  texts_[number] = make_shared_bytes(std::string(in.bytes()));
  return true;
}

bool KeptState::apply_pieces(ChangeReader& in) {
  const auto text = texts_.find(in.number<uint32_t>());
  const auto begin = in.number<uint32_t>();
  const auto end = in.number<uint32_t>();
  if (text == texts_.end() || begin > end || end > text->second->bytes.size()) return false;
  for (auto left = in.number<uint32_t>(); left > 0 && in.sound(); --left)
    clients[in.number<uint64_t>()].streams.output.push_back({text->second, begin, end});
  return true;
}

bool KeptState::apply_private_bytes(ChangeReader& in) {
  Streams& streams = clients[in.number<uint64_t>()].streams;
  auto bytes = make_shared_bytes(std::string(in.bytes()));
  const auto size = static_cast<uint32_t>(bytes->bytes.size());
  streams.output.push_back({std::move(bytes), 0, size});
  return true;
}

bool KeptState::apply_input(ChangeReader& in) {
  Streams& streams = clients[in.number<uint64_t>()].streams;
  streams.read = in.number<uint64_t>();
  const auto consumed = in.number<uint64_t>();
  streams.unconsumed += in.bytes();
  if (consumed > streams.read) return false;
  const uint64_t left = std::min<uint64_t>(streams.read - consumed, streams.unconsumed.size());
  streams.unconsumed.erase(0, static_cast<size_t>(streams.unconsumed.size() - left));
  return true;
}

bool KeptState::apply_open(ChangeReader& in) {
  const auto owner = in.number<Slot>();
  const auto credit = in.number<uint64_t>();
  auto command = ipc::from_json<CommandMessage>(in.bytes());
  if (owner >= open.size() || !command) return false;
  const chat::CommandId& id = command->command.id;
  if (const auto client = clients.find(id.connection); client != clients.end())
    client->second.last_line = std::max<uint64_t>(client->second.last_line, id.line);
  const uint32_t pool = pool_of(chat::fold(command->object), Router::kPools);
  open[owner].push_back({*std::move(command), {pool, static_cast<size_t>(credit)}});
  return true;
}

bool KeptState::apply_answered(ChangeReader& in) {
  const auto owner = in.number<Slot>();
  const auto position = in.number<uint64_t>();
  chat::CommandId id;
  id.connection = in.number<uint64_t>();
  id.line = in.number<decltype(id.line)>();
  id.step = in.number<decltype(id.step)>();
  if (owner >= open.size()) return false;
  auto& sent = open[owner];
  const auto its = std::ranges::find_if(
      sent, [&](const OpenCommand& command) { return command.command.id == id; });
  if (its == sent.end()) return false;
  // One that concerned its sender alone is settled as well.
  if (position > 0) answered[owner].push_back({position, id.connection, its->credit});
  sent.erase(its);
  return true;
}

bool KeptState::apply_waiting(ChangeReader& in) {
  const auto owner = in.number<Slot>();
  const auto position = in.number<uint64_t>();
  const auto connection = in.number<uint64_t>();
  const auto pool = in.number<uint32_t>();
  const auto credit = in.number<uint64_t>();
  if (owner >= answered.size() || pool >= Router::kPools) return false;
  answered[owner].push_back({position, connection, {pool, static_cast<size_t>(credit)}});
  return true;
}

// What was read after the last checkpoint; of that which was under way the socket knows how much.
void KeptState::add_late_input(const std::vector<ipc::ClientMemory::Input>& inputs) {
  for (const ipc::ClientMemory::Input& input : inputs) {
    const auto client = clients.find(input.connection);
    if (client == clients.end()) continue;
    Streams& streams = client->second.streams;
    if (input.under_way) {
      streams.reads_more = true;
      streams.more = input.bytes;
    } else {
      streams.read += input.bytes.size();
      streams.unconsumed += input.bytes;
    }
  }
}

}  // namespace banterd::worker
