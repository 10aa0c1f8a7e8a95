// The numeric replies that are sent, one line each: number, and the text that ends it where that is
// always the same. The names are those of Modern IRC, "Numerics", which the words are of too
// (RPL_AWAY is kRplAway); 335 is of IRCv3 "Bot Mode", 354 of WHOX, 73x of "Monitor", others of the
// list at defs.ircdocs.horse. Behind each stand the parameters to give, without the client's nick,
// which is always the first; "text" is a sentence, the last of them.
//
// Errors whose text says more than which error it is have none here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace banterd::worker::irc {

struct Numeric {
  uint16_t number = 0;
  std::string_view text;  // the last parameter; empty: the caller gives all
  bool operator==(const Numeric& other) const { return number == other.number; }
};

// From whom and to whom. All of it lives during the call only.
struct ReplyTo {
  std::string_view server;  // our name
  std::string_view nick;    // empty before there is one: shown as "*"
  std::string_view tags;    // for each line of the reply: time, label, batch; empty: none
};

// Appends one line: number, nick, `params`, the fixed text. Of params and text kMaxParams - 1 are
// sent.
void append_reply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                  std::span<const std::string_view> params);
void append_reply(std::string& out, const ReplyTo& to, const Numeric& numeric,
                  std::initializer_list<std::string_view> params = {});

// ---- Registration ----

inline constexpr Numeric kRplWelcome{1, ""};   // text: Welcome to the X Network, MASK
inline constexpr Numeric kRplYourHost{2, ""};  // text: Your host is SERVER, running version VERSION
inline constexpr Numeric kRplCreated{3, ""};   // text: This server was created TIME
inline constexpr Numeric kRplMyInfo{4, ""};    // server version user-modes modes with-parameter
inline constexpr Numeric kRplISupport{5, "are supported by this server"};  // 1 to 13 tokens

// ---- The server ----

inline constexpr Numeric kRplStatsKLine{216, ""};                      // K mask * * text
inline constexpr Numeric kRplEndOfStats{219, "End of /STATS report"};  // letter
inline constexpr Numeric kRplUModeIs{221, ""};                         // modes
inline constexpr Numeric kRplStatsUptime{242, ""};  // text: Server Up D days H:MM:SS
inline constexpr Numeric kRplStatsOLine{243, ""};   // O mask * name
inline constexpr Numeric kRplStatsDebug{249, ""};   // text
inline constexpr Numeric kRplLuserClient{251, ""};  // text: There are U users and I invisible on …
inline constexpr Numeric kRplLuserOp{252, "operator(s) online"};          // number
inline constexpr Numeric kRplLuserUnknown{253, "unknown connection(s)"};  // number
inline constexpr Numeric kRplLuserChannels{254, "channels formed"};       // number
inline constexpr Numeric kRplLuserMe{255, ""};  // text: I have C clients and S servers
inline constexpr Numeric kRplAdminMe{256, "Administrative info"};                  // server
inline constexpr Numeric kRplAdminLoc1{257, ""};                                   // text
inline constexpr Numeric kRplTryAgain{263, "Please wait a while and try again."};  // command
inline constexpr Numeric kRplLocalUsers{265, ""};   // now most text: Current local users N, max M
inline constexpr Numeric kRplGlobalUsers{266, ""};  // now most text: Current global users N, max M
inline constexpr Numeric kRplVersion{351, ""};      // version server text
inline constexpr Numeric kRplLinks{364, ""};        // server server text: HOPS DESCRIPTION
inline constexpr Numeric kRplEndOfLinks{365, "End of /LINKS list"};  // mask
inline constexpr Numeric kRplInfo{371, ""};                          // text
inline constexpr Numeric kRplMotd{372, ""};                          // text: - LINE
inline constexpr Numeric kRplEndOfInfo{374, "End of INFO list"};
inline constexpr Numeric kRplMotdStart{375, ""};  // text: - SERVER Message of the day -
inline constexpr Numeric kRplEndOfMotd{376, "End of /MOTD command."};
inline constexpr Numeric kRplTime{391, ""};  // server text

// ---- People ----

