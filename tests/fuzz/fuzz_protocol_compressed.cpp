// Any bytes are compressed frames, and where they are cut makes no difference; any bytes are
// packets that are compressed, and come out as they were. The first three bytes pick the method,
// the size of the pieces and the room for what is unpacked.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "protocol/compressed_frames.h"

namespace {

using namespace understudy;
using namespace understudy::protocol;

using Side = CompressedFrames::Side;

// Of what any number of frames can stand for in an input of this size: more is not looked at.
constexpr std::size_t kUnpackedBytesMax = 4UL * 1024 * 1024;

struct Outcome {
  Bytes bytes;
  std::uint16_t code = 0;
};

Outcome unpack(CompressedFrames frames, ByteView bytes, std::size_t piece, std::size_t room_size) {
  Outcome outcome;
  Bytes room(room_size);
  while (!bytes.empty()) {
    ByteView part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    for (;;) {
      const Result<ByteView> made = frames.unpack(part, room);
      if (!made) {
        outcome.code = made.error().code;
        return outcome;
      }
      if (made->empty()) break;
      append(outcome.bytes, *made);
      if (outcome.bytes.size() > kUnpackedBytesMax) return outcome;
    }
    if (!part.empty()) std::abort();
  }
  return outcome;
}

void check_splits(Compression method, ByteView bytes, std::size_t piece, std::size_t room) {
  for (const Side side : {Side::Client, Side::Server}) {
    const Outcome whole = unpack(CompressedFrames(side, method), bytes, SIZE_MAX, 64UL * 1024);
    const Outcome cut = unpack(CompressedFrames(side, method), bytes, piece, room);
    if (std::min(whole.bytes.size(), cut.bytes.size()) > kUnpackedBytesMax) continue;
    if (whole.code != cut.code) std::abort();
    if (whole.code == 0 && whole.bytes != cut.bytes) std::abort();
  }
}

void check_round_trip(Compression method, ByteView bytes, std::size_t piece) {
  CompressedFrames client(Side::Client, method);
  Bytes sent;
  for (ByteView rest = bytes; !rest.empty();) {
    const ByteView part = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(part.size());
    client.pack(part, sent);
  }
  const Outcome came = unpack(CompressedFrames(Side::Server, method), sent, SIZE_MAX, 4096);
  // The beginning of a packet's header stays until the rest of it comes.
  if (came.code != 0 || came.bytes.size() > bytes.size()) std::abort();
  if (came.bytes.size() + 3 < bytes.size()) std::abort();
  if (!std::equal(came.bytes.begin(), came.bytes.end(), bytes.begin())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Compression method = (data[0] & 1) != 0 ? Compression::Zstd : Compression::Zlib;
  const ByteView bytes(data + 3, size - 3);
  check_splits(method, bytes, 1 + data[1] % 64u, 1 + data[2]);
  check_round_trip(method, bytes, 1 + data[1]);
  return 0;
}
