#include "conf/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>

#include "conf/rules.h"

namespace banterd::conf {

namespace {

struct Protocol {
  ProtocolName name;
  std::string_view text;
  uint16_t usual_port;
};

constexpr std::array<Protocol, 4> kProtocols = {{
    {ProtocolName::line, "line", 7000},
    {ProtocolName::irc, "irc", 6667},
    {ProtocolName::http, "http", 8080},
    {ProtocolName::echo, "echo", 7007},
}};

constexpr const char* kUsualAddress = "127.0.0.1";

const Protocol* find_protocol(std::string_view text) {
  const auto found = std::find_if(kProtocols.begin(), kProtocols.end(),
                                  [&](const Protocol& protocol) { return protocol.text == text; });
  return found == kProtocols.end() ? nullptr : &*found;
}

const Protocol& protocol_of(ProtocolName name) {
  for (const Protocol& protocol : kProtocols) {
    if (protocol.name == name) return protocol;
  }
  return kProtocols.front();
}

// One way to write each address, so that "::1" and "0:0::1" are seen to be the same.
std::string canonical(const std::string& address) {
  in6_addr binary{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, address.c_str(), &binary) == 1) {
      return inet_ntop(family, &binary, text.data(), text.size());
    }
  }
  return address;
}

// The same for paths. ".." stays: what is above a folder need not be what stands before it.
std::string canonical_path(const std::string& path) {
  std::filesystem::path result;
  for (const auto& part : std::filesystem::path(path)) {
    if (part != ".") result /= part;
  }
  return result;
}

// "::ffff:127.0.0.1": sockets for IPv6 are for that alone (IPV6_V6ONLY), and bind to none of these.
bool is_mapped(const std::string& address) {
  in6_addr binary{};
  return inet_pton(AF_INET6, address.c_str(), &binary) == 1 && IN6_IS_ADDR_V4MAPPED(&binary);
}

// "127.0.0.1:7000", "[::1]:7000", "unix:/run/x.sock"
std::string endpoint(const Listener& listener) {
  if (listener.unix_path) return "unix:" + *listener.unix_path;
  const bool is_v6 = listener.address.find(':') != std::string::npos;
  return (is_v6 ? "[" + listener.address + "]" : listener.address) + ":" +
         std::to_string(listener.port);
}

// What no two listeners may share.
std::string place_of(Listener listener) {
  if (listener.unix_path) listener.unix_path = canonical_path(*listener.unix_path);
  return endpoint(listener);
}

void read_place(ObjectReader& reader, Listener& listener) {
  if (reader.find("unix") != nullptr) {
    std::string mode = "0660";
    reader.text("unix", listener.unix_path.emplace(), kUnixPath);
    reader.text("mode", mode, kFileMode);
    std::from_chars(mode.data(), mode.data() + mode.size(), listener.mode, 8);
    reader.refuse("address", "does not go with \"unix\"");
    reader.refuse("port", "does not go with \"unix\"");
  } else {
    listener.address = kUsualAddress;
    listener.port = protocol_of(listener.protocol).usual_port;
    reader.text("address", listener.address, kAddress);
    reader.number("port", listener.port, 0, UINT16_MAX);
    listener.address = canonical(listener.address);
    if (is_mapped(listener.address))
      reader.must_be("address", "the IPv4 address itself, as in \"127.0.0.1\"");
    reader.refuse("mode", "goes with \"unix\" only");
  }
}

// Keys of protocol `owner`, where the listener is of another one.
void refuse_keys_of(ProtocolName owner, std::initializer_list<std::string_view> keys,
                    ObjectReader& reader, const Listener& listener) {
  const std::string why = "is for protocol " + quoted(to_string(owner)) +
                          " only; this listener's is " + quoted(to_string(listener.protocol));
  for (const std::string_view key : keys) reader.refuse(key, why);
}

void read_line_keys(ObjectReader& reader, Listener& listener) {
  reader.choice("format", listener.format,
                {{"named", LineFormat::named}, {"raw", LineFormat::raw}});
  reader.flag("echo", listener.echo);
}

