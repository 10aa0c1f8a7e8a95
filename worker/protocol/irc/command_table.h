// The commands of a protocol as rows of a table: name, what must hold before it is run, and the
// member function that runs it. The checks are made here, once for all: no handler counts its
// parameters, asks whether the client has registered, or whether he is an operator.
//
// A protocol P writes its rows beside its handlers:
//
//   constexpr CommandRow<P> kRows[] = {
//       {{.name = "NICK", .needed = 1, .missing = {kErrNoNicknameGiven}}, &P::nick},
//       {{.name = "JOIN", .needed = 1, .when = When::registered}, &P::join},
//   };
//   constexpr CommandTable kCommands(kRows);
//
// and takes a message so:
//
//   const CommandRow<P>* row = kCommands.find(message.command);
//   const CommandRules* rules = row == nullptr ? nullptr : &row->rules;
//   const auto why = check(rules, message, caller);
//   if (why) append_refusal(out, to, *why, rules, message); else (this->*row->run)(message);
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// When in a client's life a command may be used.
enum class When : uint8_t {
  always,
  before_registration,  // later: 462 ERR_ALREADYREGISTERED
  registered,           // earlier: 451 ERR_NOTREGISTERED
};

struct CommandRules {
  std::string_view name;  // in capitals
  uint8_t needed = 0;     // parameters that must be there
  // The answers when only 0, only 1 of them are there; 461 ERR_NEEDMOREPARAMS where none is given.
  std::array<Numeric, 2> missing = {};
  // The last one that is needed must not be empty either ("PRIVMSG #dev :"): it is missing then.
  bool last_not_empty = false;
  When when = When::always;
  bool for_operators = false;  // 481 ERR_NOPRIVILEGES
  bool counts = true;          // against the flood limit (Protocol::Taken)
  bool answers_errors = true;  // false for NOTICE, which is never answered (RFC 2812 section 3.3.2)
};

struct Caller {
  bool registered = false;
  bool is_operator = false;
};

// Why the command is not run; nothing: it is. `rules` is null for a command that nobody knows
// (421). In this order: unknown, too early or too late, no operator, too few parameters.
std::optional<Numeric> check(const CommandRules* rules, const Message& message, Caller caller);

// The answer to a command that check() refused: nothing if `rules` says that it is never answered.
// An unknown command is named as it was typed.
void append_refusal(std::string& out, const ReplyTo& to, const Numeric& why,
                    const CommandRules* rules, const Message& message);

template <class P>
struct CommandRow {
  CommandRules rules;
  void (P::*run)(const Message& message) = nullptr;
  // Only asks owners, and needs to know nothing of what came of earlier commands.
  bool at_once = false;
};

// True if they differ at most in the case of ASCII letters; `capitals` has none in lower case.
constexpr bool names_command(std::string_view capitals, std::string_view typed);

// Finds rows by name, in any case, in a time that depends on neither the number of rows nor what a
// client sends: the table is hashed by the compiler, and a name longer than all is none. With a
// name that stands there twice or is not in capitals it does not compile. Refers to the rows, which
// outlive it.
template <class P, size_t N>
class CommandTable {
 public:
  explicit consteval CommandTable(const CommandRow<P> (&rows)[N]);
  // Null: no such command.
  [[nodiscard]] constexpr const CommandRow<P>* find(std::string_view name) const;

 private:
  static constexpr size_t kPlaces = std::bit_ceil(4 * N);
  static constexpr size_t place_of(std::string_view name);

  const CommandRow<P> (&rows_)[N];
  std::array<uint16_t, kPlaces> places_{};  // a row's number + 1, or 0; open addressing
  size_t longest_ = 0;
};

// ---- how it is done ----

constexpr char in_capitals(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

constexpr bool names_command(std::string_view capitals, std::string_view typed) {
  if (capitals.size() != typed.size()) return false;
  for (size_t i = 0; i < typed.size(); ++i) {
    if (capitals[i] != in_capitals(typed[i])) return false;
  }
  return true;
}

template <class P, size_t N>
consteval CommandTable<P, N>::CommandTable(const CommandRow<P> (&rows)[N]) : rows_(rows) {
  for (size_t i = 0; i < N; ++i) {
    const std::string_view name = rows[i].rules.name;
    if (name.empty() || !names_command(name, name)) throw std::logic_error("not in capitals");
    for (size_t before = 0; before < i; ++before) {
      if (rows[before].rules.name == name) throw std::logic_error("two commands with one name");
    }
    size_t place = place_of(name);
    while (places_[place] != 0) place = (place + 1) % kPlaces;
    places_[place] = static_cast<uint16_t>(i + 1);
    longest_ = name.size() > longest_ ? name.size() : longest_;
  }
}

template <class P, size_t N>
constexpr const CommandRow<P>* CommandTable<P, N>::find(std::string_view name) const {
  if (name.size() > longest_) return nullptr;
  for (size_t place = place_of(name);; place = (place + 1) % kPlaces) {
    if (places_[place] == 0) return nullptr;
    const CommandRow<P>& row = rows_[places_[place] - 1];
    if (names_command(row.rules.name, name)) return &row;
  }
}

// FNV-1a. The names are ours, so nobody can choose them to collide.
template <class P, size_t N>
constexpr size_t CommandTable<P, N>::place_of(std::string_view name) {
  uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(in_capitals(c))) * 16777619U;
  return hash % kPlaces;
}

}  // namespace banterd::worker::irc
