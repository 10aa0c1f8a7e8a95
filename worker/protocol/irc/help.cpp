#include "worker/protocol/irc/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/take_part.h"
#include "worker/protocol/irc/command_table.h"
#include "worker/utc_text.h"

namespace banterd::worker::irc {

namespace {

constexpr HelpText kTexts[] = {
    {"ADMIN", "ADMIN", "Tells who runs this server."},
    {"AWAY", "AWAY [:reason]",
     "Marks you as away: who writes to you gets the reason. Without one you are back."},
    {"BATCH", "BATCH +ref draft/multiline target, BATCH -ref",
     "Begins and ends a message of several lines."},
    {"CAP", "CAP LS [302] | LIST | REQ :capability{ capability} | END",
     "Agrees with the server on extensions of the protocol (IRCv3)."},
    {"CHATHISTORY",
     "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN target reference [reference] limit",
     "Shows what was said before. A reference is timestamp=YYYY-MM-DDThh:mm:ss.sssZ, msgid=ID, or\n"
     "with LATEST also *.\n"
     "CHATHISTORY TARGETS timestamp=… timestamp=… limit lists where something was said."},
    {"DIE", "DIE", "For operators, if allowed: ends the server. Everybody is told."},
    {"HELP", "HELP [command]", "Explains a command, or lists all."},
    {"INFO", "INFO", "Tells what this server is."},
    {"INVITE", "INVITE nick #room",
     "Asks somebody to come into a room, and lets him in even if it is for invited people only."},
    {"ISON", "ISON nick{ nick}", "Tells which of the nicks are here."},
    {"JOIN", "JOIN #room{,#room} [key{,key}]",
     "Comes into rooms; those that do not exist are made, with you as operator.\n"
     "JOIN 0 leaves all your rooms."},
    {"KICK", "KICK #room nick{,nick} [:reason]", "Puts members out of a room."},
    {"KILL", "KILL nick :reason", "For operators: closes somebody's connection."},
    {"KLINE", "KLINE [duration] user@host [:reason]",
     "For operators: keeps those out whom the mask matches, for ever or for that long: 30m, 12h, "
     "7d,\n"
     "2w; a number alone is minutes."},
    {"LINKS", "LINKS", "Lists the servers of this network."},
    {"LIST", "LIST [#room{,#room}] [condition{,condition}]",
     "Lists rooms with their members and topic. Conditions: >n and <n members, C>n and C<n "
     "minutes\n"
     "since the room was made, T>n and T<n since its topic was set, a mask, or !mask."},
    {"LUSERS", "LUSERS", "Counts people and rooms."},
    {"MARKREAD", "MARKREAD target [timestamp=YYYY-MM-DDThh:mm:ss.sssZ]",
     "Remembers, or tells, up to where you have read a conversation."},
    {"MODE", "MODE #room|nick [modes [argument{ argument}]]",
     "Shows or changes modes: + before a letter sets it, - takes it away.\n"
     "Rooms: b ban, e exception, I invited: each with a mask, without one listed; k key; l limit;\n"
     "i invited people only; m only who has a voice speaks; n no messages from outside; s secret;\n"
     "t operators set the topic; C no CTCP; c no colours.\n"
     "Ranks, with a nick: o operator, h half-operator, v voice.\n"
     "Yourself: B bot, i invisible, o operator (only -o), w wants WALLOPS."},
    {"MONITOR", "MONITOR +|- nick{,nick} | C | L | S",
     "Tells you when people come and go: + adds to your list, - takes away, C clears it, L shows "
     "it,\n"
     "S shows who of it is here."},
    {"MOTD", "MOTD", "Shows the message of the day."},
    {"NAMES", "NAMES [#room]", "Lists the members of a room."},
    {"NICK", "NICK nick", "Changes your nick."},
    {"NOTICE", "NOTICE target{,target} :text",
     "Says something that no program answers, otherwise as PRIVMSG."},
    {"OPER", "OPER name password", "Makes you an operator of the server."},
    {"PART", "PART #room{,#room} [:reason]", "Leaves rooms."},
    {"PASS", "PASS password", "The server's password, before NICK and USER."},
    {"PING", "PING token", "Answered by PONG when all that you did before has reached everybody."},
    {"PRIVMSG", "PRIVMSG target{,target} :text",
     "Says something to people or rooms. @#room reaches only operators of the room, +#room only\n"
     "those with a voice and above."},
    {"QUIT", "QUIT [:reason]", "Ends your connection."},
    {"REDACT", "REDACT target msgid [:reason]", "Takes back what was said."},
    {"REHASH", "REHASH", "For operators: reads the configuration again. Nobody is disconnected."},
    {"RESTART", "RESTART", "For operators, if allowed: ends the server and starts it anew."},
    {"SETNAME", "SETNAME :real name", "Changes your real name."},
    {"STATS", "STATS letter",
     "Numbers about the server: u since when it runs; for operators also k who is kept out, o "
     "operators,\n"
     "w workers."},
    {"TAGMSG", "TAGMSG target{,target}", "Sends tags without a text, for instance +typing."},
    {"TIME", "TIME", "Tells the server's time."},
    {"TOPIC", "TOPIC #room [:topic]", "Shows or sets the topic of a room; an empty one is none."},
    {"UNKLINE", "UNKLINE user@host", "For operators: takes a KLINE back."},
    {"USER", "USER name 0 * :real name", "Tells who you are, when you connect."},
    {"USERHOST", "USERHOST nick{ nick}", "Tells user and host of up to five people."},
    {"VERSION", "VERSION", "Tells the server's version, and what it supports."},
    {"WALLOPS", "WALLOPS :text", "For operators: says something to all who have the mode w."},
    {"WHO", "WHO [#room|mask [o][%fields[,token]]]",
     "Lists people: members of a room, or whom the mask matches; with o only operators of the\n"
     "server. Fields are letters of tcuihsnfdlaor (WHOX)."},
    {"WHOIS", "WHOIS [server] nick", "Tells what is known of a person."},
    {"WHOWAS", "WHOWAS nick [count]", "Tells who had a nick before."},
};

void append_text(std::string& out, const ReplyTo& to, const HelpText& help) {
  append_reply(out, to, kRplHelpStart, {help.command, help.usage});
  // Modern IRC: the first line behind the title should be empty.
  append_reply(out, to, kRplHelpTxt, {help.command, ""});
  for (std::string_view rest = help.text; !rest.empty();)
    append_reply(out, to, kRplHelpTxt, {help.command, base::take_part(rest, '\n')});
  append_reply(out, to, kRplEndOfHelp, {help.command, "End of /HELP."});
}

void append_index(std::string& out, const ReplyTo& to) {
  constexpr std::string_view kIndex = "*";
  constexpr size_t kColumns = 72;
  append_reply(out, to, kRplHelpStart, {kIndex, "The commands of this server"});
  append_reply(out, to, kRplHelpTxt, {kIndex, ""});
  std::string line;
  for (const HelpText& help : kTexts) {
    if (line.size() + 1 + help.command.size() > kColumns) {
      append_reply(out, to, kRplHelpTxt, {kIndex, line});
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += help.command;
  }
  append_reply(out, to, kRplHelpTxt, {kIndex, line});
  append_reply(out, to, kRplEndOfHelp, {kIndex, "HELP and one of them says more."});
}

}  // namespace

std::span<const HelpText> help_texts() { return kTexts; }

void append_help(std::string& out, const ReplyTo& to, std::string_view subject) {
  if (subject.empty()) return append_index(out, to);
  const auto* help = std::ranges::find_if(
      kTexts, [&](const HelpText& text) { return names_command(text.command, subject); });
  if (help == std::end(kTexts)) return append_reply(out, to, kErrHelpNotFound, {subject});
  append_text(out, to, *help);
}

void append_info(std::string& out, const ReplyTo& to, std::string_view version,
                 chat::TimeMs started) {
  append_reply(out, to, kRplInfo, {fmt::format("This is {}, a chat server.", version)});
  append_reply(out, to, kRplInfo,
               {"Who comes by IRC, by telnet or from a browser is in the same rooms here."});
  append_reply(out, to, kRplInfo,
               {fmt::format("It has been running since {}.", utc_text(started))});
  append_reply(out, to, kRplEndOfInfo);
}

void append_links(std::string& out, const ReplyTo& to, std::string_view description) {
  append_reply(out, to, kRplLinks, {to.server, to.server, fmt::format("0 {}", description)});
  append_reply(out, to, kRplEndOfLinks, {"*"});
}

void append_time(std::string& out, const ReplyTo& to, chat::TimeMs now) {
  append_reply(out, to, kRplTime, {to.server, utc_text(now)});
}

void append_version(std::string& out, const ReplyTo& to, std::string_view version,
                    std::string_view description) {
  append_reply(out, to, kRplVersion, {version, to.server, description});
}

void append_admin(std::string& out, const ReplyTo& to, std::string_view admin) {
  if (admin.empty()) return append_reply(out, to, kErrNoAdminInfo, {to.server});
  append_reply(out, to, kRplAdminMe, {to.server});
  append_reply(out, to, kRplAdminLoc1, {admin});
}

}  // namespace banterd::worker::irc
