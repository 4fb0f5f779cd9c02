// Any packets are the answer to a question of our own, or to one of a program that uses the
// library.
#include <cstdint>
#include <cstdlib>

#include "backend/text_query.h"
#include "client/decode.h"
#include "control/accounts.h"
#include "control/probe.h"
#include "protocol/packet.h"

namespace {

using namespace understudy;

void read(const backend::TextResult& result) {
  replication::ServerObservation observation;
  (void)control::read_probe(result, observation);
  (void)control::read_replica_status(result);
  (void)control::read_semi_sync_waits(result);
  if (const auto accounts = control::read_accounts(result)) {
    const backend::AccountTable table(*accounts);
    (void)table.find("app", "10.0.0.1");
    (void)table.decoy("app", 7);
  }
}

void decode(ByteView packets) {
  if (const auto result = backend::decode_text_result(packets)) read(*result);
  for (const bool binary : {false, true})
    (void)client::decode_result(packets, binary);
}

// Payloads, each behind a byte with its length.
Bytes framed(ByteView bytes) {
  Bytes packets;
  std::uint8_t sequence = 1;
  while (!bytes.empty()) {
    const std::size_t length = std::min<std::size_t>(bytes[0], bytes.size() - 1);
    protocol::append_packet(packets, sequence, bytes.subspan(1, length));
    bytes = bytes.subspan(1 + length);
  }
  return packets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  decode(bytes);
  decode(framed(bytes));
  return 0;
}
