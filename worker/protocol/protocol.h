// What a protocol is: how bytes from a client become requests, and how events become bytes for him.
// A new protocol is one folder beside this file and one row in protocol/table.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/types.h"
#include "conf/config.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

// One event as it is told to clients of one shape. Everything lives only during the call.
struct Delivery {
  const chat::Event& event;
  std::string_view room;  // as spelt by its maker; empty for what is said to a person
  const chat::Profile* actor = nullptr;  // who did it, as he was; null when nobody did
  const chat::Profile* subject =
      nullptr;  // whom it is about: kicked, invited, lost with his worker; else null
  const chat::Profile* renewed = nullptr;  // the newer record, for `renewed`
  uint64_t position = 0;                   // with the owner's slot: the message id
  bool past = false;                       // a line of the history, shown after joining
};

// Encodes events for all clients of one shape (a protocol and what was agreed with it): stateless,
// one instance for all, so that an event is encoded once per shape and shared.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends the bytes to `out`; nothing if clients of this shape are not told.
  virtual void encode(const Delivery& delivery, std::string& out) const = 0;
};

// ---- what a client may ask for ----

// Done here, once nothing that he asked before is open: answers that need no owner.
struct DoLocally {
  std::function<void()> action;
};
// A command to the owner of a room or a person. `with_profile`: the owner may not know him.
struct AskOwner {
  std::string object;
  chat::CommandBody body;
  bool with_profile = false;
};
struct ChangeNick {
  chat::Nick nick;
};
// All rooms of the server; answered by Protocol::on_rooms.
struct AskRooms {};
struct Leave {
  std::string reason;
};
using Request = std::variant<AskOwner, DoLocally, ChangeNick, AskRooms, Leave>;

// What a protocol may use of the client whose it is. The client outlives the protocol.
class Session {
 public:
  virtual ~Session() = default;
  [[nodiscard]] virtual const conf::Config& config() const = 0;
  [[nodiscard]] virtual const chat::Profile& profile() const = 0;
  [[nodiscard]] virtual bool is_in(std::string_view room) const = 0;
  // Names of his rooms, in the order in which he joined them.
  [[nodiscard]] virtual std::vector<std::string> rooms() const = 0;
  // Members of a room that he is in, in the order of their nicks; empty otherwise.
  [[nodiscard]] virtual std::vector<chat::ProfilePtr> members(std::string_view room) const = 0;
  // What this slot knows of a room that he is in; null otherwise.
  [[nodiscard]] virtual const chat::RoomHead* room_head(std::string_view room) const = 0;
  // Adds to what he has asked for; requests are met in order.
  virtual void request(Request request) = 0;
  // Queues bytes for him alone.
  virtual void send(std::string_view bytes) = 0;
  // The encoder for one of his rooms has changed.
  virtual void reshape(std::string_view room) = 0;
};

// One client's side of a protocol. Made when he connects.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // False for protocols without people and rooms (echo).
  [[nodiscard]] virtual bool chats() const { return true; }
  // He has connected. What is sent here is the first he sees.
  virtual void on_open() = 0;

  // Takes at most one unit (a line, a frame) from the front of `input` and makes requests of it.
  // `ended`: no more will come.
  struct Taken {
    size_t bytes = 0;     // of the input that are done with; 0: more is needed
    bool counts = false;  // against the flood limit
  };
  virtual Taken take(std::string_view input, bool ended) = 0;

  // How he is told of what happens in that room (his spelling may differ: fold it), and of what
  // concerns no room.
  [[nodiscard]] virtual const Encoder& encoder(std::string_view room) const = 0;
  [[nodiscard]] virtual const Encoder& encoder() const = 0;
  // True if he gets his own messages back.
  [[nodiscard]] virtual bool echoes() const { return false; }

  // He himself came into or left a room; called before the event is delivered to him (left: after).
  virtual void on_joined(std::string_view room) { static_cast<void>(room); }
  virtual void on_left(std::string_view room) { static_cast<void>(room); }
  // The owner refused what he asked, or it made no sense here.
  virtual void on_refused(const std::string& object, const chat::CommandBody& asked,
                          chat::Refusal why) = 0;
  virtual void on_rooms(const std::vector<RoomLine>& rooms) { static_cast<void>(rooms); }
  // He sends faster than he may: told once, until he has been slow enough again.
  virtual void on_flood() {}

  // What he and the server have agreed on and begun, for a client who moves to another process;
  // and back, in a protocol that was just made instead of on_open(). False: that text is none.
  [[nodiscard]] virtual std::string save() const = 0;
  virtual bool restore(std::string_view saved) = 0;

  // The line that ends a connection: a shutdown, or a reason to cut him off.
  [[nodiscard]] virtual std::string farewell(std::string_view text) const = 0;
  [[nodiscard]] virtual std::string cut_off(std::string_view why) const = 0;
};

// Makes the protocol that a listener speaks; null for one that is not built. `session` outlives it.
std::unique_ptr<Protocol> make_protocol(const conf::Listener& listener, Session& session);

}  // namespace banterd::worker
