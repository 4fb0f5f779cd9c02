#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace understudy::protocol {

enum class Compression : std::uint8_t { None, Zlib, Zstd };

inline constexpr int kZstdLevelMax = 22;
inline constexpr int kZstdLevelDefault = 3;  // as MySQL's clients

// Unpacks one compressed piece as its bytes come in, into whatever room there is: what it holds
// meanwhile does not grow with what the piece claims to be. One thread.
class Inflater {
 public:
  virtual ~Inflater() = default;

  enum class State : std::uint8_t { Goes, Ended, Broken };
  struct Step {
    std::size_t taken = 0;  // of the input
    std::size_t made = 0;   // of the room
    State state = State::Goes;
  };
  // Ended: the piece was whole, and nothing behind it was taken. Goes without anything taken or
  // made: it needs more input.
  virtual Step run(ByteView in, std::span<std::uint8_t> room) = 0;
};

// `method` is not None.
std::unique_ptr<Inflater> make_inflater(Compression method);

// Packs `bytes` as one piece in place of `out`; false if that makes it no smaller (or did not
// work). `level` is zstd's, 1 to 22; zlib has its default.
bool deflate(Compression method, int level, ByteView bytes, Bytes& out);

}  // namespace understudy::protocol
