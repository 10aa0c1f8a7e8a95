#include "worker/protocol/irc/command_table.h"

namespace banterd::worker::irc {

namespace {

// How many of the parameters that are needed are there.
size_t given(const CommandRules& rules, const Params& params) {
  if (params.size() < rules.needed) return params.size();
  const bool last_missing =
      rules.last_not_empty && rules.needed > 0 && params[rules.needed - 1].empty();
  return last_missing ? rules.needed - 1U : rules.needed;
}

}  // namespace

std::optional<Numeric> check(const CommandRules* rules, const Message& message, Caller caller) {
  if (rules == nullptr) return kErrUnknownCommand;
  if (rules->when == When::registered && !caller.registered) return kErrNotRegistered;
  if (rules->when == When::before_registration && caller.registered) return kErrAlreadyRegistered;
  if (rules->for_operators && !caller.is_operator) return kErrNoPrivileges;
  const size_t there = given(*rules, message.params);
  if (there == rules->needed) return std::nullopt;
  const bool named = there < rules->missing.size() && rules->missing[there].number != 0;
  return named ? rules->missing[there] : kErrNeedMoreParams;
}

void append_refusal(std::string& out, const ReplyTo& to, const Numeric& why,
                    const CommandRules* rules, const Message& message) {
  if (rules == nullptr) return append_reply(out, to, why, {message.command});
  if (!rules->answers_errors) return;
  if (why == kErrNeedMoreParams) return append_reply(out, to, why, {rules->name});
  append_reply(out, to, why);
}

}  // namespace banterd::worker::irc
