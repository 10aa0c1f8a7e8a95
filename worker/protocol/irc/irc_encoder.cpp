#include "worker/protocol/irc/irc_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "chat/room_modes.h"
#include "worker/message_id.h"
#include "worker/protocol/irc/ctcp.h"
#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

// Stands for a person, an account or a text that is not there.
constexpr std::string_view kNone = "*";
// No character is longer (RFC 3629): with so much room every line takes some of a text with it.
constexpr size_t kMaxCharacterBytes = 4;

std::string_view nick_of(const chat::Profile* profile) {
  return profile == nullptr ? kNone : profile->nick.str();
}

Source source_of(const chat::Profile* profile) {
  return profile == nullptr ? Source(kNone) : Source(*profile);
}

std::string_view account_of(const chat::Profile& profile) {
  return profile.account.empty() ? kNone : profile.account.view();
}

std::string_view command_for(chat::Kind kind) {
  return kind == chat::Kind::notice ? "NOTICE" : "PRIVMSG";
}

// The lowest of the prefixes that stand for that rank or a higher one.
std::string prefix_of_rank(uint8_t rank) {
  for (size_t i = kRankPrefixes.size(); i-- > 0;) {
    const auto prefix = chat::prefix_of(kRankModes[i]);
    if (prefix && *prefix >= rank) return std::string(1, kRankPrefixes[i]);
  }
  return {};
}

// ---- modes ----

// What stands behind a letter; nothing where no parameter belongs. A client who counts parameters
// by CHANMODES would go wrong if one were missing.
std::optional<std::string_view> argument_of(const chat::ModeChange& change) {
  const char letter = change.letter.empty() ? '\0' : change.letter[0];
  // Which key it was is not told when it goes, and what was typed may have been another.
  if (letter == 'k' && !change.add) return kNone;
  const bool takes_one = chat::is_list(letter) || chat::prefix_of(letter) || letter == 'k' ||
                         (letter == 'l' && change.add);
  if (!takes_one) return std::nullopt;
  return change.argument.empty() ? kNone : std::string_view(change.argument);
}

// The parameters of one MODE behind the room: +o-b nick mask.
struct ModeLine {
  std::string letters;
  std::vector<std::string_view> arguments;
  size_t argument_bytes = 0;  // with their spaces
  char sign = '\0';

  void add(const chat::ModeChange& change, std::optional<std::string_view> argument) {
    const char wanted = change.add ? '+' : '-';
    if (sign != wanted) letters += wanted;
    sign = wanted;
    letters += change.letter;
    if (!argument) return;
    arguments.push_back(*argument);
    argument_bytes += 1 + argument->size();
  }
  // `most`: bytes of the line.
  [[nodiscard]] bool has_room_for(std::optional<std::string_view> argument, size_t most) const {
    constexpr size_t kMaxArguments = kMaxParams - 2;  // the room, the letters
    constexpr size_t kSignAndLetter = 2;
    constexpr size_t kSpaceAndColon = 2;
    if (!argument) return letters.size() + kSignAndLetter + argument_bytes + 1 <= most;
    return arguments.size() < kMaxArguments &&
           letters.size() + kSignAndLetter + argument_bytes + kSpaceAndColon + argument->size() <=
               most;
  }
};

// Most often one. A mask that is cut would be another mask.
std::vector<ModeLine> mode_lines(const std::vector<chat::ModeChange>& changes, size_t most) {
  std::vector<ModeLine> lines;
  for (const chat::ModeChange& change : changes) {
    const auto argument = argument_of(change);
    if (lines.empty() || !lines.back().has_room_for(argument, most)) lines.emplace_back();
    lines.back().add(change, argument);
  }
  return lines;
}

// ---- events ----

// Writes the lines for each kind of event; none for those that clients of this shape are not told.
//
// An id stands only on the first line of what one room or person has told. Quits and new records
// come from whichever of somebody's rooms is heard of first, so they have no id that is
// everybody's.
struct Write {
  const Delivery& delivery;
  std::string& out;
  CapabilitySet agreed;

  [[nodiscard]] bool has(Capability capability) const { return agreed.has(capability); }

