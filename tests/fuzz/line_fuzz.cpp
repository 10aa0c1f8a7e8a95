// Any bytes from a line client: every unit makes progress, what he says is clean UTF-8, and what he
// is answered has no control characters.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "worker/protocol/line/line_encoder.h"
#include "worker/protocol/line/line_protocol.h"
#include "worker/text.h"

using namespace banterd;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_clean(std::string_view text) {
  require(worker::is_valid_utf8(text));
  for (const char c : text)
    require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
}

// A client who is in #lobby and whose requests are looked at, and done where that needs nobody
// else.
class FuzzSession final : public worker::Session {
 public:
  FuzzSession() { profile_.nick = *chat::Nick::parse("guest-1"); }

  [[nodiscard]] const conf::Config& config() const override { return config_; }
  [[nodiscard]] const chat::Profile& profile() const override { return profile_; }
  [[nodiscard]] bool is_in(std::string_view room) const override {
    return chat::fold(room) == "#lobby";
  }
  [[nodiscard]] std::vector<std::string> rooms() const override { return {"#lobby"}; }
  [[nodiscard]] std::vector<chat::ProfilePtr> members(std::string_view) const override {
    return {std::make_shared<chat::Profile>(profile_)};
  }
  [[nodiscard]] const chat::RoomHead* room_head(std::string_view) const override { return &head_; }
  void request(worker::Request request) override { requests_.push_back(std::move(request)); }
  void send(std::string_view bytes) override { require_clean(bytes); }
  void reshape(std::string_view) override {}

  void meet_requests(worker::Protocol& protocol) {
    for (size_t i = 0; i < requests_.size(); ++i) {
      const worker::Request request = requests_[i];
      if (const auto* local = std::get_if<worker::DoLocally>(&request)) {
        local->action();
      } else if (const auto* ask = std::get_if<worker::AskOwner>(&request)) {
        if (const auto* say = std::get_if<chat::Say>(&ask->body)) require_clean(say->text);
        require(chat::RoomName::parse(ask->object) || chat::Nick::parse(ask->object));
        protocol.on_refused(ask->object, ask->body, chat::Refusal::need_operator);
      }
    }
    requests_.clear();
  }

 private:
  conf::Config config_ = conf::defaults();
  chat::Profile profile_;
  chat::RoomHead head_;
  std::vector<worker::Request> requests_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  FuzzSession session;
  conf::Listener listener;
  worker::line::LineProtocol protocol(listener, session);
  protocol.on_open();
  protocol.on_joined("#lobby");
  size_t begin = 0;
  while (begin < input.size()) {
    const auto taken = protocol.take(input.substr(begin), true);
    require(taken.bytes > 0 && taken.bytes <= input.size() - begin);
    begin += taken.bytes;
    session.meet_requests(protocol);
  }
  return 0;
}
