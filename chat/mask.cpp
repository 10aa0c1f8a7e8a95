#include "chat/mask.h"

#include <algorithm>

namespace banterd::chat {

namespace {

constexpr std::string_view kAccount = "~a:";
constexpr std::string_view kMute = "~m:";

// A user may begin with '~' and a host have a ':', but never in this order without '@' between. A
// nick begins with no '~': what has neither is meant to be extended too.
bool is_extended(std::string_view text) {
  if (!text.starts_with('~')) return false;
  const size_t end = text.find_first_of(":!@");
  return end == std::string_view::npos || text[end] == ':';
}

std::string or_any(std::string_view part) { return std::string(part.empty() ? "*" : part); }

// nick!user@host of a text, whose parts may be missing.
std::string with_all_parts(std::string_view text) {
  const size_t bang = text.find('!');
  const size_t at = text.find('@', bang == std::string_view::npos ? 0 : bang);
  if (bang == std::string_view::npos && at == std::string_view::npos) {
    const bool is_host = text.find_first_of(".:") != std::string_view::npos;
    return is_host ? "*!*@" + std::string(text) : std::string(text) + "!*@*";
  }
  const std::string_view nick = bang == std::string_view::npos ? "" : text.substr(0, bang);
  const size_t user = bang == std::string_view::npos ? 0 : bang + 1;
  const std::string_view host = at == std::string_view::npos ? "" : text.substr(at + 1);
  const size_t user_end = std::min(at, text.size());
  return or_any(nick) + "!" + or_any(text.substr(user, user_end - user)) + "@" + or_any(host);
}

}  // namespace

bool is_word(std::string_view text) {
  return !text.empty() && text[0] != ':' && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7f;
  });
}

std::optional<std::string> complete_mask(std::string_view text) {
  if (!is_word(text) || is_extended(text)) return std::nullopt;
  std::string mask = with_all_parts(text);
  if (mask.size() > kMaxModeArgumentBytes) return std::nullopt;
  return mask;
}

std::optional<std::string> complete_list_mask(std::string_view text) {
  const bool mutes = text.starts_with(kMute);
  const std::string_view inner = mutes ? text.substr(kMute.size()) : text;
  std::optional<std::string> mask;
  if (inner.starts_with(kAccount)) {
    if (is_word(inner.substr(kAccount.size()))) mask = inner;
  } else {
    mask = complete_mask(inner);
  }
  if (mask && mutes) mask->insert(0, kMute);
  if (mask && mask->size() > kMaxModeArgumentBytes) return std::nullopt;
  return mask;
}

bool MaskSubject::fits(std::string_view list_mask, bool speaking) const {
  if (list_mask.starts_with(kMute)) {
    if (!speaking) return false;
    list_mask.remove_prefix(kMute.size());
  }
  if (!list_mask.starts_with(kAccount)) return matches(list_mask, mask_);
  // Not even '*' matches who is not logged in.
  return !account_.empty() && matches(list_mask.substr(kAccount.size()), account_);
}

}  // namespace banterd::chat
