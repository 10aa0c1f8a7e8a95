#include "base/file.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

using namespace banterd::base;
namespace fs = std::filesystem;

namespace {

struct Folder : banterd::tests::TemporaryFolder {
  long files() const { return std::distance(fs::directory_iterator(path()), {}); }
};

// Files of this process may have no more bytes, as if the disk were full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, SIG_DFL);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

std::string content(const std::string& path) { return read_file(path, 1'000'000).value(); }

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_SUITE("base/file") {
  TEST_CASE("what is written is what is read, with the mode asked for, and no other file is left") {
    const Folder folder;
    const std::string path = folder.file("a");
    const mode_t before = umask(0077);
    for (const std::string& text :
         {std::string("first"), std::string(), std::string(300'000, '\0'), std::string("\xFF")}) {
      REQUIRE(atomic_write(path, text, 0644));
      CHECK(content(path) == text);
    }
    umask(before);
    CHECK(mode_of(path) == 0644);
    REQUIRE(atomic_write(path, "secret", 0600));
    CHECK(mode_of(path) == 0600);
    CHECK(folder.files() == 1);
  }

  TEST_CASE("whoever has the old file open reads the old content to its end") {
    const Folder folder;
    const std::string path = folder.file("a");
    REQUIRE(atomic_write(path, "old", 0600));
    std::ifstream reader(path);
    REQUIRE(atomic_write(path, "new and longer", 0600));
    std::string text;
    std::getline(reader, text);
    CHECK(text == "old");
  }

  TEST_CASE("a full disk is an error that names the file, which stays as it was") {
    const Folder folder;
    const std::string path = folder.file("a");
    REQUIRE(atomic_write(path, "old", 0600));
    const auto written = [&] {
      const FullDisk full(1000);
      return atomic_write(path, std::string(1001, 'x'), 0600);
    }();
    REQUIRE_FALSE(written);
    CHECK(written.error().context == "write " + path + ": File too large");
    CHECK(content(path) == "old");
    CHECK(folder.files() == 1);
  }

  TEST_CASE("a folder that is not there, and a folder in the file's place, are errors") {
    const Folder folder;
    const auto missing = atomic_write(folder.file("no/a"), "x", 0600);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    fs::create_directory(folder.file("b"));
    const auto taken = atomic_write(folder.file("b"), "x", 0600);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().context == "write " + folder.file("b") + ": Is a directory");
    CHECK(folder.files() == 1);
  }

  TEST_CASE("a file is read up to the bytes that it may have, and no further") {
    const Folder folder;
    const std::string path = folder.file("a");
    REQUIRE(atomic_write(path, std::string(50'000, 'x'), 0600));
    CHECK(read_file(path, 50'000)->size() == 50'000);
    const auto large = read_file(path, 49'999);
    REQUIRE_FALSE(large);
    CHECK(large.error().code == Errc::limit);
    CHECK(large.error().context == path + ": larger than 49999 bytes");
    CHECK(read_file("/dev/zero", 1'000'000).error().code == Errc::limit);
  }

  TEST_CASE("a file that is not there, or is a folder, is told by name") {
    const Folder folder;
    const auto missing = read_file(folder.file("a"), 10);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    CHECK(missing.error().context == folder.file("a") + ": No such file or directory");
    fs::create_directory(folder.file("b"));
    CHECK(read_file(folder.file("b"), 10).error().context == folder.file("b") + ": Is a directory");
  }
}