inline constexpr Numeric kRplAway{301, ""};      // nick text
inline constexpr Numeric kRplUserHost{302, ""};  // text
inline constexpr Numeric kRplIsOn{303, ""};      // text: nicks
inline constexpr Numeric kRplUnAway{305, "You are no longer marked as being away"};
inline constexpr Numeric kRplNowAway{306, "You have been marked as being away"};
inline constexpr Numeric kRplWhoIsUser{311, ""};    // nick user host * text: real name
inline constexpr Numeric kRplWhoIsServer{312, ""};  // nick server text: its description
inline constexpr Numeric kRplWhoIsOperator{313, "is an IRC operator"};  // nick
inline constexpr Numeric kRplWhoWasUser{314, ""};               // nick user host * text: real name
inline constexpr Numeric kRplEndOfWho{315, "End of WHO list"};  // mask
inline constexpr Numeric kRplWhoIsIdle{317, "seconds idle, signon time"};  // nick seconds time
inline constexpr Numeric kRplEndOfWhoIs{318, "End of /WHOIS list"};        // nick
inline constexpr Numeric kRplWhoIsChannels{319, ""};  // nick text: rooms with prefixes
inline constexpr Numeric kRplWhoIsAccount{330, "is logged in as"};          // nick account
inline constexpr Numeric kRplWhoIsBot{335, "is a bot"};                     // nick
inline constexpr Numeric kRplWhoIsActually{338, "Is actually using host"};  // nick u@h address
inline constexpr Numeric kRplWhoReply{352, ""};   // room user host server nick flags text: 0 NAME
inline constexpr Numeric kRplWhoSpcRpl{354, ""};  // the fields that were asked for
inline constexpr Numeric kRplEndOfWhoWas{369, "End of WHOWAS"};  // nick
inline constexpr Numeric kRplWhoIsModes{379, ""};                // nick text: is using modes MODES

// ---- Rooms ----

inline constexpr Numeric kRplListStart{321, "Users  Name"};  // Channel
inline constexpr Numeric kRplList{322, ""};                  // room members text: topic
inline constexpr Numeric kRplListEnd{323, "End of /LIST"};
inline constexpr Numeric kRplChannelModeIs{324, ""};           // room modes their-parameters
inline constexpr Numeric kRplCreationTime{329, ""};            // room time
inline constexpr Numeric kRplNoTopic{331, "No topic is set"};  // room
inline constexpr Numeric kRplTopic{332, ""};                   // room text
inline constexpr Numeric kRplTopicWhoTime{333, ""};            // room nick time
inline constexpr Numeric kRplEndOfInviteList{337, "End of /INVITE list"};
inline constexpr Numeric kRplInviting{341, ""};   // nick room
inline constexpr Numeric kRplInvexList{346, ""};  // room mask nick time
inline constexpr Numeric kRplEndOfInvexList{347, "End of Channel Invite Exception List"};  // room
inline constexpr Numeric kRplExceptList{348, ""};  // room mask nick time
inline constexpr Numeric kRplEndOfExceptList{349, "End of channel exception list"};  // room
inline constexpr Numeric kRplNamReply{353, ""};  // symbol room text: nicks with prefixes
inline constexpr Numeric kRplEndOfNames{366, "End of /NAMES list"};         // room
inline constexpr Numeric kRplBanList{367, ""};                              // room mask nick time
inline constexpr Numeric kRplEndOfBanList{368, "End of channel ban list"};  // room

// ---- Operators ----

inline constexpr Numeric kRplYoureOper{381, "You are now an IRC operator"};
inline constexpr Numeric kRplRehashing{382, "Rehashing"};  // file

// ---- Errors ----

