#include "worker/protocol/irc/chathistory_words.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "worker/protocol/irc/command_table.h"
#include "worker/protocol/irc/standard_reply.h"

namespace banterd::worker::irc {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kTimestamp = "timestamp=";
constexpr std::string_view kMessageId = "msgid=";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool has_form_of_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  return std::ranges::equal(text, kForm, [](char given, char wanted) {
    return wanted == '0' ? is_digit(given) : given == wanted;
  });
}

// Of digits only.
unsigned number_at(std::string_view text, size_t begin, size_t digits) {
  unsigned number = 0;
  for (const char c : text.substr(begin, digits))
    number = number * 10 + static_cast<unsigned>(c - '0');
  return number;
}

struct Form {
  std::string_view subcommand;
  ChatHistoryAction action;
  size_t first_reference;  // place of that parameter
  size_t params;           // how many there must be
};
constexpr Form kForms[] = {
    {"LATEST", ChatHistoryAction::latest, 2, 4},   {"BEFORE", ChatHistoryAction::before, 2, 4},
    {"AFTER", ChatHistoryAction::after, 2, 4},     {"AROUND", ChatHistoryAction::around, 2, 4},
    {"BETWEEN", ChatHistoryAction::between, 2, 5}, {"TARGETS", ChatHistoryAction::targets, 1, 4},
};

// Each step returns false when it has found a failure.
class ChatHistoryParser {
 public:
  ChatHistoryParser(std::span<const std::string_view> params, size_t most)
      : params_(params), most_(most) {}

  std::variant<ChatHistoryWords, ChatHistoryFailure> parse() {
    if (!take_form() || !take_references() || !take_limit()) return failure_;
    return words_;
  }

 private:
  bool fail(std::string_view code, std::string_view about, std::string_view text) {
    failure_ = {code, params_.empty() ? ""sv : params_[0], about, text};
    return false;
  }
  bool fail(std::string_view about, std::string_view text) {
    return fail("INVALID_PARAMS", about, text);
  }

  bool take_form() {
    if (params_.empty()) return fail({}, "Insufficient parameters");
    const auto* form = std::ranges::find_if(
        kForms, [&](const Form& known) { return names_command(known.subcommand, params_[0]); });
    if (form == std::end(kForms)) return fail({}, "Unknown command");
    if (params_.size() < form->params) return fail({}, "Insufficient parameters");
    if (params_.size() > form->params) return fail({}, "Too many parameters");
    words_.action = form->action;
    if (form->first_reference > 1) words_.target = params_[1];
    references_ = params_.subspan(form->first_reference, form->params - form->first_reference - 1);
    return true;
  }

  bool take_references() {
    if (words_.action == ChatHistoryAction::latest && references_[0] == "*") return true;
    return take_reference(references_[0], words_.from) &&
           (references_.size() == 1 || take_reference(references_[1], words_.to));
  }

  bool take_reference(std::string_view text, std::optional<HistoryReference>& reference) {
    const bool by_id = words_.action != ChatHistoryAction::targets && text.starts_with(kMessageId);
    if (by_id) {
      const std::string_view id = text.substr(kMessageId.size());
      if (id.empty()) return fail(text, "Invalid msgid");
      reference = std::string(id);
      return true;
    }
    const bool is_known = text.starts_with(kTimestamp) || text.starts_with(kMessageId);
    if (!is_known && text.find('=') != std::string_view::npos)
      return fail("INVALID_MSGREFTYPE", words_.target, "A reference is timestamp= or msgid=");
    const auto time = parse_marker(text);
    if (!time) return fail(text, "Invalid timestamp");
    reference = *time;
    return true;
  }

  bool take_limit() {
    const std::string_view text = params_.back();
    if (text.empty() || !std::ranges::all_of(text, is_digit)) return fail(text, "Invalid limit");
    size_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool is_below = error == std::errc() && limit > 0 && limit < most_;
    words_.limit = is_below ? limit : most_;
    return true;
  }

  std::span<const std::string_view> params_;
  size_t most_;
  std::span<const std::string_view> references_;
  ChatHistoryWords words_;
  ChatHistoryFailure failure_;
};

}  // namespace

std::optional<chat::TimeMs> parse_server_time(std::string_view text) {
  using namespace std::chrono;
  if (!has_form_of_time(text)) return std::nullopt;
  const year_month_day date(year(static_cast<int>(number_at(text, 0, 4))),
                            month(number_at(text, 5, 2)), day(number_at(text, 8, 2)));
  const hours hour(number_at(text, 11, 2));
  const minutes minute(number_at(text, 14, 2));
  const seconds second(number_at(text, 17, 2));
  if (!date.ok() || hour > hours(23) || minute > minutes(59) || second > seconds(60))
    return std::nullopt;
  const sys_time<milliseconds> time =
      sys_days(date) + hour + minute + second + milliseconds(number_at(text, 20, 3));
  return time.time_since_epoch().count();
}

std::optional<chat::TimeMs> parse_marker(std::string_view text) {
  if (!text.starts_with(kTimestamp)) return std::nullopt;
  return parse_server_time(text.substr(kTimestamp.size()));
}

std::variant<ChatHistoryWords, ChatHistoryFailure> parse_chathistory(
    std::span<const std::string_view> params, size_t most) {
  return ChatHistoryParser(params, most).parse();
}

void append_failure(std::string& out, const ReplyTo& to, const ChatHistoryFailure& failure) {
  const std::string_view subcommand = failure.subcommand.empty() ? "*"sv : failure.subcommand;
  if (failure.about.empty())
    return append_fail(out, to, "CHATHISTORY", failure.code, {subcommand}, failure.text);
  append_fail(out, to, "CHATHISTORY", failure.code, {subcommand, failure.about}, failure.text);
}

}  // namespace banterd::worker::irc
