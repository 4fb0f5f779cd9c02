#include "replication/event_unpacker.h"

namespace understudy::replication {

Result<void> EventUnpacker::take(ByteView bytes) {
  Result<BinlogEvent> event = decoder_.decode(bytes);
  if (!event.ok()) return event.error();
  auto* const packed = std::get_if<TransactionPayloadEvent>(&event->body);
  if (packed == nullptr) {
    plain_ = std::move(event).value();
    return {};
  }
  packed_.assign(packed->payload.begin(), packed->payload.end());
  packed->payload = packed_;
  Result<void> started = payload_.start(*packed);
  inside_ = started.ok();
  return started;
}

Result<std::optional<BinlogEvent>> EventUnpacker::next() {
  if (plain_) return std::exchange(plain_, std::nullopt);
  if (!inside_) return std::optional<BinlogEvent>();
  const Result<std::optional<ByteView>> bytes = payload_.next();
  inside_ = bytes.ok() && bytes->has_value();
  if (!bytes.ok()) return bytes.error();
  if (!inside_) {
    packed_ = {};
    return std::optional<BinlogEvent>();
  }
  Result<BinlogEvent> event = decoder_.decode_inner(**bytes);
  inside_ = event.ok();
  if (!event.ok()) return event.error();
  event->header.next_position = 0;
  return std::optional<BinlogEvent>(std::move(event).value());
}

}  // namespace understudy::replication
