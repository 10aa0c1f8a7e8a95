// What a protocol is: how bytes from a client become requests, and how events become bytes for him.
// A new protocol is one folder beside this file and one row in protocol/table.cpp.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/types.h"
#include "conf/config.h"
#include "ipc/messages.h"
#include "worker/bus_messages.h"
#include "worker/line_cutter.h"
#include "worker/server_info.h"

namespace banterd::worker {

// One event as it is told to clients of one shape. Everything lives only during the call.
struct Delivery {
  const chat::Event& event;
  std::string_view room = {};  // as spelt by its maker; empty for what is said to a person
  const chat::Profile* actor = nullptr;  // who did it, as he was; null when nobody did
  const chat::Profile* subject =
      nullptr;  // whom it is about: kicked, invited, lost with his worker; else null
  const chat::Profile* renewed = nullptr;  // the newer record, for `renewed`
  uint64_t position = 0;                   // with the owner's slot: the message id
  bool past = false;                       // a line of the history, shown after joining
  std::string_view person = {};  // the nick of whom it is said to; empty for what is of a room
};

// Encodes events for all clients of one shape (a protocol and what was agreed with it): stateless,
// one instance for all, so that an event is encoded once per shape and shared.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends the bytes to `out`; nothing if clients of this shape are not told.
  virtual void encode(const Delivery& delivery, std::string& out) const = 0;
};

// Of protocols whose clients follow no room: nothing is ever delivered to them.
class SilentEncoder final : public Encoder {
 public:
  void encode(const Delivery&, std::string&) const override {}
  static const Encoder& instance() {
    static const SilentEncoder kInstance;
    return kInstance;
  }
};

// ---- what a client may ask for ----

// Done here, once nothing that he asked before is open: answers that need no owner. Without an
// action he only waits for that.
struct DoLocally {
  std::function<void()> action;
};
// A command to the owner of a room or a person. `with_profile`: the owner may not know him.
struct AskOwner {
  std::string object;
  chat::CommandBody body;
  bool with_profile = false;
};
// Becomes that person, whose nick he claims, and comes into `room` unless it is empty. Then
// Protocol::on_entered(); or, when the claim is refused, on_refused(), and he may try again.
struct Enter {
  chat::Profile profile;
  std::string room;
};
// His record changes everywhere: nick, real name, away … `change` is given it as it is when the
// request is met. Then Protocol::on_renewed().
struct ChangeProfile {
  std::function<void(chat::Profile& profile)> change;
};
// Asks the owner of `object`, or all slots where that is empty. `complete`: all who were asked have
// answered.
struct Ask {
  std::string object;
  Question question;
  std::function<void(Findings found, bool complete)> then;
};
// Whether `text` is the password of that hash: takes time, and another thread. `unknown`: there is
// no time for it now.
enum class PasswordIs : uint8_t { right, wrong, unknown };
struct CheckPassword {
  std::string hash;
  std::string text;
  std::function<void(PasswordIs found)> then;
};
struct Leave {
  std::string reason;
};
using Request = std::variant<AskOwner, DoLocally, Enter, ChangeProfile, Ask, CheckPassword, Leave>;

// A room that a client is in, as his slot knows it.
struct RoomView {
  std::string_view name;  // as spelt by its maker
  const chat::Room* room = nullptr;
  explicit operator bool() const { return room != nullptr; }
};

class Protocol;

// What a protocol may use of the client whose it is. The client outlives the protocol.
class Session {
 public:
  virtual ~Session() = default;
  [[nodiscard]] virtual const conf::Config& config() const = 0;
  [[nodiscard]] virtual const ServerInfo& server() const = 0;
  // How much there is in each slot, as they have told last: AboutNumbers asks them.
  [[nodiscard]] virtual std::vector<Numbers> known_numbers() const = 0;
  // So many users were on the server at a time, by what its slots have told.
  virtual void saw_at_once(uint64_t users) = 0;
  [[nodiscard]] virtual const chat::Profile& profile() const = 0;
  // Where he comes from, not cloaked.
  [[nodiscard]] virtual std::string_view address() const = 0;
  [[nodiscard]] virtual bool is_in(std::string_view name) const {
    return static_cast<bool>(room(name));
  }
  // A room that he is in; else nothing.
  [[nodiscard]] virtual RoomView room(std::string_view name) const = 0;
  // A member who has been seen to quit, though this room has not said so yet.
  [[nodiscard]] virtual bool has_gone(chat::ClientId member) const = 0;
  // Names of his rooms, in the order in which he joined them.
  [[nodiscard]] virtual std::vector<std::string> rooms() const = 0;
  [[nodiscard]] virtual size_t room_count() const = 0;
  // Nicks that he watches, in the order of their keys.
  [[nodiscard]] virtual const std::map<std::string, std::string>& watched() const = 0;
  // Who has a nick that he watches, as his slot knows it; null: nobody. Nothing: it has yet to be
  // told by the nick's owner, which can be asked.
  [[nodiscard]] virtual std::optional<chat::ProfilePtr> holder_of(std::string_view nick) const = 0;
  // The bans of the whole server.
  [[nodiscard]] virtual const chat::Server& server_state() const = 0;
  [[nodiscard]] virtual chat::TimeMs now() const = 0;
  // Since he last sent anything; zero while he is not read.
  [[nodiscard]] virtual std::chrono::milliseconds silent_for() const = 0;
  // Protocol::on_wake() comes once, so long from now; replaces an earlier one.
  virtual void wake_in(std::chrono::milliseconds delay) = 0;
  // Before he enters: a proxy that is trusted says that he comes from that address, not cloaked.
  virtual void come_from(std::string address) = 0;
  // As an operator.
  virtual void ask_master(ipc::OperatorAction what) = 0;
  // Adds to what he has asked for. Requests are met in order; those that are made while one is met,
  // or answered, go on with it, before all that wait.
  virtual void request(Request request) = 0;
  // Queues bytes for him alone.
  virtual void send(std::string_view bytes) = 0;
  // The same for what he has asked for, which may be more than a client may have queued.
  virtual void send_answer(std::string_view bytes) = 0;
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