void read_echo_keys(ObjectReader& reader, Listener& listener) {
  reader.choice("transform", listener.transform,
                {{"none", EchoTransform::none}, {"upper", EchoTransform::upper}});
  reader.text("suffix", listener.suffix, kSuffix);
}

void read_http_keys(ObjectReader& reader, Listener& listener) {
  reader.texts_or_null("origins", listener.origins, kOrigin);
  std::optional<std::vector<std::string>> proxies;
  reader.texts_or_null("trusted_proxies", proxies, kProxy);
  listener.trusted_proxies = std::move(proxies).value_or(std::vector<std::string>());
}

// Keys that fit some protocol: where the protocol itself is the mistake, they shall not make more
// of them.
void pass_over_protocol_keys(ObjectReader& reader) {
  for (std::string_view key :
       {"format", "echo", "transform", "suffix", "origins", "trusted_proxies"})
    reader.find(key);
}

void read_protocol_keys(ObjectReader& reader, Listener& listener) {
  if (listener.protocol == ProtocolName::line) {
    read_line_keys(reader, listener);
  } else {
    refuse_keys_of(ProtocolName::line, {"format", "echo"}, reader, listener);
  }
  if (listener.protocol == ProtocolName::http) {
    read_http_keys(reader, listener);
  } else {
    refuse_keys_of(ProtocolName::http, {"origins", "trusted_proxies"}, reader, listener);
  }
  if (listener.protocol == ProtocolName::echo) {
    read_echo_keys(reader, listener);
  } else {
    refuse_keys_of(ProtocolName::echo, {"transform", "suffix"}, reader, listener);
  }
}

bool read_protocol(ObjectReader& reader, ProtocolName& protocol) {
  return reader.choice("protocol", protocol,
                       {{"line", ProtocolName::line},
                        {"irc", ProtocolName::irc},
                        {"http", ProtocolName::http},
                        {"echo", ProtocolName::echo}});
}

Listener read_listener(const Value& value, Mistakes& mistakes) {
  Listener listener;
  ObjectReader reader(value, mistakes);
  const bool is_usable = read_protocol(reader, listener.protocol);
  read_place(reader, listener);
  if (is_usable) {
    read_protocol_keys(reader, listener);
  } else {
    pass_over_protocol_keys(reader);
  }
  reader.refuse_unknown();
  return listener;
}

}  // namespace

std::optional<ProtocolName> protocol_named(std::string_view name) {
  const Protocol* const found = find_protocol(name);
  return found == nullptr ? std::nullopt : std::optional(found->name);
}

std::string_view to_string(ProtocolName protocol) { return protocol_of(protocol).text; }

std::string Listener::describe() const {
  return std::string(to_string(protocol)) + " " + endpoint(*this);
}

std::vector<Listener> default_listeners() {
  std::vector<Listener> listeners;
  for (const Protocol& protocol : kProtocols) {
    Listener& listener = listeners.emplace_back();
    listener.protocol = protocol.name;
    listener.address = kUsualAddress;
    listener.port = protocol.usual_port;
  }
  return listeners;
}

void read_listeners(ObjectReader& config, std::vector<Listener>& listeners, Mistakes& mistakes) {
  const Value* list = config.find("listeners");
  if (list == nullptr) return;
  if (list->kind != Value::Kind::list) return config.must_be("listeners", "a list of objects");
  if (list->children.empty())
    return mistakes.add(list->place, "\"listeners\" is empty: a server needs at least one");
  listeners.clear();
  std::map<std::string, uint32_t> lines;  // where each endpoint was first given
  for (const Value& item : list->children) {
    const size_t mistakes_before = mistakes.count();
    Listener listener = read_listener(item, mistakes);
    if (mistakes.count() > mistakes_before) continue;
    const auto [first, is_new] = lines.emplace(place_of(listener), item.place.line);
    const bool any_port = !listener.unix_path && listener.port == 0;  // each gets one of its own
    if (!is_new && !any_port) {
      mistakes.add(item.place, "duplicate listener: " + first->first +
                                   " is already that of the one at line " +
                                   std::to_string(first->second));
    }
    listeners.push_back(std::move(listener));
  }
}

}  // namespace banterd::conf
