#include "master/dispatcher.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

using namespace banterd;
using master::Dispatcher;
using master::Worker;
using master::WorkerTable;

namespace {

// What one read of a socket gives now: "" when it has said nothing, "(end)" at its end.
std::string heard(const base::UniqueFd& socket) {
  char buffer[4096];
  const ssize_t got = recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  return got == 0 ? "(end)" : std::string(buffer, got > 0 ? static_cast<size_t>(got) : 0);
}

// Workers of whom there is only the other end of the channel.
class Workers {
 public:
  Workers(base::Loop& loop, uint32_t slots) : table(slots), loop_(loop), ends_(slots) {}

  Worker& start(ipc::Slot slot) {
    auto pair = ipc::make_channel_pair();
    REQUIRE(pair);
    const auto on_end = [](const base::Error&) {};
    Worker& worker = table.at(slot);
    worker.channel = ipc::Channel::create(
                         loop_, std::move(pair->first), [](auto) {}, on_end)
                         .value();
    worker.state = master::WorkerState::ready;
    End& end = ends_[slot];
    end.channel =
        ipc::Channel::create(
            loop_, std::move(pair->second),
            [&end](const ipc::Channel::Frame& frame) {
              const auto message = ipc::decode_to_worker(frame.payload);
              if (const auto* kept = std::get_if<ipc::Kept>(&*message)) {
                CHECK(frame.descriptors.size() == kept->connections.size());
                end.kept.insert(end.kept.end(), kept->connections.begin(), kept->connections.end());
                return;
              }
              end.offers.push_back(std::get<ipc::Connection>(message.value()));
            },
            on_end)
            .value();
    return worker;
  }
  // What a worker has been offered since the last call.
  std::vector<ipc::Connection> offers(ipc::Slot slot) {
    table.flush();
    for (int i = 0; i < 5; ++i) loop_.poll();
    return std::exchange(ends_[slot].offers, {});
  }
  std::vector<uint64_t> offered_ids(ipc::Slot slot) {
    std::vector<uint64_t> ids;
    for (const ipc::Connection& one : offers(slot)) ids.push_back(one.id);
    return ids;
  }

  // What its predecessor served, of which it has been told so far.
  [[nodiscard]] const std::vector<ipc::Kept::One>& kept(ipc::Slot slot) const {
    return ends_[slot].kept;
  }

  WorkerTable table;

 private:
  struct End {
    std::unique_ptr<ipc::Channel> channel;
    std::vector<ipc::Connection> offers;
    std::vector<ipc::Kept::One> kept;
  };
  base::Loop& loop_;
  std::vector<End> ends_;
};

struct Fixture {
  base::Loop loop;
  master::Admission admission{1'000, 1'000};
  master::Refusals refusals{loop, 16};
  Dispatcher dispatcher{loop, admission, refusals};
  Workers workers{loop, 2};

  Fixture() { dispatcher.use(workers.table); }

  // The client's end.
  base::UniqueFd come(uint32_t listener = 0) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    dispatcher.take_in(
        {base::UniqueFd(ends[0]), listener, conf::ProtocolName::line, {"192.0.2.1", 1}});
    return base::UniqueFd(ends[1]);
  }
};

conf::Listener speaking(conf::ProtocolName protocol) {
  conf::Listener listener;
  listener.protocol = protocol;
  return listener;
}

using Ids = std::vector<uint64_t>;

}  // namespace