  // Enter came true: he is session.profile() now. Before he comes into any room.
  virtual void on_entered() {}
  // His record has changed, everywhere.
  virtual void on_renewed(const chat::Profile& before) { static_cast<void>(before); }
  // An owner has decided what he asked for; before the event is delivered to anyone here.
  virtual void on_answered(const std::string& object, const chat::CommandBody& asked,
                           const chat::Event& event) {
    static_cast<void>(object), static_cast<void>(asked), static_cast<void>(event);
  }
  // He is about to be told of what he did himself. True: done, by the protocol; else he is told as
  // all others are.
  virtual bool tell_own(const Delivery& delivery) {
    static_cast<void>(delivery);
    return false;
  }
  // Somebody has, or nobody has any more, a nick that he watches.
  virtual void on_watched(std::string_view nick, const chat::Profile* holder) {
    static_cast<void>(nick), static_cast<void>(holder);
  }
  // The holder of a nick that he watches has changed otherwise; not called when they share a room.
  virtual void on_watched_renewed(const Delivery& delivery) { static_cast<void>(delivery); }
  // Said to all of the server by an operator.
  virtual void on_server_said(const Delivery& delivery) { static_cast<void>(delivery); }
  // An operator ends his connection; the goodbye comes after it.
  virtual void on_killed(const Delivery& delivery) { static_cast<void>(delivery); }
  virtual void on_wake() {}

  // He himself came into or left a room; called before the event is delivered to him (left: after).
  virtual void on_joined(std::string_view room) { static_cast<void>(room); }
  virtual void on_left(std::string_view room) { static_cast<void>(room); }
  // The owner refused what he asked, or it made no sense here.
  virtual void on_refused(const std::string& object, const chat::CommandBody& asked,
                          chat::Refusal why) = 0;
  // Something that he asked for may not have been done: the worker that was about it has ended.
  virtual void on_dropped() {}
  // After restore(): his slot has failed, and he goes on in this one as a guest who is in no room.
  // Others have seen who he was quit.
  struct Former {
    const chat::Profile& profile;
    bool entered = false;
    std::vector<std::string> rooms;  // in the order in which he joined them
    std::vector<std::string> watched;
    chat::TimeMs served_until = 0;
  };
  virtual void begin_anew(const Former& former) { static_cast<void>(former); }
  // How many bytes at the front of `input` are one unit that is not to be taken; nothing: he cannot
  // go on behind it.
  virtual std::optional<size_t> skip(std::string_view input) {
    return std::min(input.find('\n'), input.size() - 1) + 1;
  }
  // He sends faster than he may: told once, until he has been slow enough again.
  virtual void on_flood() {}

  // What he and the server have agreed on and begun, for a client who moves to another process;
  // and back, in a protocol that was just made instead of on_open(). False: that text is none.
  [[nodiscard]] virtual std::string save() const = 0;
  virtual bool restore(std::string_view saved) = 0;
  // The beginning of a unit has been taken, which save() tells of.
  [[nodiscard]] virtual bool is_amid_unit() const { return false; }
  // save() for a process that will be shown the last unit once more.
  [[nodiscard]] virtual std::string save_before_last() const { return save(); }
  // What he speaks from the next unit of his input on, asked for after each take() and restore();
  // then this one goes. Null: this one still.
  virtual std::unique_ptr<Protocol> next() { return nullptr; }

  // An answer has begun that needs its end: nothing more is taken until all that he asked for is
  // done, and on_all_done() was called.
  [[nodiscard]] virtual bool is_answering() const { return false; }
  virtual void on_all_done() {}
  // Why he has quit, for others, when he ends the connection without having said so.
  [[nodiscard]] virtual std::string_view end_reason() const { return {}; }
  // What he is sent last when he leaves, or is made to.
  [[nodiscard]] virtual std::string goodbye(std::string_view reason, bool expelled) const = 0;
  // What ends a connection: a shutdown, or a reason to cut him off.
  [[nodiscard]] virtual std::string farewell(std::string_view text) const = 0;
  [[nodiscard]] virtual std::string cut_off(std::string_view why) const = 0;
  // Of units (lines, frames) that he was sent one after the other, `written` bytes are written: how
  // many more until the end of one, so that cut_off() can follow. Nothing: it cannot.
  [[nodiscard]] virtual std::optional<size_t> rest_of_unit(std::string_view units,
                                                           size_t written) const {
    return rest_of_line(units, written);
  }
};

// Makes the protocol that a listener speaks. Both outlive it.
std::unique_ptr<Protocol> make_protocol(const conf::Listener& listener, Session& session);

}  // namespace banterd::worker
