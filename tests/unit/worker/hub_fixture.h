// A hub, and clients of it that write down what they are told.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/chat/room_fixture.h"
#include "worker/hub.h"

namespace banterd::worker {

// Writes "NAME:type room actor>subject>renewed;" and counts how often it is asked.
class PlainEncoder final : public Encoder {
 public:
  explicit PlainEncoder(std::string name) : name_(std::move(name)) {}
  void encode(const Delivery& delivery, std::string& out) const override {
    ++times;
    out += name_ + ":" + chat::type_of(delivery.event.body) + (delivery.past ? " past" : "");
    if (!delivery.room.empty()) out.append(" ").append(delivery.room);
    for (const chat::Profile* who : {delivery.actor, delivery.subject, delivery.renewed})
      if (who != nullptr) out.append(" ").append(who->nick.str());
    out += ';';
  }
  mutable int times = 0;

 private:
  std::string name_;
};

inline const PlainEncoder near("near");
inline const PlainEncoder far("far");

class FakeClient final : public Audience {
 public:
  FakeClient(Hub& hub, chat::Someone who) : hub_(hub), who_(std::move(who)) {}

  const chat::Someone& who() const { return who_; }
  // All that he has been told so far, as if something else were sent to him now.
  std::string take() {
    hub_.catch_up(*this);
    return std::exchange(got_, {});
  }
  std::vector<SharedBytesPtr> buffers;
  const Encoder* shape = &near;
  bool wants_echo = false;
  bool tells_own = false;

  [[nodiscard]] chat::ClientId client_id() const override { return who_.id(); }
  [[nodiscard]] bool is_matched_by(std::string_view mask) const override {
    return chat::matches(mask, who_.profile->mask());
  }
  Memberships& memberships() override { return memberships_; }
  [[nodiscard]] const Encoder& encoder(std::string_view) const override { return *shape; }
  [[nodiscard]] const Encoder& encoder() const override { return near; }
  [[nodiscard]] bool echoes() const override { return wants_echo; }
  void deliver(const SharedBytesPtr& buffer, size_t begin, size_t end) override {
    buffers.push_back(buffer);
    got_ += buffer->bytes.substr(begin, end - begin);
  }
  void on_joined(const std::string& room) override { send("(in " + room + ")"); }
  void on_left(const std::string& room) override { send("(out " + room + ")"); }
  bool tell_own(const Delivery& delivery) override {
    if (tells_own) tell_in("own", delivery);
    return tells_own;
  }
  void on_own_renewed(const chat::ProfilePtr& newer) override {
    send("(now " + std::string(newer->nick.str()) + ")");
  }
  void on_watched(std::string_view nick, const chat::Profile* holder) override {
    send("(" + std::string(nick) + (holder == nullptr ? " off)" : " on)"));
  }
  void on_watched_renewed(const Delivery& delivery) override { tell_in("watched", delivery); }
  void on_server_said(const Delivery& delivery) override { tell_in("server", delivery); }
  void on_killed(const Delivery& delivery) override { tell_in("killed", delivery); }
  void on_banned(const chat::ServerBan& ban) override { send("(banned " + ban.mask + ")"); }

 private:
  // As Client does.
  void send(const std::string& text) {
    hub_.catch_up(*this);
    got_ += text;
  }
  void tell_in(const std::string& how, const Delivery& delivery) {
    std::string text = "(";
    PlainEncoder(how).encode(delivery, text);
    send(text + ")");
  }

  Hub& hub_;
  const chat::Someone who_;
  Memberships memberships_;
  std::string got_;
};

// A hub whose clients are those that it was given.
class HubWithClients final : public Hub, public LocalClients {
 public:
  HubWithClients() : Hub(chat::Place{0, 1}, 2) { set_clients(*this); }
  void add(FakeClient& client) {
    clients_[client.client_id()] = &client;
    Hub::add(client);
  }
  [[nodiscard]] Audience* local(chat::ClientId client) const override {
    const auto found = clients_.find(client);
    return found == clients_.end() ? nullptr : found->second;
  }
  void each_local(const std::function<void(Audience&)>& visit) const override {
    for (const auto& [id, client] : clients_) visit(*client);
  }

 private:
  std::map<chat::ClientId, FakeClient*> clients_;
};

// Slot 0 with ann and bob; zoe and yan live in slot 1.
struct HubFixture {
  HubWithClients hub;
  FakeClient ann{hub, chat::someone(1, "ann")};
  FakeClient bob{hub, chat::someone(2, "bob")};
  const chat::Someone zoe = chat::someone(8, "zoe", {1, 1});
  const chat::Someone yan = chat::someone(9, "yan", {1, 1});

  HubFixture() {
    hub.add(ann);
    hub.add(bob);
  }
  void happens(const std::string& object, const chat::Someone& who, chat::EventBody body) {
    hub.apply(
        {++position_, object, 1, 0, {{}, who.id(), who.place, 0, who.profile, std::move(body)}});
  }
  void join(const std::string& room, const chat::Someone& who) {
    const bool creates = hub.find(room) == nullptr;
    happens(room, who, chat::Joined{0, creates, 0, false, who.place});
  }
  // Ann, Bob and Zoe are in the room, and nobody has heard of it yet.
  void gather(const std::string& room) {
    join(room, ann.who());
    join(room, bob.who());
    join(room, zoe);
    ann.take();
    bob.take();
  }
  void say(const std::string& object, const chat::Someone& who) {
    happens(object, who, chat::Said{});
  }
  // Of the last event.
  [[nodiscard]] uint64_t position() const { return position_; }
  // What they were told since the last time.
  std::string told() { return "ann: " + ann.take() + " bob: " + bob.take(); }

 private:
  uint64_t position_ = 0;
};

}  // namespace banterd::worker
