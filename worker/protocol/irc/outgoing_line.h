// Makes one line of IRC for a client: the other way round than message.h, whose format it has.
// Pure.
//
// What is given need not be fit for a line: CR, LF and NUL are left out wherever they stand, and a
// line is never longer than the 512 bytes of RFC 1459 section 2.3 after its tags. All texts must be
// valid UTF-8, and the line then is.
#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "chat/types.h"

namespace banterd::worker::irc {

// Whom a line comes from; lives as long as what it was made of.
class Source {
 public:
  Source() = default;  // nobody
  // Implicit: as it is written. A server's name; empty: nobody.
  template <std::convertible_to<std::string_view> Name>
  Source(const Name& name) : name_(name) {}
  // As nick!user@host, which is written without being made first: most lines come from a person.
  Source(const chat::Profile& person) : person_(&person) {}

  [[nodiscard]] bool empty() const { return person_ == nullptr && name_.empty(); }
  [[nodiscard]] size_t bytes() const {
    return person_ != nullptr ? person_->mask_bytes() : name_.size();
  }
  [[nodiscard]] const chat::Profile* person() const { return person_; }
  [[nodiscard]] std::string_view name() const { return name_; }

 private:
  std::string_view name_;
  const chat::Profile* person_ = nullptr;
};

struct OutgoingLine {
  std::string_view tags;  // as append_tag() makes them; empty: none
  Source source;
  std::string_view command;  // letters, or three digits
  // At most kMaxParams. The last one gets a ':' where it needs one. One before it that would need
  // it (empty, with a space, beginning with ':') cannot be sent, and is sent as "*": that happens
  // only where an error repeats what a client typed.
  std::span<const std::string_view> params;
  // Parameters behind those, written as they stand in a line; empty: none.
  std::string_view written = {};
};

// Appends the line with its CRLF. What is too long is cut between two characters, which is the last
// parameter's text unless those before it fill the line already; a CTCP message keeps the \x01 that
// ends it. Tags beyond 8191 bytes are left out, whole ones from the end, so the server's come
// first.
void append_line(std::string& out, const OutgoingLine& line);
void append_line(std::string& out, const Source& source, std::string_view command,
                 std::initializer_list<std::string_view> params);

// As many of these tags, joined by ';', as a line may have: whole ones, from the beginning.
std::string_view cut_tags(std::string_view tags);

// Adds `key`, or `key=value` with its value escaped, to tags joined by ';'.
void append_tag(std::string& tags, std::string_view key, std::string_view value = {});
// Adds tags that are joined and escaped already: those that a client sent for others.
void append_tags(std::string& tags, std::string_view escaped);

}  // namespace banterd::worker::irc
