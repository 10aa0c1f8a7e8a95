#include "base/unique_fd.h"

#include <doctest/doctest.h>
#include <fcntl.h>

using banterd::base::UniqueFd;

namespace {

int new_descriptor() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

}  // namespace

TEST_SUITE("base/unique_fd") {
  TEST_CASE("a descriptor is closed when its owner goes") {
    const int fd = new_descriptor();
    REQUIRE(fd >= 0);
    {
      const UniqueFd owner(fd);
      CHECK(owner.valid());
      CHECK(is_open(fd));
    }
    CHECK_FALSE(is_open(fd));
  }

  TEST_CASE("an owner of nothing is not valid and closes nothing") {
    UniqueFd owner;
    CHECK_FALSE(owner);
    CHECK(owner.get() == -1);
    owner.reset();
    CHECK_FALSE(owner.valid());
  }

  TEST_CASE("moving hands the descriptor over") {
    const int fd = new_descriptor();
    UniqueFd first(fd);
    UniqueFd second(std::move(first));
    CHECK(second.get() == fd);
    CHECK_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): it says so
    CHECK(is_open(fd));
  }

  TEST_CASE("what is assigned to closes what it had") {
    const int before = new_descriptor();
    const int after = new_descriptor();
    UniqueFd owner(before);
    owner = UniqueFd(after);
    CHECK_FALSE(is_open(before));
    CHECK(owner.get() == after);
    UniqueFd& same = owner;
    owner = std::move(same);
    CHECK(is_open(after));
    CHECK(owner.get() == after);
  }

  TEST_CASE("what is released is the caller's") {
    UniqueFd owner(new_descriptor());
    const int fd = owner.release();
    CHECK_FALSE(owner.valid());
    owner.reset();
    REQUIRE(is_open(fd));
    ::close(fd);
  }

  TEST_CASE("reset closes and takes another") {
    const int before = new_descriptor();
    UniqueFd owner(before);
    owner.reset(new_descriptor());
    CHECK(owner.valid());
    const int second = owner.get();
    owner.reset();
    CHECK_FALSE(owner.valid());
    CHECK_FALSE(is_open(second));
  }
}
