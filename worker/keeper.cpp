#include "worker/keeper.h"

#include "base/fault.h"
#include "base/log.h"
#include "ipc/json.h"
#include "worker/clients.h"
#include "worker/hub.h"

namespace banterd::worker {

// ---- what others tell ----

void Keeper::on_opened(Slot owner, const OpenCommand& command) {
  if (begun_ && !whole_due_) put_open(owner, command);
}

void Keeper::on_decided(Slot owner, const chat::CommandId& id, uint64_t position) {
  if (!begun_ || whole_due_) return;
  put(KeptKind::answered)
      .number(owner)
      .number(position)
      .number(id.connection)
      .number(id.line)
      .number(id.step);
}

void Keeper::on_gone(chat::ClientId client) {
  if (begun_ && !whole_due_) put(KeptKind::gone).number(client);
}

void Keeper::on_removed(uint64_t connection) {
  if (begun_ && !whole_due_) put(KeptKind::removed).number(connection);
}

// ---- a checkpoint ----

void Keeper::checkpoint(Clients& clients, const Router& router, const Hub& hub,
                        const KeptPositions& positions) {
  if (!begun_) return;
  if (!whole_due_) {
    put_positions(positions);
    put_changed(clients);
    if (draft_.empty() || memory_->add(draft_)) return draft_.clear();
  }
  put_all(clients, router, hub, positions);
  auto replaced = memory_->replace(draft_);
  draft_.clear();
  whole_due_ = !replaced;
  if (replaced) return;
  // Better no checkpoint than one that is not true any more.
  memory_->forget();
  if (!std::exchange(failure_told_, true))
    base::log_error("clients are not kept: no memory", {{"error", replaced.error()}});
}

void Keeper::put_positions(const KeptPositions& positions) {
  if (positions == positions_) return;
  positions_ = positions;
  put(KeptKind::positions).bytes(ipc::to_json(positions));
}

void Keeper::put_changed(Clients& clients) {
  clients.each_changed([this](Client& client) {
    if (std::exchange(client.keeping_.make().record_changed, false)) put_record(client);
    put_input(client);
  });
  clients.each_to_flush([this](Client& client) { put_output(client); });
}

void Keeper::put_record(const Client& client) {
  put(KeptKind::client)
      .number(client.connection_id())
      .bytes(ipc::to_json(client.keep()))
      .bytes(client.unfinished_line());
}

void Keeper::put_input(Client& client) {
  const Connection* const connection = client.connection();
  if (connection == nullptr) return;
  const uint64_t read = connection->bytes_read();
  const uint64_t consumed = connection->bytes_consumed();
  uint64_t& kept = client.keeping_.make().streams.input;
  const uint64_t known = std::max(kept, consumed);
  const std::string_view fresh = connection->input().substr(static_cast<size_t>(known - consumed));
  put(KeptKind::input).number(client.connection_id()).number(read).number(consumed).bytes(fresh);
  kept = read;
}

// Of one that was cut, or reset, nothing more is written: its queue is shorter than it was.
void Keeper::put_output(Client& client) {
  const Connection* const connection = client.connection();
  if (connection == nullptr) return;
  const uint64_t end = connection->bytes_queued_ever();
  uint64_t& kept = client.keeping_.make().streams.output;
  if (end > kept) {
    connection->queue().each_of_last(
        static_cast<size_t>(end - kept),
        [&](const SharedBytesPtr& buffer, size_t begin, size_t piece_end) {
          put_piece(client.connection_id(), buffer, begin, piece_end);
        });
  }
  kept = end;
}

// What one queue alone refers to may still grow, and is written as far as it goes.
void Keeper::put_piece(uint64_t number, const SharedBytesPtr& buffer, size_t begin, size_t end) {
  if (buffer->kept_as >> 32 != wholes_) {
    if (buffer.use_count() == 1) {
      const std::string_view bytes = std::string_view(buffer->bytes).substr(begin, end - begin);
      put(KeptKind::private_bytes).number(number).bytes(bytes);
      return;
    }
    buffer->kept_as = uint64_t{wholes_} << 32 | ++texts_;
    put(KeptKind::text).number(texts_).bytes(buffer->bytes);
  }
  put(KeptKind::piece)
      .number(number)
      .number(static_cast<uint32_t>(buffer->kept_as))
      .number(static_cast<uint32_t>(begin))
      .number(static_cast<uint32_t>(end));
}

void Keeper::put_open(Slot owner, const OpenCommand& command) {
  put(KeptKind::open)
      .number(owner)
      .number(uint64_t{command.credit_bytes})
      .bytes(ipc::to_json(CommandMessage{command.object, command.command}));
}

// ---- a whole one ----

void Keeper::put_all(Clients& clients, const Router& router, const Hub& hub,
                     const KeptPositions& positions) {
  draft_.clear();
  ++wholes_;
  texts_ = 0;
  positions_ = {};
  put_positions(positions);
  clients.each_changed([](Client&) {});
  clients.each([this](Client& client) { put_whole(client); });
  router.each([this](Slot owner, const OpenCommand& command) { put_open(owner, command); },
              [this](Slot owner, const Router::Answered& answered) {
                put(KeptKind::waiting)
                    .number(owner)
                    .number(answered.position)
                    .number(answered.connection)
                    .number(uint64_t{answered.credit_bytes});
              });
  hub.each_gone([this](chat::ClientId client) { put(KeptKind::gone).number(client); });
}

void Keeper::put_whole(Client& client) {
  client.keeping_.make().record_changed = false;
  put_record(client);
  const Connection* const connection = client.connection();
  if (connection == nullptr) return;
  const uint64_t number = client.connection_id();
  // What is written of a unit that is not written whole is part of it.
  const uint64_t begin = connection->bytes_written() - connection->queue().begun().written;
  put(KeptKind::stream).number(number).number(begin);
  connection->queue().each_with_begun(
      [&](const SharedBytesPtr& buffer, size_t piece_begin, size_t end) {
        put_piece(number, buffer, piece_begin, end);
      });
  client.keeping_.make().streams = {0, connection->bytes_queued_ever()};
  put_input(client);
}

}  // namespace banterd::worker
