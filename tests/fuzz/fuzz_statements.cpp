// Any bytes are what follows in a client's COM_STMT_EXECUTE: what goes on to a server is well
// framed and has the parameters' types in it. The first byte is the number of parameters; executed
// twice, as the second time the types may be left out.
#include <cstdint>
#include <cstdlib>

#include "protocol/constants.h"
#include "protocol/packet.h"
#include "proxy/statement_table.h"

using namespace understudy;
using namespace understudy::proxy;

namespace {

// command:1 id:4 flags:1 iterations:4 (nulls types-are-sent:1 types values)?
constexpr std::size_t kFixedSize = 10;

void check(ByteView framed, std::size_t parameters) {
  if (protocol::answer_sequence(framed) == 0) std::abort();
  const ByteView payload = framed.subspan(protocol::kFrameHeaderSize);
  if (payload.size() < kFixedSize) std::abort();
  if (parameters == 0) return;
  const std::size_t types = kFixedSize + (parameters + 7) / 8;
  if (payload.size() < types + 1 + 2 * parameters || payload[types] != 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  backend::PreparedStatement statement;
  statement.parameter_count = data[0] % 70;
  Bytes framed, buffer;
  std::uint8_t sequence = 0;
  protocol::append_packet(framed, sequence, {data + 1, size - 1});
  for (int i = 0; i < 2; ++i) {
    const Result<ByteView> made = normalize_execute(framed, statement, buffer);
    if (!made) continue;
    check(*made, statement.parameter_count);
  }
  return 0;
}
