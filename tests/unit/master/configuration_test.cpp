#include "master/configuration.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/temporary_folder.h"

using namespace banterd;
using namespace banterd::master;
namespace fs = std::filesystem;

namespace {

using Folder = tests::TemporaryFolder;

// What is wrong with the files that a text names; "good" if nothing is.
std::string files_of(const std::string& text) {
  const auto checked = check_files({conf::parse(text, "f").value(), text}, "f");
  return checked ? "good" : checked.error().context;
}

}  // namespace

TEST_SUITE("master/configuration") {
  TEST_CASE("without a file it is the built-in default") {
    const auto configuration = read_configuration(std::nullopt, "default");
    REQUIRE(configuration);
    CHECK(configuration->config == conf::defaults());
    CHECK(configuration->text == conf::default_text());
    CHECK(read_configuration_again(std::nullopt, "default"));
  }

  TEST_CASE("a file's mistakes are told by the name it goes by") {
    const Folder folder;
    const std::string path = folder.write("c.json", "{ \"workers\": 0 }");
    CHECK(read_configuration(path, "shown").error().context.starts_with("shown:1:14: "));
    CHECK(read_configuration(folder.file("no"), "shown").error().code == base::Errc::not_found);
  }

  TEST_CASE("a path that is no UTF-8 is refused: it could not be passed on") {
    const Folder folder;
    const std::string path = folder.write("caf\xE9.json", "{}");
    CHECK(read_configuration(path, "shown").error().context ==
          path + ": the path is not valid UTF-8");
    CHECK(read_configuration(folder.write("caf\xC3\xA9.json", "{}"), "shown"));
    const std::string directory = folder.file("st\xE9");
    REQUIRE(fs::create_directory(directory));
    setenv("STATE_DIRECTORY", directory.c_str(), 1);
    CHECK(files_of("{}") == "f: " + directory + ": the path is not valid UTF-8");
    unsetenv("STATE_DIRECTORY");
  }

  TEST_CASE("a text that is too long for workers once it is JSON is refused") {
    const Folder folder;
    // Each takes twice its length; the others are "{}//" and the quotation marks around it.
    const std::string longest = "{}//" + std::string((kMostTextBytes - 6) / 2, '"');
    CHECK(read_configuration(folder.write("c.json", longest), "shown"));
    CHECK(read_configuration_again(folder.file("c.json"), "shown"));
    folder.write("c.json", longest + "x");
    for (const auto& read : {read_configuration(folder.file("c.json"), "shown"),
                             read_configuration_again(folder.file("c.json"), "shown")}) {
      REQUIRE_FALSE(read);
      CHECK(read.error().context ==
            "shown: too long to be passed to workers: 983041 bytes as JSON, at most 983040 can be");
    }
  }

  TEST_CASE("what is no regular file is read once, not again") {
    const Folder folder;
    const std::string path = folder.file("fifo");
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    CHECK(read_configuration_again(path, "f").error().context ==
          path + ": is no regular file, and cannot be read again");
    CHECK(read_configuration_again(folder.file("no"), "f").error().code == base::Errc::not_found);
    CHECK(read_configuration_again(folder.write("c.json", "{}"), "f"));
  }

  TEST_CASE("a message of the day that cannot be shown is told with the place of its key's value") {
    const Folder folder;
    const auto with = [](const std::string& path) {
      return files_of("{\n  \"server\": {\"motd_file\": \"" + path + "\"}\n}");
    };
    CHECK(with(folder.write("good", "hello ä\n")) == "good");
    CHECK(with(folder.file("no")) ==
          "f:2:27: " + folder.file("no") + ": No such file or directory");
    CHECK(with(folder.write("bad", "\xE4\n")) ==
          "f:2:27: " + folder.file("bad") + ": line 1 is not valid UTF-8 text");
  }

  TEST_CASE("a state directory that cannot be used is told with its place") {
    const Folder folder;
    unsetenv("STATE_DIRECTORY");
    const auto with = [](const std::string& path) {
      return files_of("{\"state_directory\": \"" + path + "\"}");
    };
    CHECK(files_of("{}") == "good");
    CHECK(with(folder.file("")) == "good");
    CHECK_FALSE(fs::exists(folder.file("cloak.key")));
    CHECK(with(folder.file("no")) ==
          "f:1:21: " + folder.file("no") + ": No such file or directory");
    folder.write("cloak.key", "x");
    CHECK(
        with(folder.file("")).starts_with("f:1:21: " + folder.file("") + "/cloak.key: is no key"));
    setenv("STATE_DIRECTORY", folder.file("no").c_str(), 1);
    CHECK(files_of("{}") == "f: " + folder.file("no") + ": No such file or directory");
    unsetenv("STATE_DIRECTORY");
  }

  TEST_CASE("each file that is wrong has its line") {
    CHECK(files_of(R"({"server": {"motd_file": "/no/motd"}, "state_directory": "/no/state"})") ==
          "f:1:26: /no/motd: No such file or directory\n"
          "f:1:58: /no/state: No such file or directory");
  }
}
