// The values of the domain: valid once built, compared and hashed by what they mean. Plain C++: no
// clock, no chance, no I/O.
#pragma once

#include <bit>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/compact_text.h"
#include "base/lazy.h"
#include "base/slab.h"

namespace banterd::chat {

// Bytes, not characters.
inline constexpr size_t kMaxNickBytes = 64;
inline constexpr size_t kMaxRoomNameBytes = 64;
inline constexpr size_t kMaxTopicBytes = 390;
inline constexpr size_t kMaxReasonBytes = 300;
inline constexpr size_t kMaxInvited = 100;  // invitations that a room keeps

// The case mapping of nicks and rooms on every protocol: ASCII letters only (Modern IRC,
// CASEMAPPING=ascii).
std::string fold(std::string_view name);

// Whether two names are one but for their spelling.
bool same_name(std::string_view a, std::string_view b);

// A person's name: ASCII letters, digits and []\`_^{|}-, not beginning with a digit or '-' (RFC
// 2812 section 2.3.1).
class Nick {
 public:
  Nick() = default;  // no name yet; never valid as a parsed value
  static std::optional<Nick> parse(std::string_view text);
  [[nodiscard]] std::string_view str() const { return text_; }
  [[nodiscard]] std::string key() const { return fold(text_); }
  bool operator==(const Nick&) const = default;  // as spelt

 private:
  base::CompactText text_;
};

// A room's name: '#', then 1 to 63 bytes of UTF-8 without spaces, commas, colons or control
// characters.
class RoomName {
 public:
  RoomName() = default;
  static std::optional<RoomName> parse(std::string_view text);
  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] std::string key() const { return fold(text_); }
  bool operator==(const RoomName&) const = default;

 private:
  std::string text_;
};

// Rooms and people share one space of names; a nick never begins with '#'.
inline bool names_room(std::string_view name) { return name.starts_with('#'); }
// The server as a whole; no nick can be so.
inline constexpr std::string_view kServerObject = "*";
inline bool names_server(std::string_view name) { return name == kServerObject; }

// Who somebody is, as opposed to the connection he comes by: one client may have several devices
// one day.
enum class ClientId : uint64_t {};

// Milliseconds since 1970, as the sender's slot read its clock: the core has none of its own.
using TimeMs = int64_t;

// Where a client lives: a worker's number, and which life of that worker.
struct Place {
  Place() = default;
  // Fewer than 2^16 slots, and than 2^32 lives of one.
  constexpr Place(uint32_t its_slot, uint64_t its_incarnation)
      : incarnation(static_cast<uint32_t>(its_incarnation)),
        slot(static_cast<uint16_t>(its_slot)) {}
  uint32_t incarnation = 0;
  uint16_t slot = 0;
  bool operator==(const Place&) const = default;
  // True when this place has gone with `lost`: that life of the slot, or an earlier one.
  [[nodiscard]] bool gone_with(const Place& lost) const {
    return slot == lost.slot && incarnation <= lost.incarnation;
  }
  static void fields(auto& self, auto&& field) {
    field("slot", self.slot);
    field("incarnation", self.incarnation);
  }
};

// A set of slots 0..63.
class SlotSet {
 public:
  SlotSet() = default;
  explicit SlotSet(uint64_t bits) : bits_(bits) {}
  static SlotSet of(uint32_t slot) { return SlotSet(uint64_t{1} << slot); }
  void add(uint32_t slot) { bits_ |= uint64_t{1} << slot; }
  void remove(uint32_t slot) { bits_ &= ~(uint64_t{1} << slot); }
  [[nodiscard]] bool has(uint32_t slot) const { return (bits_ >> slot & 1) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  [[nodiscard]] uint64_t bits() const { return bits_; }
  SlotSet operator|(SlotSet other) const { return SlotSet(bits_ | other.bits_); }
  SlotSet operator&(SlotSet other) const { return SlotSet(bits_ & other.bits_); }
  // Those below `count`.
  [[nodiscard]] SlotSet among(uint32_t count) const {
    return SlotSet(count >= 64 ? bits_ : bits_ & ((uint64_t{1} << count) - 1));
  }
  // Calls `visit(slot)` for each, lowest first.
  template <class Visit>
  void each(Visit visit) const {
    for (uint64_t rest = bits_; rest != 0; rest &= rest - 1) {
      visit(static_cast<uint32_t>(std::countr_zero(rest)));
    }
  }
  bool operator==(const SlotSet&) const = default;

 private:
  uint64_t bits_ = 0;
};

// What everybody may know of a person: one versioned record. A newer version replaces an older one
// wherever they meet. There are ten thousands, each referred to from a dozen places: it counts its
// references itself, and without atomics, since it stays with the thread of the loop.
struct Profile final : boost::intrusive_ref_counter<Profile, boost::thread_unsafe_counter>,
                       base::InSlabs<Profile> {
  Profile() = default;
  uint32_t version = 0;
  ClientId client{};
  bool server_operator = false;
  bool bot = false;
  bool invisible = false;  // not shown to those who share no room with him (user mode i)
  Nick nick;
  base::CompactText user;
  base::CompactText host;
  base::CompactText realname;
  base::CompactText account;     // empty: none
  base::Lazy<std::string> away;  // why he may not answer, while he is away

  // nick!user@host, what bans are matched against.
  [[nodiscard]] std::string mask() const;
  [[nodiscard]] size_t mask_bytes() const {
    return nick.str().size() + user.size() + host.size() + std::string_view("!@").size();
  }

  static void fields(auto& self, auto&& field) {
    field("client", self.client);
    field("version", self.version);
    field("nick", self.nick);
    field("user", self.user);
    field("host", self.host);
    field("realname", self.realname);
    field("account", self.account);
    field("away", self.away);
    field("server_operator", self.server_operator);
    field("bot", self.bot);
    field("invisible", self.invisible);
  }
};
using ProfilePtr = boost::intrusive_ptr<const Profile>;
inline boost::intrusive_ptr<Profile> make_profile(Profile profile = {}) {
  return new Profile(std::move(profile));
}

// True when `text` matches `mask`, in which '*' stands for any run and '?' for any one byte; both
// are folded. Linear in |mask| * |text| at worst, without recursion.
bool matches(std::string_view mask, std::string_view text);

}  // namespace banterd::chat
