// A message of several lines as a client sends it (IRCv3 draft "Multiline"): between BATCH +ref and
// BATCH -ref. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/command.h"
#include "worker/protocol/irc/message.h"

namespace banterd::worker::irc {

// Announced with the capability.
inline constexpr size_t kMaxMultilineBytes = 4096;
inline constexpr size_t kMaxMultilineLines = 24;

struct IncomingBatch {
  std::string reference;
  std::string target;
  std::string label;  // escaped; empty: none
  std::string tags;   // for other clients, as they came
  chat::Kind kind = chat::Kind::message;
  std::vector<chat::SaidLine> lines;
  size_t bytes = 0;
  bool refused = false;  // he has been told; what else comes of it is not said either
  static void fields(auto& self, auto&& field) {
    field("reference", self.reference);
    field("target", self.target);
    field("label", self.label);
    field("tags", self.tags);
    field("kind", self.kind);
    field("lines", self.lines);
    field("bytes", self.bytes);
    field("refused", self.refused);
  }

  struct Failure {
    std::string_view code;             // MULTILINE_MAX_BYTES …
    std::vector<std::string> context;  // the limit, or both targets
    std::string_view text;
  };
  // What is not one message.
  static Failure invalid() { return {"MULTILINE_INVALID", {}, "Invalid multiline batch"}; }
  // Adds the PRIVMSG or NOTICE. Nothing: done.
  std::optional<Failure> add(const Message& message);
  // All lines; nothing when they are all blank.
  [[nodiscard]] std::optional<chat::Say> said() const;
};

}  // namespace banterd::worker::irc
