#include "conf/listener.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::conf {

namespace {

// The configuration with these listeners: the text between the list's brackets, which begins at
// column 16.
base::Result<Config> with(const std::string& listeners) {
  return parse("{\"listeners\": [" + listeners + "]}", "f");
}

Listener one(const std::string& text) {
  const auto config = with(text);
  if (!config) FAIL(config.error().context);
  REQUIRE(config->listeners.size() == 1);
  return config->listeners.front();
}

std::string mistake(const std::string& listeners) {
  const auto config = with(listeners);
  return config ? "none" : config.error().context;
}

}  // namespace

TEST_SUITE("conf/listener") {
  TEST_CASE("a listener says its protocol and where it listens") {
    CHECK(one(R"({"protocol": "line", "address": "0.0.0.0", "port": 7})").describe() ==
          "line 0.0.0.0:7");
    CHECK(one(R"({"protocol": "echo", "address": "::1", "port": 0})").describe() == "echo [::1]:0");
    CHECK(one(R"({"protocol": "line", "unix": "/run/x.sock"})").describe() ==
          "line unix:/run/x.sock");
  }

  TEST_CASE("what is left out has its default") {
    CHECK(one("{}") == default_listeners().at(0));
    CHECK(one(R"({"protocol": "echo"})") == default_listeners().at(3));
    CHECK(one(R"({"protocol": "irc"})") == default_listeners().at(1));
    CHECK(one(R"({"unix": "/x"})").mode == 0660);
  }

  TEST_CASE("every key of the line protocol is read") {
    const Listener listener = one(
        R"({"protocol": "line", "unix": "/a/b", "mode": "0600", "format": "raw", "echo": true})");
    CHECK(listener.protocol == ProtocolName::line);
    CHECK(listener.unix_path == "/a/b");
    CHECK(listener.mode == 0600);
    CHECK(listener.format == LineFormat::raw);
    CHECK(listener.echo);
  }

  TEST_CASE("every key of the echo protocol is read") {
    const Listener listener = one(
        R"({"protocol": "echo", "address": "::", "port": 65535, "transform": "upper", "suffix": "!"})");
    CHECK(listener.protocol == ProtocolName::echo);
    CHECK(listener.address == "::");
    CHECK(listener.port == 65535);
    CHECK(listener.transform == EchoTransform::upper);
    CHECK(listener.suffix == "!");
  }

  TEST_CASE("a given list replaces the default one whole") {
    CHECK(with(R"({"port": 1}, {"port": 2}, {"port": 3})")->listeners.size() == 3);
  }

  TEST_CASE("an empty list is refused") {
    CHECK(mistake("") == "f:1:15: \"listeners\" is empty: a server needs at least one");
  }

  TEST_CASE("a list that is none is refused") {
    CHECK(parse(R"({"listeners": {}})", "f").error().context ==
          "f:1:15: \"listeners\" must be a list of objects, not an object");
    CHECK(mistake("7") == "f:1:16: this must be an object, not a number");
  }

  TEST_CASE(
      "an http listener says whose pages may open a WebSocket, and which proxies are trusted") {
    const Listener plain = one(R"({"protocol": "http"})");
    CHECK(plain.describe() == "http 127.0.0.1:8080");
    CHECK_FALSE(plain.origins.has_value());
    CHECK(plain.trusted_proxies.empty());
    CHECK(one(R"({"protocol": "http", "origins": null, "trusted_proxies": null})") == plain);
    const Listener listener =
        one(R"({"protocol": "http", "origins": ["https://a.example", "http://b:8080", "*"],
                "trusted_proxies": ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "unix"]})");
    CHECK(listener.origins == std::vector<std::string>{"https://a.example", "http://b:8080", "*"});
    CHECK(listener.trusted_proxies ==
          std::vector<std::string>{"127.0.0.1", "10.0.0.0/8", "fd00::/8", "unix"});
    CHECK(one(R"({"protocol": "http", "origins": []})").origins == std::vector<std::string>{});
  }

  TEST_CASE("an origin has a scheme, a host and nothing else") {
    for (const char* bad : {"a.example", "https://a.example/", "ftp://a.example", "https://", "",
                            "null", "https://a, https://b"}) {
      CAPTURE(bad);
      CHECK(mistake("{\"protocol\": \"http\", \"origins\": [\"" + std::string(bad) + "\"]}") ==
            "f:1:49: each of \"origins\" must be an origin such as "
            "\"https://chat.example.org\", without a path, or \"*\"");
    }
    CHECK(mistake(R"({"protocol": "http", "origins": "*"})") ==
          "f:1:48: \"origins\" must be a list of strings, or null");
  }

  TEST_CASE("a proxy is an address or a network") {
    for (const char* bad :
         {"localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", "/8", "10.0.0.0/-1"}) {
      CAPTURE(bad);
      CHECK(mistake("{\"protocol\": \"http\", \"trusted_proxies\": [\"" + std::string(bad) +
                    "\"]}") ==
            "f:1:57: each of \"trusted_proxies\" must be an address, a network such as "
            "\"10.0.0.0/8\" or \"fd00::/8\", or \"unix\"");
    }
    CHECK(mistake(R"({"protocol": "http", "trusted_proxies": [5]})").starts_with("f:1:57: each"));
  }

  TEST_CASE("an unknown protocol is told those there are") {
    CHECK(mistake(R"({"protocol": "telnet"})") ==
          "f:1:29: \"protocol\" must be \"line\", \"irc\", \"http\" or \"echo\"");
  }

  TEST_CASE("a key of the other protocol is refused with the reason") {
    CHECK(mistake(R"({"protocol": "echo", "format": "raw"})") ==
          "f:1:37: \"format\" is for protocol \"line\" only; this listener's is \"echo\"");
    CHECK(mistake(R"({"protocol": "echo", "echo": true})") ==
          "f:1:37: \"echo\" is for protocol \"line\" only; this listener's is \"echo\"");
    CHECK(mistake(R"({"protocol": "irc", "format": "raw"})") ==
          "f:1:36: \"format\" is for protocol \"line\" only; this listener's is \"irc\"");
    CHECK(mistake(R"({"protocol": "irc", "suffix": "!"})") ==
          "f:1:36: \"suffix\" is for protocol \"echo\" only; this listener's is \"irc\"");
    CHECK(mistake(R"({"protocol": "irc", "origins": null})") ==
          "f:1:36: \"origins\" is for protocol \"http\" only; this listener's is \"irc\"");
    CHECK(mistake(R"({"protocol": "http", "format": "raw"})") ==
          "f:1:37: \"format\" is for protocol \"line\" only; this listener's is \"http\"");
    CHECK(mistake(R"({"suffix": "!"})") ==
          "f:1:17: \"suffix\" is for protocol \"echo\" only; this listener's is \"line\"");
    CHECK(mistake(R"({"transform": 5})") ==
          "f:1:17: \"transform\" is for protocol \"echo\" only; this listener's is \"line\"");
  }

  TEST_CASE("an unknown key is told the nearest one that fits") {
    CHECK(mistake(R"({"prot": 5})") == "f:1:17: unknown key \"prot\"; did you mean \"port\"?");
    CHECK(mistake(R"({"formt": "raw"})") ==
          "f:1:17: unknown key \"formt\"; did you mean \"format\"?");
  }

  TEST_CASE("ports go from 0 to 65535") {
    CHECK(mistake(R"({"port": 65536})") ==
          "f:1:25: \"port\" must be a whole number from 0 to 65535, not 65536");
    CHECK(mistake(R"({"port": -1})") ==
          "f:1:25: \"port\" must be a whole number from 0 to 65535, not -1");
    CHECK(mistake(R"({"port": "7000"})") ==
          "f:1:25: \"port\" must be a whole number from 0 to 65535");
  }

  TEST_CASE("a name is no address") {
    for (const char* bad :
         {"localhost", "", "127.0.0.1.5", "[::1]", "1.2.3.4 ", "::1%lo", "127.0.0.1\\u0000x"}) {
      CAPTURE(bad);
      CHECK(mistake("{\"address\": \"" + std::string(bad) + "\"}") ==
            "f:1:28: \"address\" must be an IPv4 or IPv6 address such as \"127.0.0.1\" or \"::1\": "
            "names are not looked up");
    }
  }

  TEST_CASE("an IPv4 address is not written in IPv6's form") {
    for (const char* mapped : {"::ffff:127.0.0.1", "::FFFF:7f00:1", "0::ffff:0:0"}) {
      CAPTURE(mapped);
      CHECK(mistake("{\"address\": \"" + std::string(mapped) + "\"}") ==
            "f:1:28: \"address\" must be the IPv4 address itself, as in \"127.0.0.1\"");
    }
    CHECK(one(R"({"address": "::fffe:7f00:1"})").address == "::fffe:7f00:1");
  }

  TEST_CASE("addresses are written in one way") {
    CHECK(one(R"({"address": "0:0::0001"})").address == "::1");
  }

  TEST_CASE("a Unix path is absolute and fits the system's structure") {
    const std::string longest = "/" + std::string(106, 'x');
    CHECK(one("{\"unix\": \"" + longest + "\"}").unix_path == longest);
    const std::string expected =
        "f:1:25: \"unix\" must be an absolute path of at most 107 bytes without control characters";
    CHECK(mistake("{\"unix\": \"" + longest + "x\"}") == expected);
    CHECK(mistake(R"({"unix": "run/x.sock"})") == expected);
    CHECK(mistake(R"({"unix": ""})") == expected);
    CHECK(mistake(R"({"unix": "/"})") == expected);
    CHECK(mistake(R"({"unix": "/a\u0000b"})") == expected);
    CHECK(mistake(R"({"unix": null})") == expected + ", not null");
  }

  TEST_CASE("a Unix socket has no address or port, and only it has a mode") {
    CHECK(mistake(R"({"unix": "/x", "address": "::"})") ==
          "f:1:31: \"address\" does not go with \"unix\"");
    CHECK(mistake(R"({"unix": "/x", "port": 1})") == "f:1:31: \"port\" does not go with \"unix\"");
    CHECK(mistake(R"({"mode": "0600"})") == "f:1:17: \"mode\" goes with \"unix\" only");
  }

  TEST_CASE("a mode is octal and in quotes") {
    CHECK(one(R"({"unix": "/x", "mode": "666"})").mode == 0666);
    CHECK(one(R"({"unix": "/x", "mode": "0000"})").mode == 0);
    const std::string expected =
        "f:1:39: \"mode\" must be an octal number in quotes from \"0000\" to \"0777\"";
    for (const char* bad : {"0680", "", "rw", "1777", "00660", "66"}) {
      CAPTURE(bad);
      CHECK(mistake("{\"unix\": \"/x\", \"mode\": \"" + std::string(bad) + "\"}") == expected);
    }
    CHECK(mistake(R"({"unix": "/x", "mode": 660})") == expected + ", not 660");
  }

  TEST_CASE("a suffix has no control characters") {
    CHECK(mistake(R"({"protocol": "echo", "suffix": "a\nb"})") ==
          "f:1:47: \"suffix\" must be a string of at most 200 bytes without control characters");
  }

  TEST_CASE("two listeners cannot be in one place, whatever their protocols") {
    CHECK(mistake(R"({"address": "::1"}, {"protocol": "echo", "address": "0::1", "port": 7000})") ==
          "f:1:36: duplicate listener: [::1]:7000 is already that of the one at line 1");
    CHECK(mistake("{\"unix\": \"/x\"},\n{\"unix\": \"/x\", \"mode\": \"0600\"}") ==
          "f:2:1: duplicate listener: unix:/x is already that of the one at line 1");
    CHECK(mistake("{\"unix\": \"/a/x\"},\n{\"unix\": \"/a//./x\"}") ==
          "f:2:1: duplicate listener: unix:/a/x is already that of the one at line 1");
  }

  TEST_CASE("port 0 may be given many times: each gets its own") {
    CHECK(with(R"({"port": 0}, {"port": 0})")->listeners.size() == 2);
  }

  TEST_CASE("one mistake in a listener is told once") {
    CHECK(mistake(R"({"address": "localhost"}, {})").find('\n') == std::string::npos);
  }
}

}  // namespace banterd::conf
