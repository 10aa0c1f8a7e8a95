// IRC: registers, joins the room, answers PING, leaves with QUIT.
#pragma once

#include "bench/chatload/dialect.h"

namespace banterd::bench {

class IrcDialect final : public Dialect {
 public:
  explicit IrcDialect(const Options& options) : joins_(options.joins_room) {}

  [[nodiscard]] Answer hello(const Person& person) const override;
  // Ready at the end of the room's names (366) or, where no room is joined, at the welcome (001).
  [[nodiscard]] Answer take(const Person& person, std::string_view line) const override;
  [[nodiscard]] std::string message(const Person& person, std::string text) const override;
  [[nodiscard]] std::string goodbye() const override { return "QUIT :x"; }

 private:
  bool joins_;
};

}  // namespace banterd::bench
