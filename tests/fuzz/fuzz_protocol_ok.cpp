// Any bytes are an OK or ERR packet. What was read can be written, and then reads the same. The
// first byte picks the capabilities.
#include <cstdint>
#include <cstdlib>

#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"

namespace {

using namespace understudy;
using namespace understudy::protocol;

class Count final : public SessionChangeVisitor {
 public:
  std::size_t variables = 0;
  std::size_t bytes = 0;

  void on_variable(std::string_view name, std::string_view value) override {
    ++variables;
    bytes += name.size() + value.size();
  }
  void on_schema(std::string_view schema) override { bytes += schema.size(); }
};

Count count(ByteView changes) {
  Count visitor;
  for_each_session_change(changes, visitor);
  return visitor;
}

void check_ok(const OkPacket& ok, std::uint32_t capabilities) {
  Bytes written;
  append_ok_payload(written, ok, capabilities);
  const auto again = parse_ok(written, capabilities);
  if (!again || again->affected_rows != ok.affected_rows) std::abort();
  if (again->info != ok.info || again->warnings != ok.warnings) std::abort();
  const Count before = count(ok.session_changes);
  if (count(again->session_changes).bytes != before.bytes) std::abort();
  Bytes kept;
  append_session_changes(kept, ok.session_changes, [](std::string_view) { return true; });
  if (count(kept).variables != before.variables) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint32_t capabilities = data[0] & 1 ? kSessionTrack : 0;
  const ByteView payload(data + 1, size - 1);
  if (const auto ok = parse_ok(payload, capabilities); ok.ok()) check_ok(*ok, capabilities);
  if (const auto err = parse_err(payload); err.ok()) {
    Bytes written;
    append_err_payload(written, to_error(*err));
    const auto again = parse_err(written);
    if (!again || (err->code != 0 && again->code != err->code)) std::abort();
  }
  (void)count(payload);
  return 0;
}
