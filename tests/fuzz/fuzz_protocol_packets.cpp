// Any bytes are packets of a client, and where they are cut makes no difference. The first two
// bytes pick the limit and the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "protocol/packet.h"
#include "protocol/packet_reader.h"

namespace {

using namespace understudy;
using namespace understudy::protocol;

struct Outcome {
  std::vector<Bytes> payloads;
  std::uint16_t code = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome assemble(ByteView bytes, std::size_t limit, std::size_t piece) {
  Outcome outcome;
  PacketAssembler packets(limit);
  while (!bytes.empty()) {
    const Bytes part(bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(std::min(piece, bytes.size())));
    bytes = bytes.subspan(part.size());
    packets.feed(part);
    for (;;) {
      const auto packet = packets.next();
      if (!packet) {
        outcome.code = packet.error().code;
        return outcome;
      }
      if (!*packet) break;
      outcome.payloads.emplace_back((*packet)->payload.begin(), (*packet)->payload.end());
      Bytes framed;
      std::uint8_t sequence = 0;
      append_packet(framed, sequence, (*packet)->payload);
      if (!std::ranges::equal(framed, (*packet)->framed)) std::abort();
      if (answer_sequence((*packet)->framed) != sequence) std::abort();
    }
    packets.keep_rest();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const ByteView bytes(data + 2, size - 2);
  const std::size_t limit = 1UL << (data[0] % 26);
  const Outcome whole = assemble(bytes, limit, SIZE_MAX);
  if (assemble(bytes, limit, 1 + data[1]) != whole) std::abort();
  PacketReader reader(bytes);
  std::size_t read = 0;
  while (const auto payload = reader.next())
    read += payload->size();
  if (read > bytes.size()) std::abort();
  (void)answer_sequence(bytes);
  return 0;
}
