#include "worker/deliverer.h"

#include <algorithm>
#include <utility>

namespace banterd::worker {

// ---- who of a room's members is here ----

Replica::LocalMember* Deliverer::member_of(Replica& replica, Audience& client) {
  for (const auto& membership : client.memberships()) {
    if (membership.replica == &replica) return &replica.local[membership.index];
  }
  return nullptr;
}

void Deliverer::enter(Replica& replica, Audience& client) {
  const auto index = static_cast<uint32_t>(replica.local.size());
  const Encoder& encoder = client.encoder(replica.name);
  const size_t told = replica.in_use ? replica.batch.include(encoder) : 0;
  // Most rooms are small, and there are many: their lists do not double.
  if (index == replica.local.capacity()) replica.local.reserve(index + 2 + index / 4);
  replica.local.push_back({&client, &encoder, told});
  client.memberships().add({&replica, index});
}

void Deliverer::leave(Replica& replica, Audience& client) {
  catch_up(client);
  auto& memberships = client.memberships();
  const auto membership = std::find_if(memberships.begin(), memberships.end(),
                                       [&](const auto& m) { return m.replica == &replica; });
  if (membership == memberships.end()) return;
  const uint32_t index = membership->index;
  memberships.remove(replica);
  // The last takes the free place.
  if (index + 1 != replica.local.size()) {
    replica.local[index] = replica.local.back();
    for (auto& moved : replica.local[index].audience->memberships()) {
      if (moved.replica == &replica) moved.index = index;
    }
  }
  replica.local.pop_back();
}

void Deliverer::reshape(Audience& client, std::string_view room) {
  catch_up(client);
  const std::string key = chat::fold(room);
  for (const auto& membership : client.memberships()) {
    Replica& replica = *membership.replica;
    if (chat::fold(replica.name) != key) continue;
    Replica::LocalMember& member = replica.local[membership.index];
    member.encoder = &client.encoder(replica.name);
    member.told = replica.in_use ? replica.batch.include(*member.encoder) : 0;
  }
}

void Deliverer::drop(const Replica& replica) {
  std::erase(used_, &replica);
  if (telling_ == &replica) telling_ = nullptr;
}

// ---- delivering ----

void Deliverer::catch_up(Replica& replica, Replica::LocalMember& member) {
  const SharedBytesPtr& buffer = replica.batch.bytes(*member.encoder);
  const size_t end = buffer->bytes.size();
  if (member.told < end) member.audience->deliver(buffer, member.told, end);
  member.told = end;
}

void Deliverer::skip(Replica& replica, Replica::LocalMember& member) {
  member.told = replica.batch.bytes(*member.encoder)->bytes.size();
}

void Deliverer::catch_up() {
  if (telling_ == nullptr) return;
  for (Replica::LocalMember& member : telling_->local) catch_up(*telling_, member);
  telling_ = nullptr;
}

void Deliverer::catch_up(Audience& client) {
  if (telling_ == nullptr) return;
  if (auto* member = member_of(*telling_, client)) catch_up(*telling_, *member);
}

void Deliverer::begin(Replica& replica) {
  if (telling_ == &replica) return;
  catch_up();
  telling_ = &replica;
  if (std::exchange(replica.in_use, true)) return;
  used_.push_back(&replica);
  for (const Replica::LocalMember& member : replica.local) replica.batch.include(*member.encoder);
}

void Deliverer::to_members(Replica& replica, std::span<const Delivery> deliveries, Audience* but) {
  Replica::LocalMember* spared = but == nullptr ? nullptr : member_of(replica, *but);
  if (replica.local.size() == (spared == nullptr ? 0 : 1)) return;
  begin(replica);
  if (spared != nullptr) catch_up(replica, *spared);
  replica.batch.append(deliveries);
  if (spared != nullptr) skip(replica, *spared);
}

void Deliverer::to_one(Audience& client, const Encoder& encoder,
                       std::span<const Delivery> deliveries) {
  catch_up(client);
  private_batch_.begin();
  deliver(client, encoder, deliveries);
}

void Deliverer::deliver(Audience& client, const Encoder& encoder,
                        std::span<const Delivery> deliveries) {
  const Batch::Piece& piece = private_batch_.piece(encoder, deliveries);
  if (piece.begin != piece.end) client.deliver(piece.buffer, piece.begin, piece.end);
}

void Deliverer::to_companions(const base::Few<Replica>& replicas, const Delivery& delivery,
                              Audience* but, const std::function<bool(const Replica&)>& told) {
  catch_up();
  ++mark_;
  if (but != nullptr) but->told_mark = mark_;
  replicas.each([&](const Replica& replica) {
    if (!told || !told(replica)) return;
    for (const Replica::LocalMember& member : replica.local) member.audience->told_mark = mark_;
  });
  private_batch_.begin();
  replicas.each([&](const Replica& replica) {
    for (const Replica::LocalMember& member : replica.local) {
      if (std::exchange(member.audience->told_mark, mark_) == mark_) continue;
      deliver(*member.audience, member.audience->encoder(), {&delivery, 1});
    }
  });
}

void Deliverer::end_iteration() {
  catch_up();
  for (Replica* replica : used_) {
    replica->batch.clear();
    replica->in_use = false;
    for (Replica::LocalMember& member : replica->local) member.told = 0;
  }
  used_.clear();
  private_batch_.end_iteration();
}

}  // namespace banterd::worker
