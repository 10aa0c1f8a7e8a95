// The part of IrcProtocol that is about people.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/take_part.h"
#include "worker/protocol/irc/irc_encoder.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/limits.h"
#include "worker/protocol/irc/list_reply.h"
#include "worker/protocol/irc/mode_words.h"
#include "worker/protocol/irc/monitor_words.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/protocol/irc/standard_reply.h"
#include "worker/protocol/irc/targets.h"
#include "worker/protocol/irc/welcome.h"
#include "worker/protocol/irc/whois_reply.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

constexpr size_t kMaxUserhosts = 5;  // RFC 2812 section 4.8

std::vector<std::string> words_of(std::span<const std::string_view> params) {
  std::vector<std::string> words;
  for (std::string_view param : params) {
    while (!param.empty()) {
      const std::string_view word = base::take_part(param, ' ');
      if (!word.empty()) words.emplace_back(word);
    }
  }
  return words;
}

void sort_by_nick(std::vector<PersonLine>& people) {
  std::sort(people.begin(), people.end(), [](const PersonLine& a, const PersonLine& b) {
    return a.profile->nick.key() < b.profile->nick.key();
  });
}

}  // namespace

// ---- WHO ----

void IrcProtocol::who(const Message& message) {
  const std::vector<std::string> params(message.params.all().begin(), message.params.all().end());
  const std::vector<std::string_view> views(params.begin(), params.end());
  const WhoWords words = parse_who(views);
  if (chat::names_room(words.mask)) return who_room(params);
  AboutPeople question;
  if (chat::Nick::parse(words.mask)) {
    question.nicks.emplace_back(words.mask);
  } else {
    question.mask = words.mask == "0" ? "*" : words.mask;
  }
  ask("", std::move(question), [this, params](Findings found) {
    const std::vector<std::string_view> again(params.begin(), params.end());
    const WhoWords asked = parse_who(again);
    sort_by_nick(found.people);
    for (const PersonLine& person : found.people) show_who(asked, person);
    append_end_of_who(response_.out(), to(), asked);
  });
}

void IrcProtocol::show_who(const WhoWords& words, const PersonLine& person) {
  if (words.operators_only && !person.profile->server_operator) return;
  const PersonLine::InRoom* room = shown_room(person);
  const bool shares = room != nullptr && session_.is_in(room->name);
  // Whoever names him exactly knows that he is here.
  const bool is_named = chat::fold(words.mask) == person.profile->nick.key();
  if (!is_named && !may_see(*person.profile, shares)) return;
  WhoFacts facts{.profile = person.profile.get(), .idle_s = person.idle_s};
  if (room != nullptr) {
    facts.room = room->name;
    facts.prefixes = room->prefixes;
  }
  if (may_know_address(*person.profile)) facts.address = person.address;
  append_who(response_.out(), to(), words, facts, has(Capability::multi_prefix));
}

// One that both are in, or else one that is no secret; null: none.
const PersonLine::InRoom* IrcProtocol::shown_room(const PersonLine& person) const {
  const PersonLine::InRoom* open = nullptr;
  for (const PersonLine::InRoom& room : person.rooms) {
    if (session_.is_in(room.name)) return &room;
    if (open == nullptr && !room.secret && !person.profile->invisible) open = &room;
  }
  return open;
}

void IrcProtocol::who_room(const std::vector<std::string>& params) {
  const auto show = [this, params](const Findings& found) {
    const std::vector<std::string_view> views(params.begin(), params.end());
    const WhoWords words = parse_who(views);
    const bool is_in = session_.is_in(words.mask);
    const bool shown = found.head && (is_in || (found.head->flags & chat::secret) == 0);
    for (const chat::Member& member : found.members) {
      if (!shown || !may_see(*member.profile, is_in)) continue;
      if (words.operators_only && !member.profile->server_operator) continue;
      append_who(response_.out(), to(), words,
                 {.profile = member.profile.get(), .room = found.name, .prefixes = member.prefixes},
                 has(Capability::multi_prefix));
    }
    append_end_of_who(response_.out(), to(), words);
  };
  const std::string& name = params[0];
  if (session_.is_in(name)) return with_room(name, {}, true, show);
  ask(name, AboutRoom{name, true, {}}, show);
}

// ---- WHOIS, WHOWAS ----

bool IrcProtocol::may_know_address(const chat::Profile& person) const {
  return person.client == session_.profile().client || session_.profile().server_operator;
}

