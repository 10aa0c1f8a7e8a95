// Plain lines, each of which is said: banterd's line protocol, and whatever else just relays lines.
#pragma once

#include "bench/chatload/dialect.h"

namespace banterd::bench {

class LineDialect final : public Dialect {
 public:
  explicit LineDialect(const Options& options) : options_(options) {}

  // options.hello and options.join, if any; ready at once unless there is an options.greet.
  [[nodiscard]] Answer hello(const Person& person) const override;
  // Ready when the line holds options.greet or, where that has the person's number in it, ends with
  // it: "is now u1" is no answer to whom is to be u10.
  [[nodiscard]] Answer take(const Person& person, std::string_view line) const override;
  [[nodiscard]] std::string_view line_end() const override { return "\n"; }

 private:
  const Options& options_;
};

}  // namespace banterd::bench
