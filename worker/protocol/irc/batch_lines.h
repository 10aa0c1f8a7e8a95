// Lines put together for one client: tags added to lines that are complete, batches around them
// (IRCv3 "Batch"), and the answer to a command that has a label (IRCv3 "Labeled Responses"). Pure,
// and linear in the length of the text.
//
// Lines are as append_line() makes them, each with its CRLF.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// Appends `line` with `tag`, as append_tag() makes it, in front of the tags that it has. Of those
// the last are left out, whole ones, where all are too many for a line.
void with_tag(std::string& out, std::string_view line, std::string_view tag);

// `ref` has letters, digits and '-' only, and names no other open batch of this client. `tags` are
// for this line alone, and stand before those of `to`. A batch inside of another has the tag
// "batch" of that one with its start and with its end.
void append_batch_start(std::string& out, const ReplyTo& to, std::string_view ref,
                        std::string_view type, std::initializer_list<std::string_view> params = {},
                        std::string_view tags = {});
void append_batch_end(std::string& out, const ReplyTo& to, std::string_view ref);

// Appends the lines of a batch, each with its tag "batch". Lines that are in a batch already stay
// in that, which is inside of this one if its start and end are among them.
void put_in_batch(std::string& out, std::string_view lines, std::string_view ref);

// Appends all `lines` that answer a command, with its label (escaped, as it came) on exactly one:
// on an ACK if there are none, on the line if it is one, on the start of a batch if all of them are
// that batch. Else they are put into a batch `ref` of type labeled-response.
void label_lines(std::string& out, const ReplyTo& to, std::string_view lines,
                 std::string_view label, std::string_view ref);

}  // namespace banterd::worker::irc
