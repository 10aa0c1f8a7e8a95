// The protocol of NATS: a room is a subject.
#pragma once

#include "bench/chatload/dialect.h"

namespace banterd::bench {

class NatsDialect final : public Dialect {
 public:
  explicit NatsDialect(const Options& options) : echo_(options.echo) {}

  [[nodiscard]] Answer hello(const Person& person) const override;
  // Ready at the PONG, which comes when the subscription is there.
  [[nodiscard]] Answer take(const Person& person, std::string_view line) const override;
  [[nodiscard]] std::string message(const Person& person, std::string text) const override;

 private:
  bool echo_;
};

}  // namespace banterd::bench