  [[nodiscard]] std::string tags(const chat::Profile* source, bool with_id) const {
    std::string tags;
    if (has(Capability::server_time)) append_tag(tags, "time", server_time(delivery.event.at));
    if (with_id && has(Capability::message_tags)) {
      if (delivery.position > 0) append_tag(tags, "msgid", id());
    }
    if (source == nullptr) return tags;
    if (has(Capability::account_tag) && !source->account.empty())
      append_tag(tags, "account", source->account);
    if (has(Capability::message_tags) && source->bot) append_tag(tags, "bot");
    return tags;
  }
  [[nodiscard]] std::string id() const {
    return message_id(delivery.position, delivery.room.empty() ? delivery.person : delivery.room,
                      delivery.event.at);
  }
  void line(const chat::Profile* source, std::string_view command,
            std::span<const std::string_view> params, bool with_id) const {
    append_line(out, {.tags = tags(source, with_id),
                      .source = source_of(source),
                      .command = command,
                      .params = params});
  }
  // A line without an id, of whomever.
  void plain(const chat::Profile* source, std::string_view command,
             std::initializer_list<std::string_view> params) const {
    line(source, command, std::span(params.begin(), params.size()), false);
  }
  // The line that has the event's id, of whoever did it.
  void first(std::string_view command, std::initializer_list<std::string_view> params) const {
    line(delivery.actor, command, std::span(params.begin(), params.size()), true);
  }
  void away(const chat::Profile& person) const {
    if (!person.away.made()) return plain(&person, "AWAY", {});
    plain(&person, "AWAY", {*person.away});
  }

  [[nodiscard]] std::string target_of(const chat::Said& said) const {
    if (delivery.room.empty()) return std::string(delivery.person);
    if (!said.rank) return std::string(delivery.room);
    return prefix_of_rank(*said.rank) + std::string(delivery.room);
  }
  [[nodiscard]] std::string tags_of(const chat::Said& said, bool with_id) const {
    std::string all = tags(delivery.actor, with_id);
    if (said.tags && has(Capability::message_tags)) append_tags(all, *said.tags);
    return all;
  }
  void operator()(const chat::Said& said) const {
    const std::string target = target_of(said);
    if (said.kind == chat::Kind::tags) {
      if (!has(Capability::message_tags)) return;
      const std::string_view params[] = {target};
      return append_line(out, {.tags = tags_of(said, true),
                               .source = source_of(delivery.actor),
                               .command = "TAGMSG",
                               .params = params});
    }
    if (said.lines && has(Capability::multiline)) return lines(said, target);
    bool with_id = true;
    if (!said.lines) return text(said, said.text, target, with_id);
    // Blank lines only part the others, which need no such help here.
    for (const chat::SaidLine& one : *said.lines) {
      if (!one.text.empty()) text(said, one.text, target, with_id);
    }
  }
  // One line of text, in as many of IRC as it needs.
  void text(const chat::Said& said, std::string_view rest, std::string_view target,
            bool& with_id) const {
    const Source source = source_of(delivery.actor);
    // CTCP other than an action is for the other program: half of it would be none.
    const bool whole = said.kind != chat::Kind::action && rest.starts_with('\x01');
    const size_t most = whole ? rest.size() : said_bytes(source.bytes(), target, said.kind);
    std::string action;
    each_part(rest, most, [&](std::string_view part) {
      const std::string_view params[] = {target, ctcp_text(said.kind, part, action)};
      append_line(out, {.tags = tags_of(said, std::exchange(with_id, false)),
                        .source = source,
                        .command = command_for(said.kind),
                        .params = params});
    });
  }
  // Calls `write(part)` with all of a text, an empty one too, in parts of at most so many bytes.
  template <class WritePart>
  static void each_part(std::string_view rest, size_t most, WritePart write) {
    size_t taken = 0;
    do {
      const std::string_view part = beginning_of(rest, most);
      write(part);
      taken = part.size();
      rest.remove_prefix(taken);
    } while (taken > 0 && !rest.empty());
  }
  // IRCv3 "Multiline".
  void lines(const chat::Said& said, std::string_view target) const {
    const Source source = source_of(delivery.actor);
    const std::string reference = delivery.position > 0 ? id() : "past";
    const std::string begins = "+" + reference;
    const std::string ends = "-" + reference;
    const std::string_view begin_params[] = {begins, "draft/multiline", target};
    append_line(out, {.tags = tags_of(said, true),
                      .source = source,
                      .command = "BATCH",
                      .params = begin_params});
    const size_t most = said_bytes(source.bytes(), target, said.kind);
    for (const chat::SaidLine& one : *said.lines) {
      bool joins = one.joins;
      each_part(one.text, most, [&](std::string_view part) {
        std::string tags;
        append_tag(tags, "batch", reference);
        if (std::exchange(joins, true)) append_tag(tags, "draft/multiline-concat");
        const std::string_view params[] = {target, part};
        append_line(
            out,
            {.tags = tags, .source = source, .command = command_for(said.kind), .params = params});
      });
    }
    const std::string_view end_params[] = {ends};
    append_line(out, {.tags = {}, .source = source, .command = "BATCH", .params = end_params});
  }
  void operator()(const chat::Joined&) const {
    const chat::Profile* actor = delivery.actor;
    if (actor == nullptr || !has(Capability::extended_join)) {
      first("JOIN", {delivery.room});
    } else {
      first("JOIN", {delivery.room, account_of(*actor), actor->realname});
    }
    if (actor != nullptr && actor->away.made() && has(Capability::away_notify)) away(*actor);
  }
  void operator()(const chat::Parted& parted) const {
    if (parted.reason.empty()) return first("PART", {delivery.room});
    first("PART", {delivery.room, parted.reason});
  }
  void operator()(const chat::HasQuit& quit) const { plain(delivery.actor, "QUIT", {quit.reason}); }
  void operator()(const chat::SlotLost&) const {
    plain(delivery.subject, "QUIT", {"connection lost"});
  }
  // Each line has him as the lines before it have left him.
  void operator()(const chat::Renewed&) const {
    if (delivery.actor == nullptr || delivery.renewed == nullptr) return;
    const chat::Profile& older = *delivery.actor;
    const chat::Profile& newer = *delivery.renewed;
    chat::Profile renamed = older;
    renamed.nick = newer.nick;
    if (older.nick != newer.nick) plain(&older, "NICK", {newer.nick.str()});
    if (has(Capability::chghost) && (older.user != newer.user || older.host != newer.host))
      plain(&renamed, "CHGHOST", {newer.user, newer.host});
    if (has(Capability::account_notify) && older.account != newer.account)
      plain(&newer, "ACCOUNT", {account_of(newer)});
    if (has(Capability::setname) && older.realname != newer.realname)
      plain(&newer, "SETNAME", {newer.realname});
    if (has(Capability::away_notify) && older.away != newer.away) away(newer);
  }
  void operator()(const chat::TopicSet& topic) const {
    first("TOPIC", {delivery.room, topic.text});
  }
  void operator()(const chat::ModesSet& modes) const {
    const size_t most = room_behind(source_of(delivery.actor).bytes(), "MODE", delivery.room);
    bool with_id = true;
    for (const ModeLine& mode : mode_lines(modes.changes, most)) {
      std::vector<std::string_view> params{delivery.room, mode.letters};
      params.insert(params.end(), mode.arguments.begin(), mode.arguments.end());
      line(delivery.actor, "MODE", params, std::exchange(with_id, false));
    }
  }
  void operator()(const chat::Kicked& kicked) const {
    // RFC 2812 section 3.2.8: without a comment, the nick of who kicks.
    first("KICK", {delivery.room, nick_of(delivery.subject),
                   kicked.reason.empty() ? nick_of(delivery.actor) : kicked.reason});
  }
  void operator()(const chat::Invited& invited) const {
    if (!delivery.person.empty()) return first("INVITE", {delivery.person, invited.room});
    if (has(Capability::invite_notify)) first("INVITE", {invited.nick, delivery.room});
  }
  void operator()(const chat::Redacted& redacted) const {
    if (!has(Capability::message_redaction)) return;
    if (redacted.reason.empty()) return first("REDACT", {delivery.room, redacted.message});
    first("REDACT", {delivery.room, redacted.message, redacted.reason});
  }
  // Nothing that all of a room, or one person, are told.
  template <class Other>
  void operator()(const Other&) const {}
};