void IrcProtocol::whois(const Message& message) {
  // With two parameters the first names a server: there is one.
  const bool names_server = message.params.size() > 1;
  const std::string list(message.params[names_server ? 1 : 0]);
  if (names_server && !is_this_server(message.params[0]) &&
      chat::fold(message.params[0]) != chat::fold(list)) {
    return reply(kErrNoSuchServer, {message.params[0]});
  }
  const std::string nick(list.substr(0, list.find(',')));
  if (nick.empty()) return reply(kErrNoNicknameGiven);
  ask("", AboutPeople{{nick}, {}}, [this, nick](const Findings& found) {
    if (found.people.empty()) {
      append_whois_nobody(response_.out(), to(), nick);
    } else {
      show_whois(found.people[0]);
    }
    append_end_of_whois(response_.out(), to(), nick);
  });
}

void IrcProtocol::show_whois(const PersonLine& person) {
  WhoisFacts facts{.profile = person.profile.get(),
                   .description = session_.config().server.description,
                   .idle_s = person.idle_s,
                   .since = person.since};
  const bool himself = person.profile->client == session_.profile().client;
  for (const PersonLine::InRoom& room : person.rooms) {
    const bool open = !room.secret && !person.profile->invisible;
    if (himself || open || session_.is_in(room.name) || session_.profile().server_operator)
      facts.rooms.push_back({room.name, room.prefixes});
  }
  const std::string modes = modes_of(*person.profile);
  if (may_know_address(*person.profile)) {
    facts.address = person.address;
    facts.modes = modes;
  }
  append_whois(response_.out(), to(), facts, has(Capability::multi_prefix));
}

void IrcProtocol::whowas(const Message& message) {
  const std::string nick(message.params[0]);
  const std::string count(message.params[1]);
  ask(nick, AboutFormer{nick}, [this, nick, count](const Findings& found) {
    std::vector<FormerHolder> holders;
    for (const FormerLine& line : found.former) holders.push_back({line.profile.get(), line.until});
    append_whowas(response_.out(), to(), nick, count, holders);
  });
}

// ---- ISON, USERHOST ----

void IrcProtocol::ison(const Message& message) {
  const std::vector<std::string> nicks = words_of(message.params.all());
  ask("", AboutPeople{nicks, {}}, [this, nicks](const Findings& found) {
    std::map<std::string, std::string> here;
    for (const PersonLine& person : found.people)
      here[person.profile->nick.key()] = person.profile->nick.str();
    const ReplyTo reply_to = to();
    ListReply list(response_.out(), reply_to, kRplIsOn);
    bool any = false;
    for (const std::string& nick : nicks) {
      const auto one = here.find(chat::fold(nick));
      if (one == here.end()) continue;
      list.add(one->second);
      any = true;
    }
    list.finish();
    // An answer there is in any case.
    if (!any) reply(kRplIsOn, {""});
  });
}

void IrcProtocol::userhost(const Message& message) {
  std::vector<std::string> nicks = words_of(message.params.all());
  nicks.resize(std::min(nicks.size(), kMaxUserhosts));
  ask("", AboutPeople{nicks, {}}, [this, nicks](const Findings& found) {
    std::string list;
    for (const std::string& nick : nicks) {
      for (const PersonLine& line : found.people) {
        const chat::Profile& person = *line.profile;
        if (person.nick.key() != chat::fold(nick)) continue;
        const std::string_view host =
            may_know_address(person) ? std::string_view(line.address) : person.host.view();
        list += fmt::format("{}{}{}={}{}@{}", list.empty() ? "" : " ", person.nick.str(),
                            person.server_operator ? "*" : "", person.away.made() ? "-" : "+",
                            person.user.view(), host);
        break;
      }
    }
    reply(kRplUserHost, {list});
  });
}

// ---- MONITOR ----

void IrcProtocol::monitor(const Message& message) {
  const MonitorWords words = parse_monitor(message.params.all());
  const size_t limit = session_.config().limits.monitor_entries;
  switch (words.action) {
    case MonitorAction::add: {
      std::vector<std::string_view> too_many;
      size_t count = session_.watched().size();
      for (const std::string_view nick : words.nicks) {
        if (session_.watched().contains(chat::fold(nick))) {
          show_watched(std::string(nick));
        } else if (count >= limit) {
          too_many.push_back(nick);
        } else {
          ++count;
          session_.request(AskOwner{std::string(nick), chat::Watch{}, false});
        }
      }
      if (!too_many.empty()) append_monitor_full(response_.out(), to(), limit, too_many);
      break;
    }
    case MonitorAction::remove:
      for (const std::string_view nick : words.nicks) {
        if (session_.watched().contains(chat::fold(nick)))
          session_.request(AskOwner{std::string(nick), chat::Unwatch{}, false});
      }
      break;
    case MonitorAction::clear:
      for (const auto& [key, nick] : session_.watched())
        session_.request(AskOwner{nick, chat::Unwatch{}, false});
      break;
    case MonitorAction::list: {
      std::vector<std::string> nicks;
      for (const auto& [key, nick] : session_.watched()) nicks.push_back(nick);
      append_monitor_list(response_.out(), to(), nicks);
      break;
    }
    case MonitorAction::status:
      for (const auto& [key, nick] : session_.watched()) show_watched(nick);
      break;
    case MonitorAction::unknown:
      reply(kErrNeedMoreParams, {message.command});
      break;
  }
}

