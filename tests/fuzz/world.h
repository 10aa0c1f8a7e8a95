// A server of one slot without sockets, threads and clocks: the owner, the hub and the protocols
// are the real ones, and each client is played by a Visitor, who does what worker::Client does: one
// thing after the other, and a plan in one go.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uv/loop.h"
#include "tests/fuzz/reader.h"
#include "worker/bus.h"
#include "worker/hub.h"
#include "worker/owner.h"
#include "worker/protocol/protocol.h"

namespace banterd::fuzz {

class World;

class Visitor final : public worker::Session, public worker::Audience {
 public:
  // `world` and `listener` outlive him.
  Visitor(World& world, const conf::Listener& listener, uint64_t connection);

  void type(std::string_view bytes);
  // The end of his stream.
  void hang_up();
  // He says nothing until his protocol wants to know why.
  void be_silent();
  // To another process, if nothing of his is open.
  void move();
  // Goes as far as he can; true: he has got somewhere.
  bool proceed();
  // Nothing of his is open, what his protocol keeps is bounded, and what he was told is true.
  void check() const;
  // He reads the last words of a server to a client, whichever it may choose.
  void read_last_words();
  // All that he was sent, for comparison.
  [[nodiscard]] const std::string& sent() const { return sent_; }

  void on_event(const worker::LogEvent& event);
  [[nodiscard]] bool here() const { return has_nick_ && leaving_ == Leaving::no; }
  [[nodiscard]] worker::PersonLine person_line() const;

  // ---- Session ----
  [[nodiscard]] const conf::Config& config() const override;
  [[nodiscard]] const worker::ServerInfo& server() const override;
  [[nodiscard]] std::vector<worker::Numbers> known_numbers() const override;
  void saw_at_once(uint64_t) override {}
  [[nodiscard]] const chat::Profile& profile() const override { return *profile_; }
  [[nodiscard]] std::string_view address() const override { return address_; }
  [[nodiscard]] worker::RoomView room(std::string_view name) const override;
  [[nodiscard]] bool has_gone(chat::ClientId) const override { return false; }
  [[nodiscard]] std::vector<std::string> rooms() const override;
  [[nodiscard]] size_t room_count() const override { return memberships_.size(); }
  [[nodiscard]] const std::map<std::string, std::string>& watched() const override {
    return watched_;
  }
  [[nodiscard]] std::optional<chat::ProfilePtr> holder_of(std::string_view nick) const override;
  [[nodiscard]] const chat::Server& server_state() const override;
  [[nodiscard]] chat::TimeMs now() const override;
  [[nodiscard]] std::chrono::milliseconds silent_for() const override { return silence_; }
  void wake_in(std::chrono::milliseconds delay) override { wake_ = delay; }
  void come_from(std::string address) override { address_ = std::move(address); }
  void ask_master(ipc::OperatorAction) override {}
  void request(worker::Request request) override { fresh_.push_back(std::move(request)); }
  void send(std::string_view bytes) override;
  void send_answer(std::string_view bytes) override { send(bytes); }
  void reshape(std::string_view room) override;

  // ---- Audience ----
  [[nodiscard]] chat::ClientId client_id() const override { return profile_->client; }
  [[nodiscard]] bool is_matched_by(std::string_view mask) const override;
  worker::Memberships& memberships() override { return memberships_; }
  [[nodiscard]] const worker::Encoder& encoder(std::string_view room) const override {
    return protocol_->encoder(room);
  }
  [[nodiscard]] const worker::Encoder& encoder() const override { return protocol_->encoder(); }
  [[nodiscard]] bool echoes() const override { return protocol_->echoes(); }
  void deliver(const worker::SharedBytesPtr& buffer, size_t begin, size_t end) override;
  void on_joined(const std::string& room) override { protocol_->on_joined(room); }
  void on_left(const std::string& room) override { protocol_->on_left(room); }
  bool tell_own(const worker::Delivery& delivery) override { return protocol_->tell_own(delivery); }
  void on_own_renewed(const chat::ProfilePtr& newer) override;
  void on_watched(std::string_view nick, const chat::Profile* holder) override {
    protocol_->on_watched(nick, holder);
  }
  void on_watched_renewed(const worker::Delivery& delivery) override {
    protocol_->on_watched_renewed(delivery);
  }
  void on_server_said(const worker::Delivery& delivery) override {
    protocol_->on_server_said(delivery);
  }
  void on_killed(const worker::Delivery& delivery) override;
  void on_banned(const chat::ServerBan& ban) override;

 private:
  enum class Leaving : uint8_t { no, wanted, gone };
  struct Asked {
    std::string object;
    chat::Command command;
  };

  void read(std::string_view bytes);
  void follow_protocol();
  bool take_input();
  void meet_first();
  void meet(const worker::DoLocally& local) {
    if (local.action) local.action();
  }
  void meet(const worker::AskOwner& ask);
  void meet(const worker::Enter& enter);
  void meet(const worker::ChangeProfile& change);
  void meet(const worker::Ask& ask);
  void meet(const worker::CheckPassword& check);
  void meet(const worker::Leave& going) { leave(going.reason); }
  void leave(std::string_view reason);
  void quit();

