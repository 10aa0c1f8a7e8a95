// How somebody who has just connected becomes a person (Modern IRC, "Connection Registration"):
// NICK and USER, a password where the server has one, and CAP END where he negotiates. Pure: it
// takes his messages, appends the answers, and says when all is there. Who owns it claims the nick
// then, which takes time, may be refused, and is not begun a second time meanwhile.
//
//                 all is there                    on_claimed()
//   collecting ────────────────────► claiming ────────────────► registered
//       ▲   │                            │
//       │   │ wrong password             │ on_claim_refused(): 433, the nick is forgotten
//       │   └──────────► refused         │
//       └────────────────────────────────┘
//
// "All" is a nick, a user name, and no open CAP negotiation. The password is looked at last: PASS
// may be sent again, and the last one counts (RFC 2812 section 3.1.1). Until he has registered he
// is
// "*" in all answers, since the nick that he wants may never be his: ReplyTo::nick is to be empty.
//
// Not here: QUIT, the time that he has, and what clears up after him.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/event.h"
#include "chat/types.h"
#include "conf/config.h"
#include "worker/protocol/irc/cap_negotiation.h"
#include "worker/protocol/irc/command_table.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// In bytes; announced as USERLEN and NAMELEN. What is longer is cut: people seldom choose either.
inline constexpr size_t kMaxUserBytes = 18;
inline constexpr size_t kMaxRealnameBytes = 150;

// The nick, if a client may ask for it: within chat::Nick's rule and limits.nick_bytes, and not
// "guest-…", which the server gives to line clients and which nobody else could hold without taking
// one away. Nothing: 432 ERR_ERRONEUSNICKNAME, whose text the second function gives. For NICK after
// registration too.
std::optional<chat::Nick> nick_to_claim(const conf::Config& config, std::string_view text);
std::string no_nick_text(const conf::Config& config, std::string_view text);

class Registration {
 public:
  // `refused`: the connection is to be ended.
  enum class State : uint8_t { collecting, claiming, registered, refused };
  friend const auto& names_of(State) {
    static constexpr std::array<std::string_view, 4> kNames{"collecting", "claiming", "registered",
                                                            "refused"};
    return kNames;
  }

  // Whom he wants to be.
  struct Person {
    chat::Nick nick;
    std::string user;      // 1 to kMaxUserBytes of letters, digits, -.[]\`^_{|}
    std::string realname;  // 1 to kMaxRealnameBytes of UTF-8
  };

  // Both outlive it. What was agreed on is in `caps`.
  Registration(const conf::Config& config, CapNegotiation& caps) : config_(config), caps_(caps) {}

  // The commands that it has an answer to: PASS, NICK, USER, CAP, PING, PONG.
  static bool takes(std::string_view command);

  // Takes a message. Any command that it does not know gets 451; those that are good before
  // registration and not in takes() are the owner's. While the nick is being claimed messages
  // should wait; a NICK that does not is refused with 447. Once he has registered or was refused,
  // nothing happens.
  void take(const Message& message, const ReplyTo& to, std::string& out);

  [[nodiscard]] State state() const { return facts_.state; }
  // What to claim, while that is to be done: ask after each take() and restore(). Else nothing.
  [[nodiscard]] std::optional<Person> ready() const;

  // The answer to the claim, which must be under way: 433 ERR_NICKNAMEINUSE, or 437
  // ERR_UNAVAILRESOURCE when its owner cannot say. He may send another NICK, or the same.
  void on_claim_refused(chat::Refusal why, const ReplyTo& to, std::string& out);
  // He is that person. Nothing is left to do for this object.
  void on_claimed();

  // For a client who moves to another process, and back into one that was just made; the
  // negotiation moves beside it. A claim that was under way is to be begun again. Errc::invalid:
  // the text is none of save(), and nothing has changed.
  [[nodiscard]] std::string save() const;
  // The same of one who has registered, of whom no Registration needs to be kept.
  static std::string save_registered();
  base::Result<void> restore(std::string_view saved);

 private:
  class Step;  // one message being taken

  // What he has told, as it moves. The password itself is not kept.
  struct Facts {
    State state = State::collecting;
    std::optional<chat::Nick> nick;
    std::string user;  // empty: no USER yet
    std::string realname;
    bool password_right = false;  // the last PASS had the password that the server asks for
    static void fields(auto& self, auto&& field) {
      field("state", self.state);
      field("nick", self.nick);
      field("user", self.user);
      field("realname", self.realname);
      field("password_right", self.password_right);
    }
  };

  void go_on(const ReplyTo& to, std::string& out);
  void expect_claim() const;

  const conf::Config& config_;
  CapNegotiation& caps_;
  Facts facts_;
};

}  // namespace banterd::worker::irc
