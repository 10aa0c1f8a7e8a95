// The part of Client that moves him from one process to another.
#include <algorithm>
#include <chrono>

#include "worker/client.h"

namespace banterd::worker {

namespace {

// All sockets are read within that, however many they are.
constexpr std::chrono::milliseconds kTimeToBeRead{1'000};

}  // namespace

ClientRecord Client::save() const {
  ClientRecord record;
  record.connection = connection_id_;
  record.listener = record_of(listener_);
  record.profile = profile_;
  record.address = address_.view();
  record.since = since_;
  record.idle_ms = uint64_t{1000} * (now_s() - spoke_at_s_);
  record.rooms = rooms();
  for (const auto& [key, nick] : seldom_->watched) record.watched.push_back(nick);
  record.line = line_;
  record.leaving = leaving_ != Leaving::no;
  record.has_nick = has_nick_ && !record.leaving;
  const TokenBucket::Level level = bucket_.level();
  record.flood = FloodRecord{level.thousandths, level.at_ms, flood_told_};
  record.protocol_state = protocol_->save();
  if (const auto left = host_.deadlines().time_left(wake_))
    record.wakes_in_ms = static_cast<uint64_t>(left->count());
  if (connection_ != nullptr) record.socket.saved = connection_->save();
  return record;
}

// The time that his protocol gives him has begun elsewhere.
void Client::shorten_wake(uint64_t left_ms) {
  const auto asked = host_.deadlines().time_left(wake_);
  if (asked && left_ms < static_cast<uint64_t>(asked->count()))
    wake_in(std::chrono::milliseconds(left_ms));
}

// Who he is and what he speaks, however he comes here.
base::Result<void> Client::adopt(const ClientRecord& record) {
  if (record.profile == nullptr || record.profile->nick.str().empty())
    return base::Error{base::Errc::invalid, "a client without a name"};
  if (record.profile->client != chat::ClientId{record.connection})
    return base::Error{base::Errc::invalid, "a client with the number of another"};
  profile_ = record.profile;
  if (!protocol_->restore(record.protocol_state))
    return base::Error{base::Errc::invalid, "a client whose protocol's state is none"};
  if (auto next = protocol_->next()) protocol_ = std::move(next);
  if (record.wakes_in_ms) shorten_wake(*record.wakes_in_ms);
  address_ = record.address;
  since_ = record.since;
  spoke_at_s_ = now_s() - static_cast<uint32_t>(std::min<uint64_t>(now_s(), record.idle_ms / 1000));
  if (record.flood) {
    bucket_.restore({record.flood->level, record.flood->at_ms}, flood_limit());
    flood_told_ = record.flood->told;
  }
  return {};
}

base::Result<void> Client::adopt_connection(ConnectionContext& context, base::UniqueFd socket,
                                            const Connection::Saved& saved, std::string input,
                                            SendQueue queue) {
  input_ended_ = saved.end_of_stream;
  auto connection =
      Connection::restore(context, *this, std::move(socket), config().limits.ping_timeout, saved,
                          std::move(input), std::move(queue));
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  return {};
}

// Others see him, or could. Who is leaving has been counted as gone, and is told nothing more.
void Client::appear() {
  if (leaving_ == Leaving::under_way) return;
  if (!has_nick_) {
    if (protocol_->chats()) host_.count_unregistered(1);
    return;
  }
  host_.count(nullptr, profile_.get());
  host_.hub().add(*this);
  host_.hub().set_nick(profile_->nick.key(), *this);
}

void Client::rewatch(const std::string& nick) {
  seldom_.make().watched[chat::fold(nick)] = nick;
  host_.hub().watch(chat::fold(nick), *this);
}

base::Result<void> Client::restore(ConnectionContext& context, base::UniqueFd socket,
                                   const ClientRecord& record, std::string input, SendQueue queue) {
  if (auto adopted = adopt(record); !adopted) return adopted;
  line_ = record.line;
  has_nick_ = record.has_nick;
  if (record.leaving) leaving_ = Leaving::under_way;
  if (auto connected = adopt_connection(context, std::move(socket), record.socket.saved,
                                        std::move(input), std::move(queue));
      !connected)
    return connected;
  appear();
  if (record.leaving || !has_nick_) return {};
  for (const std::string& nick : record.watched) rewatch(nick);
  for (const std::string& room : record.rooms) {
    if (!host_.hub().enter(*this, room))
      return base::Error{base::Errc::invalid, "a client in a room that nobody has exported"};
  }
  return {};
}

void Client::follow_context() {
  if (connection_ != nullptr) connection_->follow_context();
  // What he has sent while nobody was read may be what his time is for.
  const auto left = host_.deadlines().time_left(wake_);
  if (left && *left < kTimeToBeRead) wake_in(kTimeToBeRead);
}

}  // namespace banterd::worker
