// What a checkpoint of the clients' memory (ipc/client_memory.h) says: a list of changes, each a
// kind and its fields, in the machine's own numbers; texts have their length before them.
//
//   positions   KeptPositions as JSON
//   client      connection, KeptClient as JSON, the line that is unfinished
//   removed     connection
//   stream      connection, where in his output what follows begins: all before is written
//   text        number, bytes that several clients are sent
//   pieces      number of the text, begin, end, how many connections, these: added to their outputs
//   private     connection, bytes: the same
//   input       connection, bytes read, bytes consumed, bytes read and not in an earlier checkpoint
//   open        owner, credit, CommandMessage as JSON: a command that is not answered
//   answered    owner, position, the command's id: it is answered there, and open until that
//               settles; position 0: it is settled
//   waiting     owner, position, connection, credit: one that is answered, in a whole checkpoint
//   gone        client: he has been seen to quit
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "worker/handover_records.h"

namespace banterd::worker {

enum class KeptKind : uint8_t {
  positions = 1,
  client,
  removed,
  stream,
  text,
  pieces,
  private_bytes,
  input,
  open,
  answered,
  waiting,
  gone,
};

// What this slot had told others, and its clients, of the logs.
struct KeptPositions {
  uint64_t kept_since = 0;        // the first life whose people are here
  std::vector<uint64_t> taken;    // by owner: that log stands in our clients' queues
  std::vector<uint64_t> settled;  // by owner: that log stands in everybody's
  std::vector<uint64_t> died;     // by slot: the last life of it that people were told has ended
  bool operator==(const KeptPositions&) const = default;
  static void fields(auto& self, auto&& field) {
    field("kept_since", self.kept_since);
    field("taken", self.taken);
    field("settled", self.settled);
    field("died", self.died);
  }
};

struct KeptStep {
  std::string object;
  chat::CommandBody body;
  bool with_profile = false;
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("body", self.body);
    field("with_profile", self.with_profile);
  }
};

// What a plan is for decides what its end does. Both of these are kept as numbers.
enum class PlanPurpose : uint8_t { enter = 0, renew = 1, quit = 2 };
// Whether a client is leaving: his quit has yet to begin, or its plan is under way.
enum class Leaving : uint8_t { no = 0, wanted = 1, under_way = 2 };

// A plan that is under way (worker/client.h).
struct KeptPlan {
  PlanPurpose purpose{};
  std::vector<std::vector<KeptStep>> phases;
  chat::ProfilePtr profile;
  std::string leaves;
  uint64_t line = 0;
  uint32_t step = 0;
  static void fields(auto& self, auto&& field) {
    field("purpose", self.purpose);
    field("phases", self.phases);
    field("profile", self.profile);
    field("leaves", self.leaves);
    field("line", self.line);
    field("step", self.step);
  }
};

// A client, whatever is under way of his.
struct KeptClient {
  ClientRecord client;  // its streams are kept apart
  bool has_socket = false;
  bool entered = false;
  Leaving leaving{};
  std::string quit_reason;
  bool expelled = false;
  std::optional<KeptPlan> plan;
  uint32_t met = 0;      // commands of the unfinished line that are sent already
  bool waits = false;    // nothing more is taken until all that is open is settled
  bool dropped = false;  // something that he asked for is neither done nor can it be taken again
  static void fields(auto& self, auto&& field) {
    field("client", self.client);
    field("has_socket", self.has_socket);
    field("entered", self.entered);
    field("leaving", self.leaving);
    field("quit_reason", self.quit_reason);
    field("expelled", self.expelled);
    field("plan", self.plan);
    field("met", self.met);
    field("waits", self.waits);
    field("dropped", self.dropped);
  }
};

class ChangeWriter {
 public:
  explicit ChangeWriter(std::string& out) : out_(out) {}
  ChangeWriter& kind(KeptKind kind) { return number(kind); }
  template <class T>
  ChangeWriter& number(T value) {
    return numbers(value);
  }
  // In one step.
  template <class... T>
  ChangeWriter& numbers(T... values) {
    static_assert((std::is_trivially_copyable_v<T> && ...));
    char bytes[(sizeof values + ...)];
    char* to = bytes;
    ((std::memcpy(to, &values, sizeof values), to += sizeof values), ...);
    out_.append(bytes, sizeof bytes);
    return *this;
  }
  ChangeWriter& bytes(std::string_view bytes) {
    number(static_cast<uint32_t>(bytes.size()));
    out_.append(bytes);
    return *this;
  }

 private:
  std::string& out_;
};

// Once something is missing all that follows is zero and empty, and sound() says so.
class ChangeReader {
 public:
  explicit ChangeReader(std::string_view changes) : rest_(changes) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool sound() const { return sound_; }
  template <class T>
  T number() {
    T value{};
    const std::string_view from = take(sizeof value);
    if (sound_) std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  std::string_view bytes() { return take(number<uint32_t>()); }

 private:
  std::string_view take(size_t count) {
    if (count > rest_.size()) {
      sound_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace banterd::worker
