#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "replication/binlog_event.h"

namespace understudy::replication {

// Gives the events inside of a transaction payload one after another, for
// BinlogDecoder::decode_inner(). It uncompresses as it goes: what it keeps is one event and a piece
// of fixed size, however large the transaction is. A value of one thread.
class PayloadReader {
 public:
  // `event_size_max` is for each event in it.
  explicit PayloadReader(std::size_t event_size_max = std::size_t{64} * 1024 * 1024);
  ~PayloadReader();
  PayloadReader(PayloadReader&&) noexcept;
  PayloadReader& operator=(PayloadReader&&) noexcept;

  // Begins; the bytes of the event have to live as long as it is read. May be called again.
  // Error: Exhausted if the library has no memory.
  Result<void> start(const TransactionPayloadEvent& event);

  // The next event, which lives until the following call; nothing behind the last one. Errors:
  // Malformed; Exhausted (event_size_max).
  Result<std::optional<ByteView>> next();

  // Bytes that it keeps uncompressed.
  [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }

 private:
  struct Zstd;
  Result<bool> fill(std::size_t size);

  std::size_t event_size_max_;
  bool compressed_ = false;
  ByteView input_;
  std::unique_ptr<Zstd> zstd_;
  Bytes buffer_;  // uncompressed, and not given out yet from `taken_` on
  std::size_t taken_ = 0;
  bool ended_ = true;  // of what is compressed
};

}  // namespace understudy::replication
