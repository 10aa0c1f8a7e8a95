#include "ipc/export.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

using namespace banterd;
using namespace banterd::ipc;

namespace {

base::UniqueFd written(ExportVersion version = export_version()) {
  auto writer = ExportWriter::create("test", version);
  REQUIRE(writer.has_value());
  writer->add({ExportKind::head, 0, {}, "{}"});
  writer->add({ExportKind::client, 7, {}, "seven"});
  writer->add({ExportKind::object, 0, "#dev", "frames"});
  writer->add({static_cast<ExportKind>(77), 3, "new", "unknown"});
  writer->add({ExportKind::chunk, 2, {}, std::string(3 << 20, 'x')});
  auto memory = writer->finish();
  REQUIRE(memory.has_value());
  return *std::move(memory);
}

}  // namespace

TEST_SUITE("ipc/export") {
  TEST_CASE("an export is read as it was written, kinds that nobody knows included") {
    const base::UniqueFd memory = written();
    const auto reader = ExportReader::open(memory);
    REQUIRE(reader.has_value());
    const auto& records = (*reader)->records();
    REQUIRE(records.size() == 5);
    CHECK(records[1].kind == ExportKind::client);
    CHECK(records[1].id == 7);
    CHECK(records[1].payload == "seven");
    CHECK(records[2].name == "#dev");
    CHECK(records[2].payload == "frames");
    CHECK(records[4].payload.size() == 3 << 20);
  }

  TEST_CASE("an export that is not whole is refused, wherever it is cut off") {
    const base::UniqueFd memory = written();
    const off_t whole = lseek(memory.get(), 0, SEEK_END);
    for (const off_t left : {whole - 1, whole - 24, whole / 2, off_t{100}, off_t{30}, off_t{0}}) {
      CAPTURE(left);
      REQUIRE(ftruncate(memory.get(), left) == 0);
      const auto reader = ExportReader::open(memory);
      REQUIRE_FALSE(reader.has_value());
      CHECK(reader.error().code == base::Errc::corrupt);
    }
  }

  TEST_CASE("a record that claims to be longer than the export is refused") {
    const base::UniqueFd memory = written();
    const uint64_t huge = ~uint64_t{0} - 3;
    // The first record's size, behind the header of the file and half its own.
    REQUIRE(pwrite(memory.get(), &huge, sizeof huge, 24 + 16) == sizeof huge);
    const auto reader = ExportReader::open(memory);
    REQUIRE_FALSE(reader.has_value());
    CHECK(reader.error().code == base::Errc::corrupt);
  }

  TEST_CASE("versions that can be read are read, the others named") {
    CHECK(ExportReader::open(written({1, 1})).has_value());
    CHECK(ExportReader::open(written({50, 2})).has_value());
    for (const ExportVersion version : {ExportVersion{0, 0}, ExportVersion{50, 40}}) {
      const auto reader = ExportReader::open(written(version));
      REQUIRE_FALSE(reader.has_value());
      CHECK(reader.error().code == base::Errc::invalid);
      CHECK(reader.error().context.find("version " + std::to_string(version.written)) !=
            std::string::npos);
    }
  }

  TEST_CASE("something else is no export") {
    auto writer = ExportWriter::create("test");
    REQUIRE(writer.has_value());
    auto memory = writer->finish();
    REQUIRE(memory.has_value());
    const uint64_t other = 42;
    REQUIRE(pwrite(memory->get(), &other, sizeof other, 0) == sizeof other);
    CHECK_FALSE(ExportReader::open(*memory).has_value());
  }
}
