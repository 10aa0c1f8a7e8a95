#include "tests/chaos/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "tests/chaos/report.h"
#include "tests/chaos/room_names.h"

namespace banterd::chaos {

namespace {

constexpr std::chrono::seconds kLimit{60};  // of each wait without progress
constexpr std::chrono::seconds kProgressEvery{5};
constexpr std::chrono::seconds kLookEvery{5};
constexpr std::chrono::milliseconds kTryEvery{500};
// After a reload the old workers leave, and histories fill up.
constexpr std::chrono::milliseconds kQuietAfterReload{300};
constexpr std::chrono::seconds kAfterTheLast{1};  // disturbance, under load
constexpr std::chrono::seconds kWarmUp{20};
constexpr std::chrono::seconds kMembersLimit{10};

Truth truth_of(const Options& options) {
  Truth truth;
  // One more than asked for: the filler's.
  truth.room_names = room_names(options.rooms + 1, options.workers);
  truth.orders.resize(truth.room_names.size());
  return truth;
}

// Ctrl-C ends the load early, and all is checked; the second one ends the program.
volatile std::sig_atomic_t interrupted = 0;
void on_interrupt(int) { interrupted = 1; }
bool was_interrupted() { return interrupted != 0; }

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

}  // namespace

Run::Run(const Options& options)
    : options_(options),
      truth_(truth_of(options)),
      world_{
          .truth = truth_, .poller = poller_, .line_bytes = options.bytes, .keeps = options.keep},
      server_(poller_, options.binary, options.log),
      crowd_(options, world_),
      speakers_(options, crowd_),
      reloads_(options, server_, crowd_, truth_.tally),
      kills_(options, server_, crowd_) {}

base::Result<bool> Run::run() {
  using Part = base::Result<void> (Run::*)();
  for (const Part part :
       {&Run::start_server, &Run::let_all_in, &Run::fill_queues, &Run::load, &Run::quieten,
        &Run::check_members, &Run::check_footprint, &Run::stop_server}) {
    if (auto done = (this->*part)(); !done) {
      // What was found so far may say why.
      truth_.tally.fault(truth_.tally.other, done.error().context);
      break;
    }
  }
  fmt::print("{}", table({truth_, crowd_, reloads_, kills_, normal_, growth_}));
  return truth_.tally.faults() == 0;
}

// ---- the story ----

base::Result<void> Run::start_server() {
  if (auto started = server_.start(config_text(options_, reloads_.workers())); !started)
    return started;
  if (auto ready = until("the server gets ready", [this] { return server_.ready(); }); !ready)
    return ready;
  world_.port = server_.port();
  return {};
}

base::Result<void> Run::let_all_in() {
  auto in = until("all clients are in", [this] { return crowd_.all_present(); });
  if (in) {
    fmt::print("{} clients are in, after {:.1f} s\n", crowd_.size(),
               std::chrono::duration<double>(Clock::now() - begun_).count());
  }
  return in;
}

base::Result<void> Run::fill_queues() {
  if (options_.full_queues == 0) return {};
  speakers_.fill();
  for (Client* filler : crowd_.of(Role::filler)) filler->ask_fence();
  return until("the queues are full", [this] { return crowd_.fences_answered(); });
}

base::Result<void> Run::load() {
  loading_ = true;
  watch_interrupts();
  load_begun_ = Clock::now();
  next_progress_ = load_begun_ + kProgressEvery;
  world_.normal = &normal_;
  speakers_.start(now_us());
  reloads_.start(load_begun_);
  kills_.start(load_begun_);
  while (!load_is_over()) {
    if (auto went = round(); !went) return went;
    if (server_.ended()) return base::Error{base::Errc::closed, "the master has ended"};
    if (disturbed()) world_.normal = nullptr;
  }
  return {};
}

bool Run::load_is_over() const {
  if (was_interrupted()) return true;
  if (!options_.lasts_until_done()) return since_load().count() >= options_.seconds;
  return reloads_.all_over() && kills_.all_over() &&
         Clock::now() - std::max(reloads_.last_over(), kills_.last()) > kAfterTheLast;
}

// No more is said or done; all who were thrown out are back; all that was said is read.
base::Result<void> Run::quieten() {
  kills_.stop();
  reloads_.stop();
  if (auto over = until("the last reload is over", [this] { return !reloads_.pending(); }); !over)
    return over;
  reloads_.finish();
  loading_ = false;
  world_.normal = nullptr;
  if (auto in = all_back(); !in) return in;
  speakers_.stop();
  for (const Role role : {Role::speaker, Role::half_liner, Role::filler}) {
    for (Client* client : crowd_.of(role)) client->ask_fence();
  }
  if (auto said = until("all is said", [this] { return crowd_.fences_answered(); }); !said)
    return said;
  for (Client* client : crowd_.of(Role::full)) client->read_on();
  crowd_.ask_fences();
  auto read = until("all is read", [this] { return crowd_.fences_answered(); });
  crowd_.check_end();
  return read;
}

// Those whose worker was killed may not know it yet: they get no answer, but their end.
base::Result<void> Run::all_back() {
  if (auto noticed = until("the dead are noticed", [this] { return kills_.noticed(); }); !noticed)
    return noticed;
  crowd_.ask_fences();
  return until("all clients are back",
               [this] { return crowd_.all_present() && crowd_.fences_answered(); });
}

// Everybody is in the rooms in which he should be, and nobody else: soon, since those who died are
// taken out by each room's owner in its own time.
base::Result<void> Run::check_members() {
  for (RoomIndex room = 0; room < options_.rooms; ++room) {
    Client* const witness = reader_in(room);
    if (witness == nullptr) continue;
    const size_t expected = members_of(room);
    const auto limit = Clock::now() + kMembersLimit;
    do {
      witness->ask_members(room);
      auto told = until("members are told", [&] { return witness->members_told() > 0; });
      if (!told) return told;
    } while (witness->members_told() != expected && Clock::now() < limit);
    if (witness->members_told() == expected) continue;
    truth_.tally.fault(truth_.tally.other,
                       fmt::format("room {} has {} members instead of {}", truth_.room_names[room],
                                   witness->members_told(), expected));
  }
  return {};
}

Client* Run::reader_in(RoomIndex room) const {
  for (const auto& client : crowd_.clients()) {
    if (client->role() == Role::reader && std::ranges::count(client->receiver().rooms(), room) > 0)
      return client.get();
  }
  return nullptr;
}

size_t Run::members_of(RoomIndex room) const {
  return static_cast<size_t>(std::ranges::count_if(crowd_.clients(), [room](const auto& client) {
    return std::ranges::count(client->receiver().rooms(), room) > 0;
  }));
}

base::Result<void> Run::check_footprint() {
  return until(fmt::format("the server has {} workers and nothing else", reloads_.workers()),
               [this] { return growth_.look(server_.master(), reloads_.workers(), since_load()); });
}

base::Result<void> Run::stop_server() {
  stopping_ = true;
  crowd_.expect_end();
  server_.signal(SIGTERM);
  if (auto gone = until("the server ends", [this] { return server_.gone(); }); !gone) return gone;
  if (server_.how_ended() != "exit status 0")
    truth_.tally.fault(truth_.tally.other, "the master ended with " + server_.how_ended());
  return {};
}

// ---- what happens all the time ----

// Changes while a wait may still end well: what is read counts as long as no sender makes more.
uint64_t Run::progress() const {
  return crowd_.present() + (speakers_.speaking() ? 0 : world_.read_bytes);
}

base::Result<void> Run::until(std::string_view what, const std::function<bool()>& done) {
  auto limit = Clock::now() + kLimit;
  for (uint64_t before = progress(); !done();) {
    if (const uint64_t now = progress(); std::exchange(before, now) != now)
      limit = Clock::now() + kLimit;
    if (Clock::now() > limit)
      return base::Error{base::Errc::limit, fmt::format("not in time: {}; waited for: {}", what,
                                                        crowd_.who_is_waited_for())};
    if (server_.ended() && !stopping_)
      return base::Error{base::Errc::closed, fmt::format("the master has ended ({}) before {}",
                                                         server_.how_ended(), what)};
    if (auto went = round(); !went) return went;
  }
  return {};
}

base::Result<void> Run::round() {
  poller_.run_round(speakers_.milliseconds_until_due(now_us()));
  if (world_.port != 0) {
    if (auto in = crowd_.let_in(); !in) return in;
  }
  speakers_.tick(now_us(), reloads_.over());
  if (!loading_) return {};
  if (auto went = reloads_.tick(Clock::now()); !went) return went;
  kills_.tick(Clock::now());
  tick_progress();
  return {};
}

void Run::tick_progress() {
  const auto now = Clock::now();
  if (now >= next_progress_) {
    next_progress_ += kProgressEvery;
    fmt::print("{}\n", progress_line(since_load(), truth_, crowd_, reloads_, kills_));
    std::fflush(stdout);
  }
  look_at_footprint(now);
}

// Rarely, since it takes milliseconds, but at each new number of workers.
void Run::look_at_footprint(Clock::time_point now) {
  const std::chrono::duration<double> warm_up =
      std::min(std::chrono::duration<double>(kWarmUp), options_.planned() / 4);
  const bool is_new = !growth_.by_workers().contains(reloads_.workers());
  if (since_load() < warm_up || now < (is_new ? next_try_ : next_look_) || reloads_.pending() ||
      now - reloads_.last_over() < kQuietAfterReload || !crowd_.all_present())
    return;
  next_try_ = now + kTryEvery;
  if (growth_.look(server_.master(), reloads_.workers(), since_load()))
    next_look_ = now + kLookEvery;
}

std::chrono::duration<double> Run::since_load() const { return Clock::now() - load_begun_; }

}  // namespace banterd::chaos
