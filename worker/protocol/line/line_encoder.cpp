#include "worker/protocol/line/line_encoder.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "worker/protocol/line/line_words.h"
#include "worker/text.h"

namespace banterd::worker::line {

namespace {

std::string reason_in_brackets(std::string_view reason) {
  return reason.empty() ? std::string() : " (" + clean(reason) + ")";
}

std::string_view nick_of(const chat::Profile* profile) {
  return profile == nullptr ? "somebody" : profile->nick.str();
}

std::pair<std::string_view, std::string_view> around_nick(chat::Kind kind) {
  switch (kind) {
    case chat::Kind::notice:
      return {"-", "- "};
    case chat::Kind::action:
      return {"* ", " "};
    default:
      return {"<", "> "};
  }
}

// +o NICK -b MASK
std::string list_modes(const std::vector<chat::ModeChange>& changes) {
  std::string text;
  for (const chat::ModeChange& change : changes) {
    if (!text.empty()) text += ' ';
    text += (change.add ? '+' : '-') + change.letter;
    // A key is for its members to know, not for every log of a terminal.
    if (!change.argument.empty() && change.letter != "k") text += " " + change.argument;
  }
  return text;
}

// CTCP is for the other's program, and so are bare tags.
bool is_for_people(const chat::Said& said) {
  return said.kind != chat::Kind::tags && !said.text.view().starts_with('\x01');
}

// Writes one line for each kind of event; nothing for those that line clients are not told.
struct Write {
  const Delivery& delivery;
  std::string& out;
  Style style;

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) const {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
    out += '\n';
  }
  [[nodiscard]] std::string_view actor() const { return nick_of(delivery.actor); }
  [[nodiscard]] std::string_view subject() const { return nick_of(delivery.subject); }

  // ---- what is said; by hand, since each who joins gets twenty such lines ----

  void two_digits(int64_t number) const {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
  }
  // What is past is a notice with its time of day (UTC), so that no script takes it for new.
  void time() const {
    if (!delivery.past) return;
    const int64_t minutes = delivery.event.at / 60'000;
    out += "* ";
    two_digits(minutes / 60 % 24);
    out += ':';
    two_digits(minutes % 60);
    out += ' ';
  }
  // [#room], [private], or nothing in the current room.
  void place() const {
    if (delivery.room.empty()) {
      out += "[private] ";
    } else if (style == Style::other) {
      out.append("[").append(delivery.room).append("] ");
    }
  }
  void operator()(const chat::Said& said) const {
    if (!is_for_people(said)) return;
    std::string scratch;
    std::string_view rest = said.text;
    for (bool more = true; more;) {
      const size_t end = rest.find('\n');
      say(said.kind, without_controls(rest.substr(0, end), scratch));
      more = end != std::string_view::npos;
      if (more) rest.remove_prefix(end + 1);
    }
  }
  void say(chat::Kind kind, std::string_view text) const {
    const auto [before, after] = around_nick(kind);
    time();
    place();
    out.append(before).append(actor()).append(after).append(text) += '\n';
  }
  void operator()(const chat::Joined&) const { line("* {} joined {}", actor(), delivery.room); }
  void operator()(const chat::Parted& parted) const {
    line("* {} left {}{}", actor(), delivery.room, reason_in_brackets(parted.reason));
  }
  void operator()(const chat::HasQuit& quit) const {
    line("* {} quit{}", actor(), reason_in_brackets(quit.reason));
  }
  void operator()(const chat::SlotLost&) const { line("* {} quit (connection lost)", subject()); }
  void operator()(const chat::Renewed&) const {
    if (delivery.renewed == nullptr || delivery.actor == nullptr ||
        delivery.renewed->nick == delivery.actor->nick)
      return;
    line("* {} is now {}", actor(), delivery.renewed->nick.str());
  }
  void operator()(const chat::TopicSet& topic) const {
    if (topic.text.empty()) return line("* {} took the topic of {} away", actor(), delivery.room);
    line("* {} set the topic of {}: {}", actor(), delivery.room, clean(topic.text));
  }
  void operator()(const chat::ModesSet& modes) const {
    line("* {} set {} in {}", actor(), clean(list_modes(modes.changes)), delivery.room);
  }
  void operator()(const chat::Kicked& kicked) const {
    line("* {} was put out of {} by {}{}", subject(), delivery.room, actor(),
         reason_in_brackets(kicked.reason));
  }
  void operator()(const chat::Invited& invited) const {
    if (!delivery.person.empty()) line("* {} invites you to {}: /join it", actor(), invited.room);
  }
  // Nothing that line clients are told.
  template <class Other>
  void operator()(const Other&) const {}
};

class LineEncoder final : public Encoder {
 public:
  explicit LineEncoder(Style style) : style_(style) {}

  void encode(const Delivery& delivery, std::string& out) const override {
    if (style_ != Style::raw) return std::visit(Write{delivery, out, style_}, delivery.event.body);
    // Raw clients get what is said, bare, and nothing of the past.
    const auto* said = std::get_if<chat::Said>(&delivery.event.body);
    if (said == nullptr || delivery.past || !is_for_people(*said)) return;
    std::string scratch;
    // A message of several lines is several lines: LF is the only control that it may have.
    for (std::string_view rest = said->text;;) {
      const size_t end = rest.find('\n');
      out.append(without_controls(rest.substr(0, end), scratch)) += '\n';
      if (end == std::string_view::npos) return;
      rest.remove_prefix(end + 1);
    }
  }

 private:
  Style style_;
};

}  // namespace

const Encoder& encoder(Style style) {
  static const std::array<LineEncoder, 3> kEncoders{
      LineEncoder(Style::current), LineEncoder(Style::other), LineEncoder(Style::raw)};
  return kEncoders[static_cast<size_t>(style)];
}

}  // namespace banterd::worker::line