  void submit(worker::AskOwner ask, const chat::ProfilePtr& profile);
  // A step of a plan, with all that comes of it.
  void do_step(worker::AskOwner ask);
  void begin_plan(chat::ProfilePtr profile) { plan_ = std::move(profile); }
  void settle();
  void on_refused(const Asked& asked, chat::Refusal why);
  [[nodiscard]] bool idle() const {
    return requests_.empty() && fresh_.empty() && asked_.empty() && !protocol_->is_answering();
  }

  World& world_;
  const conf::Listener& listener_;
  const uint64_t connection_;
  chat::ProfilePtr profile_;
  std::unique_ptr<worker::Protocol> protocol_;
  std::unique_ptr<Reader> reader_;
  std::string sent_;
  size_t sent_for_line_ = 0;  // bytes since a line of his was taken
  // While one is taken, what is sent waits for the reader to know of it.
  bool taking_ = false;
  std::vector<std::string> answered_at_once_;
  std::string input_;
  bool input_ended_ = false;
  worker::Memberships memberships_;
  std::map<std::string, std::string> watched_;
  std::deque<worker::Request> requests_;
  std::vector<worker::Request> fresh_;  // asked for since one was met: before all that wait
  std::deque<Asked> asked_;             // and not answered yet
  chat::ProfilePtr plan_;               // who he will be when the plan is done; null: there is none
  std::optional<std::chrono::milliseconds> wake_;
  std::string address_ = "192.0.2.1";
  std::chrono::milliseconds silence_{0};
  uint64_t line_ = 0;
  bool has_nick_ = false;
  Leaving leaving_ = Leaving::no;
  std::string reason_;
};

// What there is to be chosen about a world.
struct WorldSettings {
  std::vector<conf::Listener> listeners;  // each brings one visitor
  bool password = false;                  // PASS is asked for
  bool small_limits = false;              // of rooms, lists, watched nicks, nicks, history
  bool right = false;                     // whatever password an operator gives
  bool incomplete = false;                // a part of the server never answers a question
  bool absent = false;                    // one in two owners is down
};

class World final : public worker::BusListener,
                    public worker::OwnerListener,
                    public worker::LocalClients {
 public:
  explicit World(WorldSettings settings);

  [[nodiscard]] size_t visitors() const { return visitors_.size(); }
  Visitor& visitor(size_t index) { return visitors_[index]; }
  // Until nobody can get further.
  void turn();
  // ---- what visitors use ----
  [[nodiscard]] const WorldSettings& settings() const { return settings_; }
  [[nodiscard]] const conf::Config& config() const { return config_; }
  [[nodiscard]] const worker::ServerInfo& info() const { return info_; }
  [[nodiscard]] chat::TimeMs now() const { return now_; }
  void pass(std::chrono::milliseconds time) { now_ += time.count(); }
  worker::Hub& hub() { return hub_; }
  [[nodiscard]] const worker::Hub& hub() const { return hub_; }
  worker::Owner& owner() { return *owner_; }
  void commit();
  [[nodiscard]] bool is_absent(std::string_view object) const;
  worker::Findings find(const worker::Question& question);
  [[nodiscard]] worker::Numbers numbers() const;

  // ---- BusListener: there is no other slot ----
  worker::Hello hello_for(worker::Slot) override { return {}; }
  void on_bus_message(worker::Slot, worker::BusMessage&) override {}
  void on_slot_died(const chat::Place&) override {}
  // ---- OwnerListener ----
  void on_own_snapshot(worker::Snapshot part) override { hub_.apply(std::move(part)); }
  void on_own_event(const worker::LogEvent& event) override;
  void on_own_history(worker::History history) override { hub_.apply(history); }
  void on_own_replay(const worker::Replay& replay) override { hub_.apply(replay); }
  void on_own_settled(uint64_t) override {}
  // ---- LocalClients: their numbers count from one ----
  [[nodiscard]] worker::Audience* local(chat::ClientId client) const override;
  void each_local(const std::function<void(worker::Audience&)>& visit) const override {
    for (Visitor& visitor : visitors_) visit(visitor);
  }

  static constexpr chat::Place kPlace{0, 1};

 private:
  void answer(const worker::AboutRooms& question, worker::Findings& found);
  void answer(const worker::AboutRoom& question, worker::Findings& found);
  void answer(const worker::AboutPeople& question, worker::Findings& found);
  void answer(const worker::AboutNumbers& question, worker::Findings& found);
  void answer(const worker::AboutFormer& question, worker::Findings& found);
  void answer(const worker::AboutHistory& question, worker::Findings& found);

  const WorldSettings settings_;
  const conf::Config config_;
  const worker::ServerInfo info_{"1.2.3", 1'700'000'000'000, "Be kind.\nHave fun.\n"};
  chat::TimeMs now_ = 1'700'000'100'000;
  base::Loop loop_;
  worker::Bus bus_{loop_, 0, 1, *this};
  worker::Hub hub_;
  std::optional<worker::Owner> owner_;
  mutable std::deque<Visitor> visitors_;
};

}  // namespace banterd::fuzz
