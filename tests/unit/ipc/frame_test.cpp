#include "ipc/frame.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace banterd;
using ipc::FrameReader;

namespace {

struct Received {
  std::vector<std::pair<std::string, int>> frames;
  FrameReader reader;

  base::Result<void> feed(std::string_view bytes) {
    return reader.feed(bytes, [this](std::string_view payload, uint8_t descriptors) {
      frames.emplace_back(payload, descriptors);
    });
  }
};

std::string frame(std::string_view payload, size_t descriptors = 0) {
  std::string out;
  ipc::append_frame(out, payload, descriptors);
  return out;
}

}  // namespace

TEST_SUITE("ipc/frame") {
  TEST_CASE("a frame is its header, little-endian, and its payload") {
    const std::string bytes = frame(R"({"type":"ping"})", 3);
    REQUIRE(bytes.size() == ipc::kFrameHeaderBytes + 15);
    CHECK(bytes.substr(0, 4) == std::string("\x0f\x00\x00\x03", 4));
    CHECK(bytes.substr(8) == R"({"type":"ping"})");
    // The low half of XXH3-64 of no bytes at all, 0x2d06800538d394c2 (xxHash's own test vector).
    CHECK(frame("").substr(4) == "\xc2\x94\xd3\x38");
    const ipc::FrameHeader header = ipc::read_frame_header(bytes);
    CHECK(header.length == 15);
    CHECK(header.descriptors == 3);
    CHECK(header.checksum == ipc::frame_checksum(R"({"type":"ping"})"));
  }

  TEST_CASE("frames that arrive in one read are given in order, each once, from where they lie") {
    Received received;
    const std::string bytes = frame("one") + frame("") + frame("three", 2);
    std::vector<const char*> places;
    const auto fed = received.reader.feed(
        bytes, [&](std::string_view payload, uint8_t) { places.push_back(payload.data()); });
    CHECK(fed.has_value());
    REQUIRE(places.size() == 3);
    CHECK(places[0] == bytes.data() + 8);
    CHECK(places[1] == bytes.data() + 19);
    CHECK(places[2] == bytes.data() + 27);
    CHECK_FALSE(received.reader.has_partial());
  }

  TEST_CASE("a frame split anywhere across two reads is delivered once") {
    const std::string bytes = frame("first", 1) + frame("the second");
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      Received received;
      CHECK(received.feed(std::string_view(bytes).substr(0, cut)).has_value());
      CHECK(received.feed(std::string_view(bytes).substr(cut)).has_value());
      REQUIRE(received.frames.size() == 2);
      CHECK(received.frames[0] == std::pair<std::string, int>("first", 1));
      CHECK(received.frames[1] == std::pair<std::string, int>("the second", 0));
    }
  }

  TEST_CASE("the largest frame byte by byte costs linear time and arrives") {
    // A reader that began anew at every byte would look at half a terabyte here.
    Received received;
    const std::string payload(ipc::kMaxFrameBytes, 'x');
    const std::string bytes = frame(payload) + frame("next");
    for (const char byte : bytes) {
      if (!received.feed({&byte, 1})) FAIL("refused");
    }
    REQUIRE(received.frames.size() == 2);
    CHECK(received.frames[0].first == payload);
    CHECK(received.frames[1].first == "next");
    CHECK_FALSE(received.reader.has_partial());
  }

  TEST_CASE("a frame too large is refused as soon as its header says so") {
    Received received;
    const uint32_t length = ipc::kMaxFrameBytes + 1;
    const std::string header = {static_cast<char>(length),
                                static_cast<char>(length >> 8),
                                static_cast<char>(length >> 16),
                                0,
                                0,
                                0,
                                0,
                                0};
    const auto fed = received.feed(frame("good") + header);
    REQUIRE_FALSE(fed.has_value());
    CHECK(fed.error().code == base::Errc::frame_too_large);
    CHECK(received.frames.size() == 1);
  }

  TEST_CASE("a flipped bit anywhere in the payload or the checksum is noticed") {
    const std::string good = frame("some payload");
    for (size_t place = 4; place < good.size(); ++place) {
      std::string bad = good;
      bad[place] = static_cast<char>(bad[place] ^ 0x10);
      Received received;
      const auto fed = received.feed(bad);
      REQUIRE_FALSE(fed.has_value());
      CHECK(fed.error().code == base::Errc::corrupt);
      CHECK(received.frames.empty());
    }
  }

  TEST_CASE("a reader says whether a frame is under way") {
    Received received;
    const std::string bytes = frame("payload");
    CHECK_FALSE(received.reader.has_partial());
    CHECK(received.feed(std::string_view(bytes).substr(0, 3)).has_value());
    CHECK(received.reader.has_partial());
    CHECK(received.feed(std::string_view(bytes).substr(3)).has_value());
    CHECK_FALSE(received.reader.has_partial());
  }
}
