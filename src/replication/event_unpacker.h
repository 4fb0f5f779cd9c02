#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "replication/binlog_event.h"
#include "replication/transaction_payload.h"

namespace understudy::replication {

// The events of a log one after another, those inside of a compressed transaction like all others,
// in place of the event that holds them. A value of one thread.
class EventUnpacker {
 public:
  explicit EventUnpacker(BinlogDecoder::Options options)
      : decoder_(options), payload_(options.event_size_max) {}

  // One event as the server sent it; only while next() has nothing. Errors: those of
  // BinlogDecoder::decode() and of PayloadReader::start().
  Result<void> take(ByteView bytes);

  // The next one, or nothing when what was taken is used up. Its views live as long as the bytes
  // that were taken, and until the next call. Of an event inside of another one the header says no
  // place in the log. Errors: those of the decoder and of PayloadReader::next(), after which there
  // is nothing more.
  Result<std::optional<BinlogEvent>> next();

  // True while there are events to come of a transaction that was taken whole; they need nothing
  // but next() any more.
  [[nodiscard]] bool inside() const { return inside_; }

 private:
  BinlogDecoder decoder_;
  PayloadReader payload_;
  std::optional<BinlogEvent> plain_;
  bool inside_ = false;
  Bytes packed_;  // what payload_ reads
};

}  // namespace understudy::replication
