#include "ipc/channel.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/uv/timer.h"

using namespace banterd;
using base::UniqueFd;
using ipc::Channel;
using ipc::SharedFd;

namespace {

// One end of a channel, that keeps what it gets.
struct End {
  struct Got {
    std::string payload;
    size_t descriptors = 0;
    bool lost = false;
    ino_t first_inode = 0;
  };
  std::vector<Got> frames;
  size_t bytes = 0;
  std::optional<base::Error> ended;
  int times_ended = 0;
  std::function<void(const Channel::Frame&)> on_frame;
  std::function<void()> on_end;
  std::unique_ptr<Channel> channel;

  void open(base::Loop& loop, UniqueFd socket) {
    auto created = Channel::create(
        loop, std::move(socket), [this](Channel::Frame frame) { take(std::move(frame)); },
        [this](const base::Error& why) {
          ended = why;
          ++times_ended;
          if (on_end) on_end();
        });
    REQUIRE(created.has_value());
    channel = *std::move(created);
  }
  void take(Channel::Frame frame) {
    bytes += frame.payload.size();
    Got got{std::string(frame.payload.substr(0, 100)), frame.descriptors.size(),
            frame.descriptors_lost, 0};
    struct stat status;
    if (!frame.descriptors.empty() && ::fstat(frame.descriptors[0].get(), &status) == 0) {
      got.first_inode = status.st_ino;
      CHECK((::fcntl(frame.descriptors[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
    }
    frames.push_back(std::move(got));
    if (on_frame) on_frame(frame);
  }
};

struct Fixture {
  base::Loop loop;
  UniqueFd left_socket, right_socket;
  End left, right;

  Fixture() {
    auto pair = ipc::make_channel_pair();
    REQUIRE(pair.has_value());
    left_socket = std::move(pair->first);
    right_socket = std::move(pair->second);
  }
  void open_both() {
    left.open(loop, std::move(left_socket));
    right.open(loop, std::move(right_socket));
  }
  // Turns the loop until `done`; fails the test rather than waiting for ever. What a timer did is
  // seen only when the loop has waited for something else (uv_run(3), UV_RUN_ONCE), hence a clock
  // that ticks.
  template <class Done>
  void run_until(Done done) {
    int ticks = 0;
    base::Timer clock(loop, [&] { ++ticks; });
    clock.start(std::chrono::milliseconds(5), std::chrono::milliseconds(5));
    while (!done() && ticks < 4000) uv_run(loop.get(), UV_RUN_ONCE);
    REQUIRE(done());
  }
};

SharedFd temporary_file(ino_t& inode) {
  char name[] = "/tmp/channel_test_XXXXXX";
  auto fd = std::make_shared<UniqueFd>(::mkstemp(name));
  REQUIRE(fd->valid());
  ::unlink(name);
  struct stat status;
  REQUIRE(::fstat(fd->get(), &status) == 0);
  inode = status.st_ino;
  return fd;
}

std::string frame(std::string_view payload, size_t descriptors = 0) {
  std::string out;
  ipc::append_frame(out, payload, descriptors);
  return out;
}

// The largest descriptor number open now.
int highest_descriptor() {
  int highest = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) highest = fd;
  }
  return highest;
}

// Leaves this process room for so many more descriptors, by filling the holes and lowering the
// limit.
class FewDescriptors {
 public:
  explicit FewDescriptors(int room) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int highest = highest_descriptor();
    for (;;) {
      UniqueFd filler(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      REQUIRE(filler.valid());
      if (filler.get() > highest) break;
      fillers_.push_back(std::move(filler));
    }
    rlimit lowered = before_;
    lowered.rlim_cur = static_cast<rlim_t>(highest + 1 + room);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<UniqueFd> fillers_;
};

// 0, or which step went wrong. `flush_only`: as bus pipes are when clients are kept.
int send_more_than_may_be_in_flight(bool flush_only) {
  constexpr size_t kFrames = 200;
  Fixture pair;
  ino_t inode;
  const SharedFd file = temporary_file(inode);
  const rlimit few{40, 40};
  if (::setrlimit(RLIMIT_NOFILE, &few) < 0) return 1;
  if (::geteuid() == 0 && ::setuid(65534) < 0) return 2;
  pair.left.open(pair.loop, std::move(pair.left_socket));
  if (flush_only) pair.left.channel->leave_in_flush_only();
  for (size_t i = 0; i < kFrames; ++i) pair.left.channel->send("frame", {file});
  pair.left.channel->flush();
  if (pair.left.channel->queued_bytes() == 0) return 3;  // the limit was not met
  pair.right.open(pair.loop, std::move(pair.right_socket));
  if (flush_only) {
    // Much longer than until the kernel is asked again.
    int ticks = 0;
    base::Timer clock(pair.loop, [&] { ++ticks; });
    clock.start(std::chrono::milliseconds(10), std::chrono::milliseconds(10));
    const size_t queued = pair.left.channel->queued_bytes();
    pair.run_until([&] { return ticks >= 10; });
    if (pair.left.channel->queued_bytes() != queued) return 6;
  }
  pair.run_until([&] {
    if (flush_only) pair.left.channel->flush();
    return pair.right.frames.size() == kFrames;
  });
  for (const End::Got& got : pair.right.frames) {
    if (got.first_inode != inode || got.lost) return 4;
  }
  return pair.left.ended || pair.right.ended ? 5 : 0;
}

}  // namespace

TEST_SUITE("ipc/channel") {
  TEST_CASE_FIXTURE(Fixture, "frames go both ways in the order they were sent") {
    open_both();
    for (int i = 0; i < 1000; ++i) {
      left.channel->send("left " + std::to_string(i));
      right.channel->send_frames(frame("right " + std::to_string(i)));
    }
    CHECK(left.channel->queued_bytes() > 0);
    left.channel->flush();
    right.channel->flush();
    CHECK(left.channel->queued_bytes() == 0);
    run_until([&] { return left.frames.size() == 1000 && right.frames.size() == 1000; });
    for (size_t i = 0; i < 1000; ++i) {
      REQUIRE(left.frames[i].payload == "right " + std::to_string(i));
      REQUIRE(right.frames[i].payload == "left " + std::to_string(i));
    }
    CHECK_FALSE(left.ended.has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "at a boundary nothing is queued, and nothing half read") {
    const int right_end = right_socket.get();
    left.open(loop, std::move(left_socket));
    CHECK(left.channel->at_boundary());
    left.channel->send("queued");
    CHECK_FALSE(left.channel->at_boundary());
    left.channel->flush();
    CHECK(left.channel->at_boundary());

    std::string frame;
    ipc::append_frame(frame, "half");
    REQUIRE(::write(right_end, frame.data(), 3) == 3);
    run_until([&] { return !left.channel->at_boundary(); });
    REQUIRE(::write(right_end, frame.data() + 3, frame.size() - 3) > 0);
    run_until([&] { return left.frames.size() == 1; });
    CHECK(left.channel->at_boundary());
    right_socket.reset();
    run_until([&] { return left.ended.has_value(); });
    CHECK_FALSE(left.channel->at_boundary());
  }

  TEST_CASE_FIXTURE(Fixture, "what a channel leaves in its socket is read by the next one on it") {
    right.open(loop, std::move(right_socket));
    left.open(loop, std::move(left_socket));
    left.channel->send("first");
    left.channel->flush();
    run_until([&] { return right.frames.size() == 1; });
    left.channel->send("second");
    left.channel->flush();
    REQUIRE(right.channel->at_boundary());
    UniqueFd kept(::fcntl(right.channel->descriptor(), F_DUPFD_CLOEXEC, 0));
    right.channel.reset();
    right.open(loop, std::move(kept));
    run_until([&] { return right.frames.size() == 2; });
    CHECK(right.frames[1].payload == "second");
  }

  TEST_CASE_FIXTURE(Fixture, "descriptors arrive with the very frame that carried them") {
    open_both();
    ino_t inodes[3];
    const SharedFd files[3] = {temporary_file(inodes[0]), temporary_file(inodes[1]),
                               temporary_file(inodes[2])};
    // The pattern that coalesces (A B C(h) D E(h)), and neighbours that both carry some.
    left.channel->send("A");
    left.channel->send("B");
    left.channel->send("C", {files[0]});
    left.channel->send("D");
    left.channel->send("E", {files[1], files[0], files[0]});
    left.channel->send("F", {files[2]});
    left.channel->send("G");
    left.channel->flush();
    run_until([&] { return right.frames.size() == 7; });
    const std::vector<size_t> counts = {0, 0, 1, 0, 3, 1, 0};
    const std::vector<ino_t> expected = {0, 0, inodes[0], 0, inodes[1], inodes[2], 0};
    for (size_t i = 0; i < 7; ++i) {
      CHECK(right.frames[i].payload == std::string(1, static_cast<char>('A' + i)));
      CHECK(right.frames[i].descriptors == counts[i]);
      CHECK(right.frames[i].first_inode == expected[i]);
      CHECK_FALSE(right.frames[i].lost);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "as many descriptors as a frame may carry arrive") {
    open_both();
    ino_t inode;
    const SharedFd file = temporary_file(inode);
    left.channel->send("many", std::vector<SharedFd>(ipc::kMaxFrameDescriptors, file));
    left.channel->flush();
    run_until([&] { return !right.frames.empty(); });
    CHECK(right.frames[0].descriptors == ipc::kMaxFrameDescriptors);
    CHECK_FALSE(right.frames[0].lost);
  }

  TEST_CASE_FIXTURE(Fixture, "a large frame with descriptors that needs many writes keeps them") {
    open_both();
    ino_t inode;
    const SharedFd file = temporary_file(inode);
    for (int i = 0; i < 8; ++i) {
      left.channel->send(std::string(ipc::kMaxFrameBytes, 'x'), {file});
      left.channel->send("between");
    }
    left.channel->flush();
    CHECK(left.channel->queued_bytes() > 0);  // more than the socket takes at once
    run_until([&] { return right.frames.size() == 16; });
    for (size_t i = 0; i < 16; ++i) {
      CHECK(right.frames[i].descriptors == (i % 2 == 0 ? 1 : 0));
      CHECK(right.frames[i].first_inode == (i % 2 == 0 ? inode : 0));
    }
    CHECK(left.channel->queued_bytes() == 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "descriptors that the kernel dropped are told, and later frames still match") {
    open_both();
    ino_t inodes[2];
    const SharedFd first = temporary_file(inodes[0]);
    const SharedFd second = temporary_file(inodes[1]);
    left.channel->send("before");
    left.channel->send("all lost", {first, first});
    left.channel->send("plain");
    left.channel->send("lost too", {first});
    left.channel->flush();
    {
      const FewDescriptors few(0);
      run_until([&] { return right.frames.size() == 4; });
    }
    {
      const FewDescriptors few(2);
      left.channel->send("some lost", {first, first, first});
      left.channel->flush();
      run_until([&] { return right.frames.size() == 5; });
    }
    left.channel->send("sound", {second});
    left.channel->flush();
    run_until([&] { return right.frames.size() == 6; });
    const std::vector<bool> lost = {false, true, false, true, true, false};
    for (size_t i = 0; i < 6; ++i) CHECK(right.frames[i].lost == lost[i]);
    for (size_t i = 0; i < 5; ++i) CHECK(right.frames[i].descriptors == 0);
    CHECK(right.frames[5].first_inode == inodes[1]);
    CHECK_FALSE(right.ended.has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "descriptors that lost frames brought are closed") {
    open_both();
    ino_t inode;
    const SharedFd file = temporary_file(inode);
    const int before = highest_descriptor();
    {
      const FewDescriptors few(2);
      for (int i = 0; i < 20; ++i) left.channel->send("lost", {file, file, file});
      left.channel->flush();
      run_until([&] { return right.frames.size() == 20; });
    }
    CHECK(highest_descriptor() == before);
  }

  // The kernel lets a user have about RLIMIT_NOFILE descriptors in flight and then says
  // ETOOMANYREFS, though the socket is writable (unix(7)). It shows only without privileges, hence
  // in a process of its own.
  TEST_CASE("descriptors beyond what may be in flight leave when the peer has taken some") {
    bool flush_only = false;
    SUBCASE("by themselves") {}
    SUBCASE("when they are flushed again, not before") { flush_only = true; }
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      int code = 9;  // a failed requirement: it must not go on to the other tests here
      try {
        code = send_more_than_may_be_in_flight(flush_only);
      } catch (...) {
      }
      ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "large queues in both directions at once do not wait for each other") {
    open_both();
    const std::string payload(100000, 'x');
    for (int i = 0; i < 500; ++i) {
      left.channel->send(payload);
      right.channel->send(payload);
    }
    left.channel->flush();
    right.channel->flush();
    CHECK(left.channel->queued_bytes() > 0);
    CHECK(right.channel->queued_bytes() > 0);
    run_until([&] { return left.frames.size() == 500 && right.frames.size() == 500; });
    CHECK(left.bytes == 500 * payload.size());
    CHECK(right.bytes == 500 * payload.size());
  }

  TEST_CASE_FIXTURE(Fixture, "a busy channel leaves the loop its turns") {
    open_both();
    for (int i = 0; i < 100; ++i) left.channel->send(std::string(100000, 'x'));
    left.channel->flush();
    size_t largest_turn = 0;
    while (right.frames.size() < 100) {
      const size_t before = right.bytes;
      uv_run(loop.get(), UV_RUN_ONCE);
      largest_turn = std::max(largest_turn, right.bytes - before);
    }
    CHECK(largest_turn <= 400000);
  }

  TEST_CASE_FIXTURE(Fixture, "a frame that comes byte by byte arrives once, with its descriptors") {
    right.open(loop, std::move(right_socket));
    ino_t inode;
    const SharedFd file = temporary_file(inode);
    const std::string bytes = frame("slow", 1) + frame("next");
    for (size_t i = 0; i < bytes.size(); ++i) {
      char byte = bytes[i];
      iovec part{&byte, 1};
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      if (i == 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        *header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        const int number = file->get();
        std::copy_n(reinterpret_cast<const unsigned char*>(&number), sizeof number,
                    CMSG_DATA(header));
      }
      REQUIRE(::sendmsg(left_socket.get(), &message, 0) == 1);
      uv_run(loop.get(), UV_RUN_NOWAIT);
    }
    run_until([&] { return right.frames.size() == 2; });
    CHECK(right.frames[0].first_inode == inode);
    CHECK(right.frames[1].descriptors == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "all that was sent before the end comes before the end, told once") {
    open_both();
    for (int i = 0; i < 200; ++i) left.channel->send(std::string(5000, 'x'));
    left.channel->flush();
    run_until([&] { return left.channel->queued_bytes() == 0; });
    left.channel.reset();
    bool after_end = false;
    right.on_frame = [&](const Channel::Frame&) { after_end = after_end || right.ended; };
    run_until([&] { return right.ended.has_value(); });
    CHECK(right.frames.size() == 200);
    CHECK_FALSE(after_end);
    CHECK(right.ended->code == base::Errc::closed);
    CHECK(right.channel->ended());
    for (int i = 0; i < 3; ++i) uv_run(loop.get(), UV_RUN_NOWAIT);
    CHECK(right.times_ended == 1);
    right.channel->send("into the void");
    right.channel->flush();
    CHECK(right.channel->queued_bytes() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "a peer that died with our bytes unread is still read to its end") {
    // The kernel reports this as a reset, and libuv stops watching the descriptor then.
    right.open(loop, std::move(right_socket));
    const std::string bytes = frame(std::string(5000, 'x'));
    size_t sent = 0;
    while (::send(left_socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) ==
           static_cast<ssize_t>(bytes.size())) {
      ++sent;
    }
    REQUIRE(sent > 10);  // several turns of reading where large socket buffers are allowed
    right.channel->send("never read");
    right.channel->flush();
    left_socket.reset();
    right.channel->send("refused by the kernel");
    right.channel->flush();
    CHECK_FALSE(right.ended.has_value());
    run_until([&] { return right.ended.has_value(); });
    CHECK(right.frames.size() >= sent);
    CHECK(right.ended->code == base::Errc::closed);
    CHECK(right.times_ended == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "an end within a frame is an end") {
    right.open(loop, std::move(right_socket));
    const std::string bytes = frame("whole") + frame("cut short").substr(0, 10);
    REQUIRE(::send(left_socket.get(), bytes.data(), bytes.size(), 0) > 0);
    left_socket.reset();
    run_until([&] { return right.ended.has_value(); });
    CHECK(right.frames.size() == 1);
    CHECK(right.ended->code == base::Errc::closed);
  }

  TEST_CASE_FIXTURE(Fixture, "a peer that sends rubbish is ended after its last good frame") {
    right.open(loop, std::move(right_socket));
    const std::string bytes = frame("good") + std::string(50, '\xff');
    REQUIRE(::send(left_socket.get(), bytes.data(), bytes.size(), 0) > 0);
    run_until([&] { return right.ended.has_value(); });
    CHECK(right.frames.size() == 1);
    CHECK(right.ended->code == base::Errc::frame_too_large);
  }

  TEST_CASE_FIXTURE(Fixture, "a frame callback may destroy its channel") {
    open_both();
    for (int i = 0; i < 10; ++i) left.channel->send("frame");
    left.channel->flush();
    right.on_frame = [&](const Channel::Frame&) {
      if (right.frames.size() == 3) right.channel.reset();
    };
    run_until([&] { return left.ended.has_value(); });
    CHECK(right.frames.size() == 3);
    CHECK(right.times_ended == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "an end callback may destroy its channel") {
    open_both();
    right.on_end = [&] { right.channel.reset(); };
    left.channel.reset();
    run_until([&] { return right.ended.has_value(); });
    CHECK(right.times_ended == 1);
    CHECK_FALSE(right.channel);
  }

  TEST_CASE_FIXTURE(Fixture, "a channel whose peer never reads ends at its bound, from the loop") {
    left.open(loop, std::move(left_socket));
    const std::string megabyte = frame(std::string(ipc::kMaxFrameBytes, 'x'));
    for (size_t queued = 0; queued <= ipc::kMaxChannelQueueBytes; queued += megabyte.size()) {
      left.channel->send_frames(megabyte);
    }
    CHECK(left.channel->ended());
    CHECK(left.channel->queued_bytes() == 0);
    CHECK(left.times_ended == 0);  // never from within send()
    run_until([&] { return left.ended.has_value(); });
    CHECK(left.ended->code == base::Errc::limit);
    CHECK(left.times_ended == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "frames that are sent one by one are bounded, too") {
    left.open(loop, std::move(left_socket));
    const std::string megabyte(ipc::kMaxFrameBytes, 'x');
    for (size_t queued = 0; queued <= ipc::kMaxChannelQueueBytes; queued += megabyte.size())
      left.channel->send(megabyte);
    CHECK(left.channel->ended());
  }

  TEST_CASE_FIXTURE(Fixture, "a channel that has nothing to do, or has ended, wakes nobody") {
    open_both();
    left.channel->send("hello");
    left.channel->flush();
    run_until([&] { return right.frames.size() == 1; });
    const auto is_quiet = [&](End& end) {
      end.channel->flush();
      for (int i = 0; i < 3; ++i) uv_run(loop.get(), UV_RUN_NOWAIT);
      pollfd loop_itself{uv_backend_fd(loop.get()), POLLIN, 0};
      return ::poll(&loop_itself, 1, 0) == 0;
    };
    CHECK(is_quiet(left));
    right.channel.reset();
    run_until([&] { return left.ended.has_value(); });
    CHECK(is_quiet(left));
  }

  TEST_CASE_FIXTURE(Fixture, "a channel that is destroyed before its bound is told tells nobody") {
    left.open(loop, std::move(left_socket));
    const std::string megabyte = frame(std::string(ipc::kMaxFrameBytes, 'x'));
    while (!left.channel->ended()) left.channel->send_frames(megabyte);
    left.channel.reset();
    for (int i = 0; i < 3; ++i) uv_run(loop.get(), UV_RUN_NOWAIT);
    CHECK(left.times_ended == 0);
  }
}
