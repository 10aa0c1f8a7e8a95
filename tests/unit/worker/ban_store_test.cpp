#include "worker/ban_store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "tests/support/temporary_folder.h"

using namespace banterd;
using worker::load_bans;
using worker::save_bans;
namespace fs = std::filesystem;

namespace {

struct Folder : tests::TemporaryFolder {
  std::string path() const { return TemporaryFolder::path(); }
  std::string file() const { return TemporaryFolder::file("bans.json"); }
  void write(const std::string& text) const { TemporaryFolder::write("bans.json", text); }
};

chat::ServerBan ban(const std::string& mask) {
  return {mask, "spam \"and\" ü\n", "ann!ann@home", 1'700'000'000'123, 1'700'000'600'000};
}

bool same(const chat::ServerBan& a, const chat::ServerBan& b) {
  return a.mask == b.mask && a.reason == b.reason && a.author == b.author && a.at == b.at &&
         a.expires == b.expires;
}

}  // namespace

TEST_SUITE("worker/ban_store") {
  TEST_CASE("what is saved is what is loaded, in its order") {
    const Folder folder;
    chat::ServerBan everlasting = ban("*!*@*.example");
    everlasting.expires = 0;
    REQUIRE(save_bans(folder.path(), {ban("bob!*@*"), everlasting}));
    const auto bans = load_bans(folder.path());
    REQUIRE(bans);
    REQUIRE(bans->size() == 2);
    CHECK(same(bans->at(0), ban("bob!*@*")));
    CHECK(same(bans->at(1), everlasting));
    struct stat status {};
    REQUIRE(stat(folder.file().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }

  TEST_CASE("without a file there are no bans, and no bans can be saved too") {
    const Folder folder;
    CHECK(load_bans(folder.path())->empty());
    REQUIRE(save_bans(folder.path(), {ban("a!*@*")}));
    REQUIRE(save_bans(folder.path(), {}));
    CHECK(load_bans(folder.path())->empty());
    CHECK(base::read_file(folder.file(), 100).value() == "{\"version\":1,\"bans\":[]}\n");
  }

  TEST_CASE("as many bans as there may be are saved and loaded") {
    const Folder folder;
    std::vector<chat::ServerBan> many;
    for (size_t i = 0; i < chat::Server::kMaxBans; ++i) {
      many.push_back(ban("nick" + std::to_string(i) + "!*@" + std::string(400, 'x')));
      many.back().reason.assign(100, '\n');  // six bytes each in JSON
    }
    REQUIRE(save_bans(folder.path(), many));
    const auto bans = load_bans(folder.path());
    REQUIRE(bans);
    REQUIRE(bans->size() == many.size());
    CHECK(same(bans->back(), many.back()));
  }

  TEST_CASE("what could not be loaded again is not saved") {
    const Folder folder;
    REQUIRE(save_bans(folder.path(), {ban("a!*@*")}));
    const auto saved = save_bans(folder.path(), {ban(std::string(64 * 1024 * 1024, 'x'))});
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == base::Errc::limit);
    CHECK(saved.error().context == folder.file() + ": larger than 67108864 bytes");
    CHECK(load_bans(folder.path())->size() == 1);
  }

  TEST_CASE("fields of a later program are ignored, and missing ones have their defaults") {
    const Folder folder;
    folder.write(R"({"colour":1,"version":1,"bans":[{"mask":"a!*@*","why":[1]}]})");
    const auto bans = load_bans(folder.path());
    REQUIRE(bans);
    REQUIRE(bans->size() == 1);
    CHECK(same(bans->at(0), {"a!*@*", "", "", 0, 0}));
  }

  TEST_CASE("a damaged file is an error that says which and what, and stays as it is") {
    const Folder folder;
    const auto refused = [&](const std::string& text, const std::string& why) {
      folder.write(text);
      const auto bans = load_bans(folder.path());
      REQUIRE_FALSE(bans);
      CHECK(bans.error().code == base::Errc::corrupt);
      CHECK(bans.error().context == folder.file() + ": " + why);
      CHECK(base::read_file(folder.file(), 1'000'000).value() == text);
    };
    refused("", "not JSON");
    refused(R"({"version":1,"bans":[{"mask":"a")", "not JSON");
    refused("{\"version\":1,\"bans\":[{\"mask\":\"\xFF\"}]}", "not JSON");
    refused(std::string(100, '\0'), "not JSON");
    refused("[]", "an object expected");
    refused("{}", "version: 0, and this program reads 1");
    refused(R"({"version":2,"bans":[]})", "version: 2, and this program reads 1");
    refused(R"({"version":1,"bans":{}})", "bans: an array expected");
    refused(R"({"version":1,"ban":[{"mask":"a"}]})", "bans: missing");
    refused(R"({"version":1,"bans":[{"mask":"a","at":"x"}]})", "bans: at: an integer expected");
    refused(R"({"version":1,"bans":[{"mask":"a"},{"reason":"b"}]})", "bans: number 2 has no mask");
  }

  TEST_CASE("a folder that is not there has no bans, and takes none") {
    const Folder folder;
    CHECK(load_bans(folder.path() + "/no")->empty());
    const auto saved = save_bans(folder.path() + "/no", {ban("a!*@*")});
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == base::Errc::not_found);
  }

  TEST_CASE("a file that cannot be read is an error, not an empty list") {
    const Folder folder;
    fs::create_directory(folder.file());
    const auto bans = load_bans(folder.path());
    REQUIRE_FALSE(bans);
    CHECK(bans.error().context == folder.file() + ": Is a directory");
    CHECK_FALSE(save_bans(folder.path(), {}));
  }
}
