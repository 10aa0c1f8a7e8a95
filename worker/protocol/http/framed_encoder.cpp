#include "worker/protocol/http/framed_encoder.h"

#include <map>
#include <utility>

namespace banterd::worker::http {

namespace {

class FramedEncoder final : public Encoder {
 public:
  FramedEncoder(const Encoder& inner, Opcode opcode) : inner_(inner), opcode_(opcode) {}

  void encode(const Delivery& delivery, std::string& out) const override {
    std::string lines;
    inner_.encode(delivery, lines);
    if (!lines.empty()) append_lines(out, opcode_, lines);
  }

 private:
  const Encoder& inner_;
  Opcode opcode_;
};

}  // namespace

const Encoder& framed(const Encoder& inner, Opcode opcode) {
  // A map never moves what it holds.
  static std::map<std::pair<const Encoder*, Opcode>, FramedEncoder> encoders;
  return encoders.try_emplace({&inner, opcode}, inner, opcode).first->second;
}

}  // namespace banterd::worker::http
