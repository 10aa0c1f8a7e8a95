// A Reader of IRC: whole lines of bounded length that can be parsed, no tag that was not agreed on,
// batches that end, one answer with the label of a command, and no news of anybody whom the client
// cannot know of.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "tests/fuzz/reader.h"
#include "worker/protocol/irc/capabilities.h"
#include "worker/protocol/irc/message.h"

namespace banterd::fuzz {

class IrcReader final : public Reader {
 public:
  void take(std::string_view lines) override;
  // A line with its end, perhaps behind the rest of one that was too long.
  void on_taken(std::string_view unit) override;
  void on_command(std::string_view line);
  void on_answered() override;
  void check_rooms(const Rooms& rooms) const override;

 private:
  void take_line(std::string_view line);
  void check_tags(const worker::irc::Tags& tags);
  void check_label(const std::string& label);
  void follow_batch(const worker::irc::Message& message);
  void follow_capabilities(const worker::irc::Message& message);
  void follow_room(const worker::irc::Message& message);
  void follow_person(const worker::irc::Message& message, const std::string& key);
  void add_names(const worker::irc::Message& message);
  [[nodiscard]] bool has(worker::irc::Capability capability) const {
    return worker::irc::in_force(agreed_).has(capability);
  }

  bool registered_ = false;
  std::string self_;  // folded
  worker::irc::CapabilitySet agreed_;
  std::map<std::string, std::string> batches_;  // open ones, with those that they are in
  std::optional<std::string> label_;            // of the command that is being answered
  std::multiset<std::string> batch_labels_;     // of BATCH, not answered yet
  bool answer_due_ = false;                     // before he is registered most answers have none
  size_t labelled_ = 0;                         // lines with that label so far
  Rooms rooms_;
};

}  // namespace banterd::fuzz
