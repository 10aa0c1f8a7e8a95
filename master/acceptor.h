// Accepts connections from all listeners and passes them on, a bounded number per listener and
// iteration of the loop. Not uv_listen: that accepts until the backlog is empty, and closes what it
// cannot take when descriptors run out.
//
// Accepting pauses, and the kernel's backlog holds who comes, while there is no room for more
// (`has_room`; the owner calls `resume`) and while this process or the system is out of
// descriptors. In the latter case one descriptor kept in reserve serves to accept one connection
// and refuse it politely; accepting goes on when the reserve is filled again.
//
// In a reload accepting is held (hold/release), the sockets of the next configuration are opened
// beside those there are (prepare), and take effect or close again with one call that cannot fail
// (apply, give_up).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"
#include "base/uv/timer.h"
#include "master/listener.h"
#include "master/refusals.h"

namespace banterd::master {

// A connection as it came in.
struct Accepted {
  base::UniqueFd socket;  // non-blocking, close-on-exec, with the options of base/tcp_options.h
  uint32_t listener = 0;  // index into the configuration's listeners
  conf::ProtocolName protocol = conf::ProtocolName::line;
  Peer peer;
};

class Acceptor {
  struct Door;

 public:
  static constexpr int kMaxPerIteration = 64;  // and per listener
  static constexpr int kMaxAtClose = 1024;

  using AcceptedCallback = std::function<void(Accepted connection)>;
  // Asked before each accept; false pauses, until resume().
  using RoomCallback = std::function<bool()>;

  // Fails when the loop cannot watch a listener, or when there is no descriptor for the reserve.
  static base::Result<std::unique_ptr<Acceptor>> create(
      base::Loop& loop, std::vector<ListeningSocket> sockets, Refusals& refusals,
      std::chrono::seconds keepalive_idle, AcceptedCallback on_accepted, RoomCallback has_room);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor();

  // Of connections that come from now on: when their silence is looked into
  // (base/tcp_options.h).
  void set_keepalive_idle(std::chrono::seconds idle);

  void start();
  // There is room again. Cheap when accepting has not paused.
  void resume();

  // Nobody is accepted until release(), whatever else happens.
  void hold();
  void release();

  // The sockets that `after` wants and that are not there, opened but not watched. Ends by apply()
  // or give_up().
  class Change {
   public:
    ~Change();

   private:
    friend class Acceptor;
    size_t listeners_before_ = 0;
    std::vector<conf::Listener> listeners_;
    std::vector<std::optional<uint32_t>> kept_;   // for each door there is
    std::vector<std::optional<uint32_t>> heirs_;  // likewise: which new listener takes its port
    std::vector<std::unique_ptr<Door>> added_;
  };
  // All or nothing, and nothing of what there is changes. Errors are those of plan_listeners and
  // open_listener. `before` is what the sockets that there are serve.
  base::Result<std::unique_ptr<Change>> prepare(const std::vector<conf::Listener>& before,
                                                const std::vector<conf::Listener>& after);
  // From now on connections are those of the new configuration. Sockets that no listener has any
  // more are closed. Who waits in their backlogs is accepted, if another listener has their port
  // now (say, on all addresses rather than on one), or else told why. Returns, for each old
  // listener, the new one that has its socket or port.
  std::vector<std::optional<uint32_t>> apply(std::unique_ptr<Change> change);

  // All is as it was before prepare(). Who has connected by a new socket that shared an old one's
  // port comes by that one.
  void give_up(std::unique_ptr<Change> change);

  // What is listened on, for passing it on across an exec. The descriptors stay ours.
  struct Listening {
    const ListeningSocket* socket;  // without its descriptor
    int fd;
  };
  [[nodiscard]] std::vector<Listening> listening() const;

  // Accepts what is in the backlogs, as far as there is room and at most kMaxAtClose per listener,
  // and closes the listeners: who had connected can be told of a shutdown rather than be reset.
  void close();

 private:
  Acceptor(base::Loop& loop, Refusals& refusals, std::chrono::seconds keepalive_idle,
           AcceptedCallback on_accepted, RoomCallback has_room);
  base::Result<std::unique_ptr<Door>> make_door(ListeningSocket socket);
  void adapt(Door& door, uint32_t index, const conf::Listener& listener);
  base::Result<void> add_door(Change& change, uint32_t index);
  void take_backlog(Door& door);
  void turn_away_backlog(Door& door);
  void accept_some(Door& door, int most);
  bool accept_one(Door& door);
  bool on_accept_error(Door& door, int error_number);
  bool refuse_with_reserve(Door& door);
  bool refill_reserve();
  void on_due();
  void watch();

  base::Loop& loop_;
  Refusals& refusals_;
  std::chrono::seconds keepalive_idle_;
  AcceptedCallback on_accepted_;
  RoomCallback has_room_;
  std::vector<std::unique_ptr<Door>> doors_;
  base::UniqueFd reserve_;
  base::Timer retry_;
  bool started_ = false;
  bool held_ = false;
  bool no_room_ = false;
  bool no_descriptors_ = false;  // accepting has paused for it
  bool scarce_ = false;          // and has not gone on in peace since: an episode is logged once
};

}  // namespace banterd::master
