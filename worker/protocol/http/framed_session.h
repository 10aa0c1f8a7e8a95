// A session whose bytes go out in frames: for a protocol of lines that is spoken through a
// WebSocket. All else is the session's itself.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/protocol/http/frame.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::http {

class FramedSession final : public Session {
 public:
  // `session` outlives it.
  FramedSession(Session& session, Opcode opcode) : session_(session), opcode_(opcode) {}

  void send(std::string_view lines) override { session_.send(framed_lines(lines)); }
  void send_answer(std::string_view lines) override { session_.send_answer(framed_lines(lines)); }

  [[nodiscard]] const conf::Config& config() const override { return session_.config(); }
  [[nodiscard]] const ServerInfo& server() const override { return session_.server(); }
  void saw_at_once(uint64_t users) override { session_.saw_at_once(users); }
  [[nodiscard]] std::vector<Numbers> known_numbers() const override {
    return session_.known_numbers();
  }
  [[nodiscard]] const chat::Profile& profile() const override { return session_.profile(); }
  [[nodiscard]] std::string_view address() const override { return session_.address(); }
  [[nodiscard]] bool is_in(std::string_view name) const override { return session_.is_in(name); }
  [[nodiscard]] RoomView room(std::string_view name) const override { return session_.room(name); }
  [[nodiscard]] bool has_gone(chat::ClientId member) const override {
    return session_.has_gone(member);
  }
  [[nodiscard]] std::vector<std::string> rooms() const override { return session_.rooms(); }
  [[nodiscard]] size_t room_count() const override { return session_.room_count(); }
  [[nodiscard]] const std::map<std::string, std::string>& watched() const override {
    return session_.watched();
  }
  [[nodiscard]] std::optional<chat::ProfilePtr> holder_of(std::string_view nick) const override {
    return session_.holder_of(nick);
  }
  [[nodiscard]] const chat::Server& server_state() const override {
    return session_.server_state();
  }
  [[nodiscard]] chat::TimeMs now() const override { return session_.now(); }
  [[nodiscard]] std::chrono::milliseconds silent_for() const override {
    return session_.silent_for();
  }
  void wake_in(std::chrono::milliseconds delay) override { session_.wake_in(delay); }
  void come_from(std::string address) override { session_.come_from(std::move(address)); }
  void ask_master(ipc::OperatorAction what) override { session_.ask_master(what); }
  void request(Request request) override { session_.request(std::move(request)); }
  void reshape(std::string_view room) override { session_.reshape(room); }

 private:
  [[nodiscard]] std::string framed_lines(std::string_view lines) const {
    std::string framed;
    append_lines(framed, opcode_, lines);
    return framed;
  }

  Session& session_;
  const Opcode opcode_;
};

}  // namespace banterd::worker::http
