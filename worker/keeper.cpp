#include "worker/keeper.h"

#include <cstring>

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
    if (draft_.empty() || memory_->add(draft_)) return clear_draft();
  }
  put_all(clients, router, hub, positions);
  auto replaced = memory_->replace(draft_);
  clear_draft();
  whole_due_ = !replaced;
  if (replaced) return;
  // Better no checkpoint than one that is not true any more.
  memory_->forget();
  if (!std::exchange(failure_told_, true))
    base::log_error("clients are not kept: no memory", {{"error", replaced.error()}});
}

void Keeper::clear_draft() {
  draft_.clear();
  pieces_end_ = 0;
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
  uint64_t& kept = client.keeping_.make().kept_input;
  const uint64_t known = std::max(kept, consumed);
  const std::string_view fresh = connection->input().substr(static_cast<size_t>(known - consumed));
  put(KeptKind::input).number(client.connection_id()).number(read).number(consumed).bytes(fresh);
  kept = read;
}

void Keeper::put_output(Client& client) {
  Connection* const connection = client.connection();
  if (connection == nullptr) return;
  connection->queue().each_of_last(connection->unkept_bytes(),
                                   [&](const SharedBytesPtr& buffer, size_t begin, size_t end) {
                                     put_piece(client.connection_id(), buffer, begin, end);
                                   });
  connection->keep_output();
}

// What one queue alone refers to may still grow, and is written as far as it goes.
void Keeper::put_piece(uint64_t number, const SharedBytesPtr& buffer, size_t begin, size_t end) {
  if (buffer->kept_as >> 32 != wholes_) {
    if (buffer->use_count() == 1) {
      const std::string_view bytes = std::string_view(buffer->bytes).substr(begin, end - begin);
      put(KeptKind::private_bytes).number(number).bytes(bytes);
      return;
    }
    buffer->kept_as = uint64_t{wholes_} << 32 | ++texts_;
    put(KeptKind::text).number(texts_).bytes(buffer->bytes);
  }
  const Piece piece{static_cast<uint32_t>(buffer->kept_as), static_cast<uint32_t>(begin),
                    static_cast<uint32_t>(end)};
  // Most are sent what the one before them was sent.
  const bool same = pieces_end_ > 0 && pieces_end_ == draft_.size() && piece == pieces_of_;
  if (!same) {
    put(KeptKind::pieces).numbers(piece.text, piece.begin, piece.end, uint32_t{0});
    pieces_of_ = piece;
    pieces_ = 0;
    pieces_at_ = draft_.size() - sizeof pieces_;
  }
  ++pieces_;
  std::memcpy(draft_.data() + pieces_at_, &pieces_, sizeof pieces_);
  ChangeWriter(draft_).number(number);
  pieces_end_ = draft_.size();
}

void Keeper::put_open(Slot owner, const OpenCommand& command) {
  put(KeptKind::open)
      .number(owner)
      .number(uint64_t{command.credit.bytes})
      .bytes(ipc::to_json(CommandMessage{command.object, command.command}));
}

// ---- a whole one ----

void Keeper::put_all(Clients& clients, const Router& router, const Hub& hub,
                     const KeptPositions& positions) {
  clear_draft();
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
                    .number(answered.credit.pool)
                    .number(uint64_t{answered.credit.bytes});
              });
  hub.each_gone([this](chat::ClientId client) { put(KeptKind::gone).number(client); });
}

void Keeper::put_whole(Client& client) {
  client.keeping_.make().record_changed = false;
  put_record(client);
  Connection* const connection = client.connection();
  if (connection == nullptr) return;
  const uint64_t number = client.connection_id();
  // What is written of a unit that is not written whole is part of it.
  const uint64_t begin = connection->bytes_written() - connection->queue().begun().written;
  put(KeptKind::stream).number(number).number(begin);
  connection->queue().each_with_begun(
      [&](const SharedBytesPtr& buffer, size_t piece_begin, size_t end) {
        put_piece(number, buffer, piece_begin, end);
      });
  connection->keep_output();
  client.keeping_.make().kept_input = 0;
  put_input(client);
}

}  // namespace banterd::worker
