#include "worker/protocol/irc/names_reply.h"

#include "chat/room_modes.h"
#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/list_reply.h"

namespace banterd::worker::irc {

std::string prefixes_of(uint8_t prefixes, bool all) {
  std::string signs;
  for (size_t i = 0; i < kRankModes.size(); ++i) {
    const bool has = (prefixes & chat::prefix_of(kRankModes[i]).value()) != 0;
    if (has && (all || signs.empty())) signs += kRankPrefixes[i];
  }
  return signs;
}

void append_names(std::string& out, const ReplyTo& to, std::string_view room,
                  const chat::RoomHead& head, std::span<const NamedMember> members,
                  NamesStyle style) {
  const bool secret = (head.flags & chat::secret) != 0;
  ListReply list(out, to, kRplNamReply, {secret ? "@" : "=", room});
  for (const NamedMember& member : members) {
    const chat::Profile& person = *member.profile;
    std::string word = prefixes_of(member.prefixes, style.multi_prefix);
    word += style.userhost_in_names ? person.mask() : std::string(person.nick.str());
    list.add(word);
  }
  list.finish();
}

void append_end_of_names(std::string& out, const ReplyTo& to, std::string_view room) {
  append_reply(out, to, kRplEndOfNames, {room});
}

}  // namespace banterd::worker::irc