TEST_SUITE("master/dispatcher") {
  TEST_CASE_FIXTURE(
      Fixture, "what waits through a reload goes to what its listener has become, or is told") {
    Worker& old = workers.start(0);
    const base::UniqueFd moved = come(1);
    workers.offers(0);
    dispatcher.hold();
    dispatcher.on_refused(old, {1, "a test's mood"});
    CHECK(old.connections == 0);
    const base::UniqueFd closed = come(0);
    Workers next(loop, 1);
    dispatcher.move_to(next.table, {std::nullopt, 2},
                       {speaking(conf::ProtocolName::line), speaking(conf::ProtocolName::line),
                        speaking(conf::ProtocolName::irc)});
    CHECK(heard(closed) == "! this port is closed\n");
    CHECK(heard(closed) == "(end)");
    CHECK(admission.connections() == 1);

    Worker& worker = next.start(0);
    dispatcher.release();
    dispatcher.offer_waiting();
    const auto offers = next.offers(0);
    REQUIRE(offers.size() == 1);
    CHECK(offers[0].id == 1);
    CHECK(offers[0].listener == 2);
    dispatcher.on_refused(worker, {1, "a test's mood"});
    dispatcher.offer_waiting();
    CHECK(heard(moved) == "ERROR :server is full\r\n");
  }

  TEST_CASE_FIXTURE(Fixture, "who waits when the server stops is told why") {
    const base::UniqueFd client = come();
    dispatcher.offer_waiting();
    CHECK(heard(client).empty());
    dispatcher.stop("server is shutting down");
    dispatcher.offer_waiting();
    CHECK(heard(client) == "! server is shutting down\n");
    CHECK(heard(client) == "(end)");
    CHECK(dispatcher.is_idle());
    CHECK(admission.connections() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "there is no room for more than kMaxWaiting") {
    std::vector<base::UniqueFd> clients;
    while (clients.size() < Dispatcher::kMaxWaiting) {
      REQUIRE(dispatcher.has_room());
      clients.push_back(come());
    }
    CHECK_FALSE(dispatcher.has_room());
    workers.start(0);
    dispatcher.on_ready();
    dispatcher.offer_waiting();
    CHECK(dispatcher.has_room());
    CHECK(workers.table.at(0).unacknowledged == Dispatcher::kMaxUnacknowledged);
  }

  TEST_CASE_FIXTURE(Fixture, "what a worker says of a connection that it has not changes nothing") {
    Worker& one = workers.start(0);
    const base::UniqueFd client = come();
    CHECK(workers.offered_ids(0) == Ids{1});
    Worker& other = workers.start(1);
    const auto claim = [&](uint64_t id) {
      dispatcher.on_taken(other, {id});
      dispatcher.on_refused(other, {id, "a test's mood"});
      dispatcher.on_closed(other, {{id}});
    };
    claim(1);
    claim(99);
    CHECK_FALSE(dispatcher.all_answered());
    CHECK(one.unacknowledged == 1);
    dispatcher.on_taken(one, {1});
    CHECK(one.unacknowledged == 0);
    claim(1);
    CHECK(dispatcher.is_idle());
    CHECK(admission.connections() == 1);
    CHECK(one.connections == 1);
    CHECK(other.connections == 0);
    dispatcher.on_closed(one, {{1}});
    CHECK(admission.connections() == 0);
    CHECK(one.connections == 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "of a worker that is gone for now all is kept of which there is a copy") {
    Worker& worker = workers.start(0);
    const base::UniqueFd uncopied = come();
    workers.offers(0);
    dispatcher.on_taken(worker, {1});
    dispatcher.keep_sockets(true);
    const base::UniqueFd copied = come();
    workers.offers(0);
    dispatcher.on_taken(worker, {2});
    CHECK(dispatcher.lacks_copies());
    dispatcher.on_gone_for_now(worker, false);
    CHECK_FALSE(dispatcher.lacks_copies());
    CHECK(heard(uncopied) == "(end)");
    CHECK(heard(copied).empty());
    CHECK(worker.connections == 1);
    CHECK(admission.connections() == 1);
    dispatcher.on_gone(worker, false);
    CHECK(heard(copied) == "(end)");
    CHECK(worker.connections == 0);
    CHECK(admission.connections() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "the next worker is given all that was kept, however much it is") {
    dispatcher.keep_sockets(true);
    Worker& worker = workers.start(0);
    std::vector<base::UniqueFd> clients;
    for (uint64_t id = 1; id <= ipc::kMaxFrameDescriptors + 1; ++id) {
      clients.push_back(come());
      workers.offers(0);
      dispatcher.on_taken(worker, {id});
    }
    dispatcher.on_gone_for_now(worker, false);
    dispatcher.give_back(worker);
    workers.offers(0);
    CHECK(workers.kept(0).size() == clients.size());
    CHECK(heard(clients.back()).empty());
    dispatcher.keep_sockets(false);
    CHECK(heard(clients.back()) == "(end)");
  }

  // Or the worker could not make a client of him whom its predecessor has not written down yet.
  TEST_CASE_FIXTURE(Fixture, "where who is kept came in is known after an exec too") {
    dispatcher.keep_sockets(true);
    Worker& worker = workers.start(0);
    const base::UniqueFd client = come(1);
    workers.offers(0);
    dispatcher.on_taken(worker, {1});
    Dispatcher next(loop, admission, refusals);
    next.use(workers.table);
    next.keep_sockets(true);
    dispatcher.each_served(
        [&](uint64_t id, ipc::Slot slot, const std::string& host, const Dispatcher::Copy* copy) {
          REQUIRE(copy != nullptr);
          next.restore_served(id, slot, host, *copy);
        });
    next.give_back(worker);
    workers.offers(0);
    REQUIRE(workers.kept(0).size() == 1);
    CHECK(workers.kept(0)[0].id == 1);
    CHECK(workers.kept(0)[0].listener == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "who is given up begins anew with another worker, as who he is") {
    dispatcher.keep_sockets(true);
    Worker& gone = workers.start(0);
    const base::UniqueFd client = come(1);
    workers.offers(0);
    dispatcher.on_taken(gone, {1});
    const auto memory = std::make_shared<base::UniqueFd>(memfd_create("a test's", MFD_CLOEXEC));
    dispatcher.on_given_up(gone, false, memory, 1'700'000'000'000);
    CHECK(gone.connections == 0);
    Worker& other = workers.start(1);
    dispatcher.offer_waiting();
    CHECK(workers.offers(0).empty());
    const auto offers = workers.offers(1);
    REQUIRE(offers.size() == 1);
    CHECK(offers[0].peer == "192.0.2.1");
    REQUIRE(offers[0].anew);
    CHECK(offers[0].anew->was == 1);
    CHECK(offers[0].anew->served_until == 1'700'000'000'000);
    dispatcher.on_taken(other, {offers[0].id});
    CHECK(admission.connections() == 1);
    dispatcher.on_closed(other, {{offers[0].id}});
    CHECK(admission.connections() == 0);
    admission.set_limits(1'000, 1);
    const base::UniqueFd next = come();
    CHECK(heard(next).empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what a worker that is gone had not taken comes first, in its order") {
    Worker& worker = workers.start(0);
    std::vector<base::UniqueFd> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(come());
    CHECK(workers.offered_ids(0) == Ids{1, 2, 3});
    dispatcher.hold();
    clients.push_back(come());
    dispatcher.on_refused(worker, {2, "a test's mood"});
    worker.state = master::WorkerState::down;
    dispatcher.on_gone(worker, false);
    CHECK(worker.connections == 0);
    CHECK(worker.unacknowledged == 0);
    CHECK(dispatcher.all_answered());
    // Its successor may be asked what it has refused.
    worker.state = master::WorkerState::ready;
    dispatcher.release();
    dispatcher.offer_waiting();
    CHECK(workers.offered_ids(0) == Ids{1, 3, 2, 4});
  }
}
