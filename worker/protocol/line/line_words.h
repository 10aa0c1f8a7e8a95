// The words of the line protocol that are longer than a line of code: pure functions from what
// happened to text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/room.h"
#include "conf/config.h"
#include "worker/bus_messages.h"

namespace banterd::worker::line {

// What people typed, fit for a terminal: without control characters.
std::string clean(std::string_view text);

// The first word, and what follows the spaces behind it.
std::pair<std::string_view, std::string_view> split_word(std::string_view text);

// Whether a first line is one of an IRC client that has come to the wrong port, and not a person's:
// its password and what it goes on with would be said in the room.
bool begins_irc(std::string_view line);
// Whether it is "NICK ada", by which an IRC client may begin too.
bool is_irc_nick(std::string_view line);
// With the port where it is spoken, if the configuration has one.
std::string no_irc_text(const conf::Config& config);

// Each with its line end. `head` may be null.
std::string topic_line(std::string_view room, const chat::RoomHead* head);
// In the order of their nicks.
std::string who_lines(std::string_view name, const std::vector<chat::ProfilePtr>& members);
// Those that are no secret, in the order of their names.
std::string rooms_lines(std::vector<RoomLine> rooms);
// Empty when there is nothing to say.
std::string refusal_line(const std::string& object, const chat::CommandBody& asked,
                         chat::Refusal why);

}  // namespace banterd::worker::line
