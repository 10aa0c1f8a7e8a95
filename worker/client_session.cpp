// The part of Client that protocols and the hub use.
#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/wall_clock.h"
#include "worker/client.h"

namespace banterd::worker {

bool Client::is_in(std::string_view name) const {
  return std::any_of(memberships_.begin(), memberships_.end(), [&](const Membership& membership) {
    return chat::same_name(membership.replica->name, name);
  });
}

RoomView Client::room(std::string_view name) const {
  const Replica* replica = host_.hub().find(name);
  if (replica == nullptr || !host_.hub().is_member(*this, *replica)) return {};
  return {replica->name, &replica->room};
}

bool Client::has_gone(chat::ClientId member) const { return host_.hub().has_gone(member); }

std::vector<std::string> Client::rooms() const {
  std::vector<std::string> names;
  for (const Membership& membership : memberships_) names.push_back(membership.replica->name);
  return names;
}

std::optional<chat::ProfilePtr> Client::holder_of(std::string_view nick) const {
  return host_.hub().holder_of(nick);
}

const chat::Server& Client::server_state() const { return host_.hub().server(); }

chat::TimeMs Client::now() const { return base::milliseconds_since_1970(); }

std::chrono::milliseconds Client::silent_for() const {
  // Who is not read cannot be heard; but who is not since he does not read has to take something.
  const bool has_much_to_take =
      connection_ != nullptr && connection_->queued_bytes() > config().limits.send_queue_bytes / 8;
  if (!wants_input_ && !has_much_to_take) return std::chrono::milliseconds::zero();
  return std::chrono::milliseconds(static_cast<uint32_t>(host_.now_ms()) - heard_at_ms_);
}

void Client::wake_in(std::chrono::milliseconds delay) {
  host_.deadlines().cancel(wake_);
  wake_ = host_.deadlines().add(delay, {*this, [](Client& its) { its.wake(); }});
}

void Client::wake() {
  wake_ = Deadlines::kNone;
  changed();
  if (leaving_ == Leaving::no) protocol_->on_wake();
  host_.is_ready(*this);
}

void Client::come_from(std::string address) {
  chat::Profile elsewhere = *profile_;
  elsewhere.host = host_.cloaked(address);
  profile_ = chat::make_profile(std::move(elsewhere));
  address_ = address;
}

PersonLine Client::person_line() const {
  PersonLine line{profile_, {}, std::string(address_), since_, now_s() - spoke_at_s_};
  for (const Membership& membership : memberships_) {
    const chat::Room& room = membership.replica->room;
    const chat::Member* member = room.member(client_id());
    line.rooms.push_back({membership.replica->name,
                          member == nullptr ? uint8_t{0} : member->prefixes,
                          (room.head().flags & chat::secret) != 0});
  }
  return line;
}

void Client::request(Request request) {
  if (keeping_.made()) keeping_.make().line.on_request(request);
  // Talk, nearly always, has nothing to wait for.
  if (auto* ask = std::get_if<AskOwner>(&request)) {
    const Route route = host_.router().route_to(ask->object);
    if (may_ask_at_once(route)) return meet(std::move(*ask), route);
  }
  asked_.make().fresh.push_back(std::move(request));
}

void Client::adopt_requests() {
  Asked& asked = asked_.make();
  asked.waiting.splice(asked.waiting.begin(), asked.fresh);
}

void Client::send(std::string_view bytes) {
  if (connection_ == nullptr) return;
  host_.hub().catch_up(*this);
  note_effect();
  connection_->send(bytes);
  if (!std::exchange(queued_flush_, true)) host_.needs_flush(*this);
}

void Client::send_answer(std::string_view bytes) {
  if (connection_ == nullptr) return;
  host_.hub().catch_up(*this);
  note_effect();
  connection_->send_answer(bytes);
  if (!std::exchange(queued_flush_, true)) host_.needs_flush(*this);
}

void Client::reshape(std::string_view room) { host_.hub().reshape(*this, room); }

// ---- Audience ----

void Client::deliver(const SharedBytesPtr& buffer, size_t begin, size_t end) {
  if (connection_ == nullptr) return;
  connection_->send(buffer, begin, end);
  if (!std::exchange(queued_flush_, true)) host_.needs_flush(*this);
}

void Client::on_joined(const std::string& room) {
  changed();
  protocol_->on_joined(room);
}
void Client::on_left(const std::string& room) {
  changed();
  protocol_->on_left(room);
}

void Client::on_watched(std::string_view nick, const chat::Profile* holder) {
  protocol_->on_watched(nick, holder);
}
void Client::on_watched_renewed(const Delivery& delivery) {
  protocol_->on_watched_renewed(delivery);
}
void Client::on_server_said(const Delivery& delivery) { protocol_->on_server_said(delivery); }

void Client::on_killed(const Delivery& delivery) {
  if (leaving_ != Leaving::no) return;
  const auto& killed = std::get<chat::Killed>(delivery.event.body);
  base::log_info("client killed", {{"connection", connection_id_},
                                   {"nick", profile_->nick.str()},
                                   {"by", delivery.actor == nullptr ? "" : delivery.actor->mask()},
                                   {"reason", killed.reason}});
  protocol_->on_killed(delivery);
  changed();
  expelled_ = true;
  leave("Killed: " + killed.reason);
}

bool Client::is_matched_by(std::string_view mask) const {
  chat::Profile uncloaked = *profile_;
  uncloaked.host = address_;
  return chat::matches(mask, profile_->mask()) || chat::matches(mask, uncloaked.mask());
}

void Client::on_banned(const chat::ServerBan& ban) {
  if (leaving_ != Leaving::no) return;
  base::log_info(
      "client banned",
      {{"connection", connection_id_}, {"nick", profile_->nick.str()}, {"mask", ban.mask}});
  expelled_ = true;
  leave("Banned: " + ban.reason);
}

}  // namespace banterd::worker
