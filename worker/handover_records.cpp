#include "worker/handover_records.h"

namespace banterd::worker {

ListenerRecord record_of(const conf::Listener& listener) {
  return {.protocol = std::string(conf::to_string(listener.protocol)),
          .raw = listener.format == conf::LineFormat::raw,
          .echo = listener.echo,
          .upper = listener.transform == conf::EchoTransform::upper,
          .suffix = listener.suffix,
          .origins = listener.origins,
          .trusted_proxies = listener.trusted_proxies};
}

std::optional<conf::Listener> listener_of(const ListenerRecord& record) {
  const auto protocol = conf::protocol_named(record.protocol);
  if (!protocol) return std::nullopt;
  conf::Listener listener;
  listener.protocol = *protocol;
  listener.format = record.raw ? conf::LineFormat::raw : conf::LineFormat::named;
  listener.echo = record.echo;
  listener.transform = record.upper ? conf::EchoTransform::upper : conf::EchoTransform::none;
  listener.suffix = record.suffix;
  listener.origins = record.origins;
  listener.trusted_proxies = record.trusted_proxies;
  return listener;
}

}  // namespace banterd::worker
