#include "conf/rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <string>

#include "base/password.h"

namespace banterd::conf {

namespace {

constexpr size_t kMaxNameBytes = 63;
constexpr size_t kMaxUnixPathBytes = sizeof(sockaddr_un::sun_path) - 1;
static_assert(kMaxUnixPathBytes == 107, "the message of kUnixPath says 107");

// C0, DEL, and C1 (U+0080..U+009F, in UTF-8 C2 80..9F). `text` is valid UTF-8: json_tree has seen
// to that.
bool has_controls(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
      return true;
  }
  return false;
}

bool is_plain(std::string_view text, size_t least_bytes, size_t most_bytes) {
  return text.size() >= least_bytes && text.size() <= most_bytes && !has_controls(text);
}

// Letters, digits, '.', '-' and '_' only: an IRC client takes what has '!' or '@' for a person.
bool is_server_name(std::string_view text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return is_plain(text, 1, kMaxNameBytes) &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_room_name(std::string_view text) {
  return is_plain(text, 2, 1 + kMaxNameBytes) && text.front() == '#' &&
         text.find_first_of(" ,:") == std::string_view::npos;
}

bool is_address(std::string_view text) {
  const std::string terminated(text);
  // A string from JSON may hold a NUL, where inet_pton would stop reading.
  if (terminated.find('\0') != std::string::npos) return false;
  in6_addr any{};
  return inet_pton(AF_INET, terminated.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, terminated.c_str(), &any) == 1;
}

bool is_file_mode(std::string_view text) {
  return (text.size() == 3 || (text.size() == 4 && text.front() == '0')) &&
         text.find_first_not_of("01234567") == std::string_view::npos;
}

// "10.0.0.0/8", or an address
bool is_network(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view base = text.substr(0, slash);
  if (!is_address(base)) return false;
  if (slash == std::string_view::npos) return true;
  const unsigned most = base.find(':') == std::string_view::npos ? 32 : 128;
  unsigned bits = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + slash + 1, end, bits);
  return read.ec == std::errc() && read.ptr == end && bits <= most;
}

// As browsers send it (RFC 6454 section 6.1): a scheme and a host, perhaps a port, and no path.
bool is_origin(std::string_view text) {
  if (text == "*") return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view host = text.substr(scheme.size());
    return is_plain(host, 1, 300) && host.find_first_of("/ ?#@,") == std::string_view::npos;
  }
  return false;
}

}  // namespace

const TextRule kServerName = {"1 to 63 letters, digits, '.', '-' or '_'", is_server_name};

const TextRule kDescription = {"a string of at most 200 bytes without control characters",
                               [](std::string_view text) { return is_plain(text, 0, 200); }};

const TextRule kPath = {"a path: 1 to 4095 bytes without control characters",
                        [](std::string_view text) { return is_plain(text, 1, 4095); }};

const TextRule kUnixPath = {"an absolute path of at most 107 bytes without control characters",
                            [](std::string_view text) {
                              return is_plain(text, 2, kMaxUnixPathBytes) && text.front() == '/';
                            }};

const TextRule kPassword = {"a string of 1 to 200 bytes without control characters",
                            [](std::string_view text) { return is_plain(text, 1, 200); }};

const TextRule kRoomName = {
    "'#' and 1 to 63 bytes without spaces, commas, colons and control characters", is_room_name};

const TextRule kOperatorName = {
    "1 to 63 bytes without spaces and control characters", [](std::string_view text) {
      return is_plain(text, 1, kMaxNameBytes) && text.find(' ') == std::string_view::npos;
    }};

const TextRule kPasswordHash = {"a hash of argon2id, as \"banterd --hash-password\" prints it",
                                base::is_password_hash};

const TextRule kAddress = {
    "an IPv4 or IPv6 address such as \"127.0.0.1\" or \"::1\": names are not looked up",
    is_address};

const TextRule kFileMode = {"an octal number in quotes from \"0000\" to \"0777\"", is_file_mode};

const TextRule kOrigin = {
    "an origin such as \"https://chat.example.org\", without a path, or \"*\"", is_origin};

const TextRule kProxy = {
    "an address, a network such as \"10.0.0.0/8\" or \"fd00::/8\", or \"unix\"",
    [](std::string_view text) { return text == "unix" || is_network(text); }};

const TextRule kSuffix = {"a string of at most 200 bytes without control characters",
                          [](std::string_view text) { return is_plain(text, 0, 200); }};

}  // namespace banterd::conf
