// One client: who is behind a connection, what he has asked for, and what is open of it.
//
//   nobody ──Enter──► entering ──nick claimed──► here ──end of stream, /quit, cut off──► leaving
//      ▲                  │                                                           ──► gone
//      └─── refused ──────┘
//
// His requests are met in their order. He may have many commands open at one owner; one for another
// owner, a local answer or a list of steps waits until all are settled (docs/architecture.md,
// "Fences"). While something waits he is not read, so that TCP pushes back on him.
//
// What touches all that is his (entering, nick, quit) is a plan: phases of commands, each begun
// when the one before is settled. A quit's plan goes on after his socket has gone.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/lazy.h"
#include "base/slab.h"
#include "worker/connection.h"
#include "worker/deadlines.h"
#include "worker/handover_records.h"
#include "worker/hub.h"
#include "worker/kept_records.h"
#include "worker/protocol/protocol.h"
#include "worker/router.h"
#include "worker/token_bucket.h"
#include "worker/unfinished_line.h"

namespace banterd::worker {

class Client;

// What a client needs of the worker; all of it outlives him.
class ClientHost {
 public:
  virtual ~ClientHost() = default;
  [[nodiscard]] virtual const conf::Config& config() const = 0;
  [[nodiscard]] virtual const chat::Place& place() const = 0;
  [[nodiscard]] virtual Router& router() = 0;
  [[nodiscard]] virtual Hub& hub() = 0;
  [[nodiscard]] virtual Deadlines& deadlines() = 0;
  [[nodiscard]] virtual uint64_t now_ms() const = 0;
  [[nodiscard]] virtual bool draining() const = 0;

  // He has something queued: flush him at the end of this iteration.
  virtual void needs_flush(Client& client) = 0;
  // He can go on: call proceed() at the end of this iteration.
  virtual void is_ready(Client& client) = 0;
  // He waits for credit there.
  virtual void waits_for_credit(const Route& route, Client& client) = 0;
  // Asks the owner of `object`, or all slots where that is empty; on_found() brings the answers.
  virtual void ask(Client& client, const std::string& object, const Question& question) = 0;
  // Off the loop; on_checked() brings the answer.
  virtual void check_password(Client& client, std::string hash, std::string text) = 0;
  virtual void ask_master(ipc::OperatorAction what, const chat::Profile& who) = 0;
  [[nodiscard]] virtual const ServerInfo& server() const = 0;
  [[nodiscard]] virtual std::vector<Numbers> known_numbers() const = 0;
  virtual void saw_at_once(uint64_t users) = 0;
  // How others see that address.
  [[nodiscard]] virtual std::string cloaked(std::string_view address) const = 0;
  // Somebody has come in (null before), changed, or gone (null after).
  virtual void count(const chat::Profile* before, const chat::Profile* after) = 0;
  // One more, or one less, who chats but has not entered.
  virtual void count_unregistered(int change) = 0;
  // His socket has gone.
  virtual void socket_closed(Client& client) = 0;
  // Nothing of him is left: he may be destroyed at the end of this iteration.
  virtual void is_gone(Client& client) = 0;