void IrcProtocol::show_watched(const std::string& nick) {
  const std::optional<chat::ProfilePtr> holder = session_.holder_of(nick);
  if (holder) return append_watched(nick, holder->get());
  session_.request(AskOwner{nick, chat::Watch{}, false});
}

void IrcProtocol::append_watched(const std::string& nick, const chat::Profile* holder) {
  const std::string one = holder == nullptr ? nick : holder->mask();
  if (holder == nullptr) {
    append_offline(response_.out(), to(), {&one, 1});
  } else {
    append_online(response_.out(), to(), {&one, 1});
  }
}

void IrcProtocol::on_watched(std::string_view nick, const chat::Profile* holder) {
  session_.send(written_apart([&] { append_watched(std::string(nick), holder); }));
}

void IrcProtocol::on_watched_renewed(const Delivery& delivery) {
  if (!has(Capability::extended_monitor)) return;
  // A new nick is told as one that has gone, and another that has come.
  chat::Profile older = *delivery.actor;
  older.nick = delivery.renewed->nick;
  Delivery told = delivery;
  told.actor = &older;
  std::string lines;
  encoder_->encode(told, lines);
  session_.send(lines);
}

// ---- AWAY, SETNAME, modes of people ----

void IrcProtocol::away(const Message& message) {
  base::Lazy<std::string> reason;
  if (!message.params[0].empty()) reason.make() = beginning_of(message.params[0], kMaxAwayBytes);
  if (reason != session_.profile().away) {
    session_.request(ChangeProfile{[reason](chat::Profile& profile) { profile.away = reason; }});
  }
  then([this, away = reason.made()] { reply(away ? kRplNowAway : kRplUnAway); });
}

void IrcProtocol::setname(const Message& message) {
  const std::string_view name = message.params[0];
  if (name.empty() || name.size() > kMaxRealnameBytes)
    return fail("SETNAME", "INVALID_REALNAME", {}, "Realname is not valid");
  session_.request(ChangeProfile{
      [name = std::string(name)](chat::Profile& profile) { profile.realname = name; }});
}

std::string IrcProtocol::modes_of(const chat::Profile& person) const {
  std::string modes;
  if (person.bot) modes += 'B';
  if (person.invisible) modes += 'i';
  if (person.server_operator) modes += 'o';
  return modes;
}

std::string IrcProtocol::user_modes() const {
  return modes_of(session_.profile()) + (hears_wallops_ ? "w" : "");
}

void IrcProtocol::user_mode(const Message& message) {
  const std::string_view nick = message.params[0];
  if (chat::fold(nick) != session_.profile().nick.key()) {
    ask("", AboutPeople{{std::string(nick)}, {}},
        [this, nick = std::string(nick)](const Findings& found) {
          if (found.people.empty()) return reply(kErrNoSuchNick, {nick});
          reply(kErrUsersDontMatch);
        });
    return;
  }
  if (message.params.size() == 1) return append_user_modes(response_.out(), to(), user_modes());
  const UserModeWords words = parse_user_modes(message.params.all().subspan(1));
  if (words.unknown) reply(kErrUModeUnknownFlag);
  chat::Profile wanted = session_.profile();
  for (const UserModeChange& change : words.changes) {
    if (change.letter == 'B') wanted.bot = change.add;
    if (change.letter == 'i') wanted.invisible = change.add;
    if (change.letter == 'o') wanted.server_operator = wanted.server_operator && change.add;
    if (change.letter == 'w' && hears_wallops_ != change.add) {
      hears_wallops_ = change.add;
      append_user_mode_change(response_.out(), to(), session_.profile(), change.add ? "+w" : "-w");
    }
  }
  if (modes_of(wanted) == modes_of(session_.profile())) return;
  session_.request(ChangeProfile{[wanted](chat::Profile& profile) {
    profile.bot = wanted.bot;
    profile.invisible = wanted.invisible;
    profile.server_operator = wanted.server_operator;
  }});
}

}  // namespace banterd::worker::irc