inline constexpr Numeric kErrUnknownError{400, ""};                            // command text
inline constexpr Numeric kErrNoSuchNick{401, "No such nick/channel"};          // nick
inline constexpr Numeric kErrNoSuchServer{402, "No such server"};              // server
inline constexpr Numeric kErrNoSuchChannel{403, "No such channel"};            // room
inline constexpr Numeric kErrCannotSendToChan{404, "Cannot send to channel"};  // room
inline constexpr Numeric kErrTooManyChannels{405, "You have joined too many channels"};  // room
inline constexpr Numeric kErrWasNoSuchNick{406, "There was no such nickname"};           // nick
inline constexpr Numeric kErrTooManyTargets{407, "Too many targets"};                    // target
inline constexpr Numeric kErrNoOrigin{409, "No origin specified"};
inline constexpr Numeric kErrInvalidCapCmd{410, "Invalid CAP command"};  // subcommand
inline constexpr Numeric kErrNoRecipient{411, "No recipient given"};
inline constexpr Numeric kErrNoTextToSend{412, "No text to send"};
inline constexpr Numeric kErrBadMask{415, "Bad Server/host mask"};  // mask
inline constexpr Numeric kErrInputTooLong{417, "Input line was too long"};
inline constexpr Numeric kErrUnknownCommand{421, "Unknown command"};  // command
inline constexpr Numeric kErrNoMotd{422, "MOTD File is missing"};
inline constexpr Numeric kErrNoAdminInfo{423, "No administrative info available"};  // server
inline constexpr Numeric kErrNoNicknameGiven{431, "No nickname given"};
inline constexpr Numeric kErrErroneusNickname{432, ""};                         // nick text
inline constexpr Numeric kErrNicknameInUse{433, "Nickname is already in use"};  // nick
inline constexpr Numeric kErrUnavailResource{437, "Nick/channel is temporarily unavailable"};  // it
inline constexpr Numeric kErrUserNotInChannel{441, "They aren't on that channel"};  // nick room
inline constexpr Numeric kErrNotOnChannel{442, "You're not on that channel"};       // room
inline constexpr Numeric kErrUserOnChannel{443, "is already on channel"};           // nick room
inline constexpr Numeric kErrNoNickChange{447, "Can't change nickname now"};
inline constexpr Numeric kErrNotRegistered{451, "You have not registered"};
inline constexpr Numeric kErrNeedMoreParams{461, "Not enough parameters"};  // command
inline constexpr Numeric kErrAlreadyRegistered{462, "You may not reregister"};
inline constexpr Numeric kErrPasswdMismatch{464, "Password incorrect"};
inline constexpr Numeric kErrYoureBannedCreep{465, "You are banned from this server."};
inline constexpr Numeric kErrChannelIsFull{471, "Cannot join channel (+l)"};   // room
inline constexpr Numeric kErrUnknownMode{472, "is unknown mode char to me"};   // letter
inline constexpr Numeric kErrInviteOnlyChan{473, "Cannot join channel (+i)"};  // room
inline constexpr Numeric kErrBannedFromChan{474, "Cannot join channel (+b)"};  // room
inline constexpr Numeric kErrBadChannelKey{475, "Cannot join channel (+k)"};   // room
inline constexpr Numeric kErrBanListFull{478, "Channel list is full"};         // room letter
inline constexpr Numeric kErrNoPrivileges{481, "Permission Denied- You're not an IRC operator"};
inline constexpr Numeric kErrChanOPrivsNeeded{482, "You're not channel operator"};  // room
inline constexpr Numeric kErrUModeUnknownFlag{501, "Unknown MODE flag"};
inline constexpr Numeric kErrUsersDontMatch{502, "Cant change mode for other users"};
inline constexpr Numeric kErrHelpNotFound{524, "No help available on this topic"};  // subject
inline constexpr Numeric kErrInvalidKey{525, "Key is not well-formed"};             // room
inline constexpr Numeric kErrInvalidModeParam{696, ""};  // room-or-nick letter parameter text
inline constexpr Numeric kErrNoPrivs{723, "Insufficient oper privileges."};  // privilege

// ---- Help, MONITOR ----

inline constexpr Numeric kRplHelpStart{704, ""};   // subject text
inline constexpr Numeric kRplHelpTxt{705, ""};     // subject text
inline constexpr Numeric kRplEndOfHelp{706, ""};   // subject text
inline constexpr Numeric kRplMonOnline{730, ""};   // text: masks, joined by ','
inline constexpr Numeric kRplMonOffline{731, ""};  // text: nicks, joined by ','
inline constexpr Numeric kRplMonList{732, ""};     // text: nicks, joined by ','
inline constexpr Numeric kRplEndOfMonList{733, "End of MONITOR list"};
inline constexpr Numeric kErrMonListFull{734, "Monitor list is full."};  // limit nicks

}  // namespace banterd::worker::irc