  // ---- if clients are kept (worker/keeper.h) ----
  [[nodiscard]] virtual bool keeps() const { return false; }
  // What is known of him has changed, or what was read from him.
  virtual void has_changed(Client& client) { static_cast<void>(client); }
  // His input from that byte of his stream on is being taken; or no more.
  virtual void is_taking(const Client& client, uint64_t offset) {
    static_cast<void>(client), static_cast<void>(offset);
  }
  virtual void has_taken() {}
};

class Client final : public ConnectionOwner,
                     public Session,
                     public Audience,
                     public base::InSlabs<Client> {
 public:
  // `connection` is the number by which the master knows him; `listener` outlives him.
  Client(ClientHost& host, uint64_t connection, const conf::Listener& listener,
         std::string_view address);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override;

  // Takes the socket and begins. On failure he is to be dropped.
  base::Result<void> open(ConnectionContext& context, base::UniqueFd socket);

  // Hands over to another process: what is known of him but his socket's bytes; only when he is
  // settled and his connection suspended. Takes over: instead of open(), into a client made with
  // the listener that he came by. Errc::invalid when the record makes no sense.
  [[nodiscard]] ClientRecord save() const;
  base::Result<void> restore(ConnectionContext& context, base::UniqueFd socket,
                             const ClientRecord& record, std::string input, SendQueue queue);
  [[nodiscard]] const Connection* connection() const { return connection_.get(); }
  [[nodiscard]] Connection* connection() { return connection_.get(); }

  // ---- going on in the slot's next life, should this one end; in client_keeping.cpp ----
  // What is known of him, whatever is under way, but for his streams and his open commands.
  [[nodiscard]] KeptClient keep() const;
  // The line whose requests are not all met, as he sent it; empty: there is none, or it cannot be
  // taken again.
  [[nodiscard]] std::string_view unfinished_line() const;
  // Goes on, instead of open(). Without a socket he leaves. His unfinished line is the beginning of
  // `input`. Errc::invalid when the record makes no sense. The hub's rooms, and what he watches,
  // come after it.
  struct Restored {
    base::UniqueFd socket;
    uint64_t read = 0;  // from it, and written to it, so far
    uint64_t written = 0;
    std::string input;
    SendQueue queue;
    uint32_t open = 0;  // commands not settled, and whose they are
    Slot open_owner = 0;
    uint64_t last_line = 0;  // of all that is known of his commands
    // What was taken from this byte of his stream on ended the last life.
    std::optional<uint64_t> poison;
  };
  base::Result<void> recover(ConnectionContext& context, const KeptClient& kept, Restored restored);
  // One of a slot that has failed, served there until then: instead of open(), as a guest who is in
  // no room. Errc::invalid, too, when he was leaving.
  base::Result<void> begin_anew(ConnectionContext& context, const KeptClient& kept,
                                Restored restored, chat::TimeMs served_until);
  // What he watched.
  void rewatch(const std::string& nick);
  // Is in a room of his again, if its owner knows of that.
  void reenter(const std::string& room);
  // Its owner is down: what is about all his rooms waits.
  void wait_for_room(const std::string& room);
  // The owners of those that are `found` are back.
  void find_rooms(const std::function<bool(const std::string& room)>& found);
  // He is seen by others.
  [[nodiscard]] bool is_present() const { return has_nick_ && leaving_ != Leaving::under_way; }
  // Sockets are left alone from now on, or no more.
  void follow_context();

  // Goes as far as he can now: meets requests, takes input. Called at the end of an iteration.
  void proceed();
  void flush();
  // The server ends: he is told, and his connection ends in order.
  void farewell(std::string_view text);

  [[nodiscard]] uint64_t connection_id() const { return connection_id_; }
  // Nothing of his is open or asked for, no plan is under way, and his socket is what it seems.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] bool has_socket() const { return connection_ != nullptr; }

  // ---- what the router and other owners tell ----
  void on_answered(const OpenCommand& command, const chat::Event& event);
  void on_settled();
  void on_found(Findings found, bool complete);
  void on_checked(PasswordIs found);

  // ---- ConnectionOwner ----
  [[nodiscard]] uint64_t number() const override { return connection_id_; }
  void on_input() override;
  void on_end_of_stream() override;
  void on_closed(std::string_view why) override;
  void on_overflow() override;
  void on_drained() override;
  void on_taken() override;

  // ---- Session ----
  [[nodiscard]] const conf::Config& config() const override { return host_.config(); }
  [[nodiscard]] const chat::Profile& profile() const override { return *profile_; }
  [[nodiscard]] const chat::ProfilePtr& record() const { return profile_; }
  [[nodiscard]] const ServerInfo& server() const override { return host_.server(); }
  [[nodiscard]] std::vector<Numbers> known_numbers() const override {
    return host_.known_numbers();
  }
  void saw_at_once(uint64_t users) override { host_.saw_at_once(users); }
  [[nodiscard]] std::string_view address() const override { return address_; }
  [[nodiscard]] bool is_in(std::string_view name) const override;
  [[nodiscard]] RoomView room(std::string_view name) const override;
  [[nodiscard]] bool has_gone(chat::ClientId member) const override;
  [[nodiscard]] std::vector<std::string> rooms() const override;
  [[nodiscard]] size_t room_count() const override { return memberships_.size(); }
  [[nodiscard]] const std::map<std::string, std::string>& watched() const override {
    return seldom_->watched;
  }
  [[nodiscard]] std::optional<chat::ProfilePtr> holder_of(std::string_view nick) const override;
  [[nodiscard]] const chat::Server& server_state() const override;
  [[nodiscard]] chat::TimeMs now() const override;
  [[nodiscard]] std::chrono::milliseconds silent_for() const override;
  void wake_in(std::chrono::milliseconds delay) override;
  void come_from(std::string address) override;
  void ask_master(ipc::OperatorAction what) override { host_.ask_master(what, *profile_); }
  void request(Request request) override;
  void send(std::string_view bytes) override;
  void send_answer(std::string_view bytes) override;
  void reshape(std::string_view room) override;

  // ---- Audience ----
  [[nodiscard]] chat::ClientId client_id() const override { return profile_->client; }
  [[nodiscard]] bool is_matched_by(std::string_view mask) const override;
  Memberships& memberships() override { return memberships_; }
  [[nodiscard]] const Encoder& encoder(std::string_view room) const override {
    return protocol_->encoder(room);
  }
  [[nodiscard]] const Encoder& encoder() const override { return protocol_->encoder(); }
  [[nodiscard]] bool echoes() const override { return protocol_->echoes(); }
  void deliver(const SharedBytesPtr& buffer, size_t begin, size_t end) override;
  void on_joined(const std::string& room) override;
  void on_left(const std::string& room) override;
  bool tell_own(const Delivery& delivery) override { return protocol_->tell_own(delivery); }
  void on_own_renewed(const chat::ProfilePtr& newer) override;
  void on_watched(std::string_view nick, const chat::Profile* holder) override;
  void on_watched_renewed(const Delivery& delivery) override;
  void on_server_said(const Delivery& delivery) override;
  void on_killed(const Delivery& delivery) override;
  void on_banned(const chat::ServerBan& ban) override;

  // What others may ask of him (bus_messages.h). Only of those who have entered.
  [[nodiscard]] bool has_entered() const { return has_nick_ && leaving_ == Leaving::no; }
  [[nodiscard]] PersonLine person_line() const;

 private:
  using Purpose = PlanPurpose;
  struct Plan {
    Purpose purpose;
    std::vector<std::vector<AskOwner>> phases;  // those not begun, few
    chat::ProfilePtr profile;  // his record once the plan is done; what its commands carry
    std::string leaves = {};   // the key of the nick that he gives up; empty: none
    uint64_t line = 0;
    uint32_t step = 0;
  };
  // Of the loop's clock.
  [[nodiscard]] uint32_t now_s() const { return static_cast<uint32_t>(host_.now_ms() / 1000); }
  void leave(std::string_view reason);
  bool expel_if_banned(const chat::Profile& person);
  void start_quit();
  [[nodiscard]] bool waits_for_owner_down(const Plan& plan) const;
  void end_connection();
  void count_gone();
  void begin(Plan plan);
  void next_phase();
  void finish_plan();
  void abandon_plan(const OpenCommand& claim, chat::Refusal why);
  void on_refused(const OpenCommand& command, chat::Refusal why);
  void on_claimed();
  // Something that he asked is being found out.
  [[nodiscard]] bool is_waiting() const { return awaited_.made(); }

  // Nothing is there for which he has to wait but credit.
  [[nodiscard]] bool only_listens() const {
    return wants_input_ && !asked_.made() && leaving_ == Leaving::no;
  }
  [[nodiscard]] bool may_ask_at_once(const Route& route) const;
  void changed();
  void note_effect() {
    if (keeping_.made()) keeping_.make().line.on_effect();
  }
  void begin_turn();
  void begin_line();
  void on_line_taken(std::string_view line);
  void end_turn();
  [[nodiscard]] bool misses_rooms() const {
    return keeping_.made() && !keeping_->missing_rooms.empty();
  }
  [[nodiscard]] bool has_unmet() const;
  [[nodiscard]] uint64_t taking_offset() const;
  [[nodiscard]] bool skips_poison();
  void tell_dropped();
  void recover_plan(const KeptPlan& kept);
  base::Result<void> recover_connection(ConnectionContext& context, const KeptClient& kept,
                                        Restored& restored);
  base::Result<void> adopt(const ClientRecord& record);
  void shorten_wake(uint64_t left_ms);
  base::Result<void> adopt_connection(ConnectionContext& context, base::UniqueFd socket,
                                      const Connection::Saved& saved, std::string input,
                                      SendQueue queue);
  void appear();

  void adopt_requests();
  [[nodiscard]] TokenBucket::Rate flood_limit() const;
  bool take_input();
  bool may_take_now();
  void follow_protocol();
  void wake();
  // False when it has to wait.
  bool meet_first_request();
  void meet(AskOwner ask);
  void meet(AskOwner ask, const Route& route);
  void meet(const DoLocally& local);
  void meet(const Enter& enter);
  void meet(const ChangeProfile& change);
  void meet(const Ask& ask);
  void meet(const CheckPassword& check);
  void meet(const Leave& going);
  void submit(const Route& route, AskOwner ask, const chat::CommandId& id,
              const chat::ProfilePtr& profile, bool needs_credit);
  void update_reading();

  // What a delivery needs comes first: a fan-out touches one line of the processor's cache per
  // client. The flags stand in the padding behind what is Audience's.
  bool queued_flush_ = false;
  bool queued_ready_ = false;  // by Clients, as is the next
  bool queued_credit_ = false;
  bool flood_told_ = false;
  Leaving leaving_ = Leaving::no;
  bool has_nick_ : 1 = false;
  bool expelled_ : 1 = false;
  bool input_ended_ : 1 = false;
  bool wants_input_ : 1 = true;  // nothing waits: more may be read
  std::unique_ptr<Connection> connection_;

  ClientHost& host_;
  const uint64_t connection_id_;
  const conf::Listener& listener_;
  base::CompactText address_;
  chat::ProfilePtr profile_;  // while he has no nick: who he would be as a guest
  std::unique_ptr<Protocol> protocol_;
  Memberships memberships_;

  struct Asked {
    std::list<Request> waiting;
    // What was asked for since the last one was met: it goes on with that, before what waits.
    std::list<Request> fresh;
  };
  base::Lazy<Asked> asked_;  // made while there is anything
  uint32_t open_ = 0;        // commands not settled
  Slot open_owner_ = 0;      // whose they are, unless a plan is under way
  uint64_t line_ = 0;        // the last command's number
  std::unique_ptr<Plan> plan_;
  struct Seldom {
    std::map<std::string, std::string> watched;  // nicks as he spells them, by key
    std::string quit_reason;
  };
  base::Lazy<Seldom> seldom_;  // what most have nothing of

  TokenBucket bucket_;
  Deadlines::Id flood_delay_ = Deadlines::kNone;
  Deadlines::Id wake_ = Deadlines::kNone;
  chat::TimeMs since_ = 0;    // when he came
  uint32_t heard_at_ms_ = 0;  // when he last sent anything; modulo 2^32, 49 days
  uint32_t spoke_at_s_ = 0;   // when he last said something
  struct Awaited {
    std::function<void(Findings, bool)> found;  // answers to a question
    std::function<void(PasswordIs)> checked;    // a password
  };
  base::Lazy<Awaited> awaited_;  // made while he waits for it

  // If clients are kept: what makes it possible to go on with him in the slot's next life.
  struct Keeping {
    uint64_t kept_input = 0;  // the last checkpoint has what was read up to here
    bool queued_changed = false;
    bool record_changed = false;
    UnfinishedLine line;
    std::optional<uint64_t> poison;          // what was taken from there on ended the last life
    std::vector<std::string> missing_rooms;  // their owners are down
  };
  base::Lazy<Keeping> keeping_;

  friend class Clients;
  friend class Keeper;
};

}  // namespace banterd::worker
