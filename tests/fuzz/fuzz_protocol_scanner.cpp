// Any bytes are a server's response, and where they are cut makes no difference. The first three
// bytes pick the shape, the capabilities and the size of the pieces.
#include <cstdint>
#include <cstdlib>

#include "protocol/constants.h"
#include "protocol/response_scanner.h"

namespace {

using namespace understudy;
using namespace understudy::protocol;

struct Outcome {
  Bytes passed;
  std::size_t control_packets = 0;
  bool failed = false;
  bool last = false;
};

Outcome scan(ResponseScanner scanner, ByteView bytes, std::size_t piece_size) {
  Outcome outcome;
  while (!bytes.empty() && !outcome.last && !outcome.failed) {
    ByteView piece = bytes.first(std::min(piece_size, bytes.size()));
    bytes = bytes.subspan(piece.size());
    while (!outcome.last) {
      const auto step = scanner.next(piece);
      outcome.failed = !step.ok();
      if (outcome.failed || !*step) break;
      append(outcome.passed, (*step)->bytes);
      outcome.control_packets += (*step)->kind == PacketKind::Raw ? 0 : 1;
      outcome.last = (*step)->last;
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto shape = static_cast<ResponseShape>(data[0] % 8);
  const std::uint32_t capabilities =
      (data[1] & 1 ? kDeprecateEof : 0) | (data[1] & 2 ? kSessionTrack : 0);
  const ByteView bytes(data + 3, size - 3);
  const Outcome whole = scan(ResponseScanner(shape, capabilities), bytes, SIZE_MAX);
  const Outcome cut = scan(ResponseScanner(shape, capabilities), bytes, 1 + data[2] % 16u);
  if (whole.failed != cut.failed || whole.last != cut.last) std::abort();
  if (whole.control_packets != cut.control_packets) std::abort();
  // What was passed on is what came. (Before an error, raw bytes may be held back.)
  if (!whole.failed && whole.last && whole.passed != cut.passed) std::abort();
  if (!std::equal(whole.passed.begin(), whole.passed.end(), bytes.begin())) std::abort();
  return 0;
}