class IrcEncoder final : public Encoder {
 public:
  explicit IrcEncoder(CapabilitySet agreed) : agreed_(agreed) {}

  void encode(const Delivery& delivery, std::string& out) const override {
    std::visit(Write{delivery, out, agreed_}, delivery.event.body);
  }

 private:
  CapabilitySet agreed_;
};

}  // namespace

const Encoder& encoder_for(CapabilitySet agreed) {
  // A map never moves what it holds.
  static std::map<uint32_t, IrcEncoder> encoders;
  const CapabilitySet shape = agreed & kEncodedCapabilities;
  return encoders.try_emplace(shape.bits(), shape).first->second;
}

std::string server_time(chat::TimeMs at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

size_t room_behind(size_t source_bytes, std::string_view command, std::string_view target) {
  const size_t taken = source_bytes + command.size() + target.size() + std::size(":   ") - 1;
  return kMaxRestBytes - std::min(taken, kMaxRestBytes);
}

size_t said_bytes(size_t source_bytes, std::string_view target, chat::Kind kind) {
  std::string action;
  const size_t frame = ctcp_text(kind, {}, action).size() + 1;  // and the ':'
  const size_t room = room_behind(source_bytes, command_for(kind), target);
  return std::max(room - std::min(frame, room), kMaxCharacterBytes);
}

}  // namespace banterd::worker::irc
