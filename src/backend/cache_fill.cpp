#include "backend/cache_fill.h"

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::uint16_t kNotPlainStatus =
    protocol::kStatusInTransaction | protocol::kStatusMoreResults | protocol::kStatusCursorExists;

}  // namespace

CacheFill::CacheFill(SharedCache& cache, Dependencies dependencies, const cache::Key& key)
    : cache_(cache), tables_(std::move(dependencies.tables)), entry_(cache::make_entry(key)) {
  entry_->depends_on = std::move(dependencies.marks);
}

void CacheFill::begin(ResponseSink& client, std::uint32_t capabilities, Instant now) {
  client_ = &client;
  capabilities_ = capabilities;
  started_ = now;
  entry_->answer.clear();
  complete_ = too_large_ = false;
  plain_ = true;
}

void CacheFill::on_step(const protocol::ScanStep& step) {
  if (plain_ && !too_large_) take(step);
  client_->on_step(step);
}

void CacheFill::take(const protocol::ScanStep& step) {
  switch (step.kind) {
    case PacketKind::Raw:
    case PacketKind::ColumnsEnd:
      too_large_ = entry_->answer.size() + step.bytes.size() > cache_.result_bytes_max;
      if (too_large_)
        flight_.release();
      else
        append(entry_->answer, step.bytes);
      return;
    case PacketKind::ResultEnd:
      return end(step);
    default:
      plain_ = false;
      flight_.release();
  }
}

// What the last packet says of the session concerns nobody else.
void CacheFill::end(const protocol::ScanStep& step) {
  plain_ = plain_ && !complete_ && step.last && step.warnings == 0 &&
           (step.status & kNotPlainStatus) == 0;
  complete_ = true;
  if ((capabilities_ & protocol::kDeprecateEof) == 0) {
    append(entry_->answer, step.bytes);
    return;
  }
  Result<protocol::OkPacket> ok = protocol::parse_ok(step.payload, capabilities_);
  if (!ok.ok()) {
    plain_ = false;
    return;
  }
  ok->info = {};
  ok->session_changes = {};
  Bytes payload;
  protocol::append_ok_payload(payload, *ok, capabilities_);
  std::uint8_t sequence = step.sequence;
  protocol::append_packet(entry_->answer, sequence, payload);
}

bool CacheFill::tables_unchanged() const {
  for (const Dependencies::Table& table : tables_) {
    if (cache_.tables.peek(table.name.first, table.name.second) != table.facts) return false;
  }
  return true;
}

// Definitions are compared when it is known up to where the read has seen all: those that change
// later do so with a transaction that it has not seen.
std::optional<NotCached> CacheFill::obstacle(const Seen& seen) const {
  if (too_large_) return NotCached::TooLarge;
  if (!plain_ || !complete_) return NotCached::NotPlain;
  const bool known = seen.shown.number != 0 && tables_unchanged();
  if (!known || newest_change() > seen.shown.number) return NotCached::Changed;
  return std::nullopt;
}

void CacheFill::store(const Seen& seen) {
  if (const auto why = obstacle(seen)) return cache_.count(*why);
  entry_->as_of = seen.shown.number;
  cache::Origin& origin = entry_->origin;
  origin.epoch = seen.epoch;
  origin.server = seen.server;
  origin.lower = seen.shown.position;
  origin.started = started_;
  origin.finished = seen.finished;
  origin.consistency = seen.consistency;
  origin.max_lag = seen.max_lag;
  origin.rows = count_rows(entry_->answer, capabilities_);
  entry_->answer.shrink_to_fit();
  const auto still_valid = [&](const cache::Entry& old) {
    return old.origin.epoch == seen.epoch && cache_.marks.newest(old.depends_on) <= old.as_of;
  };
  const ResultCache::Stored stored = cache_.results.insert(entry_, still_valid);
  if (stored == ResultCache::Stored::TooLarge) return cache_.count(NotCached::TooLarge);
  flight_.set_stored();
  cache_.clock.want_as_of(seen.finished);
}

std::uint64_t count_rows(ByteView answer, std::uint32_t capabilities) {
  std::uint64_t packets = 0;
  std::uint64_t columns = 0;
  for (ByteView rest = answer; rest.size() > protocol::kFrameHeaderSize;) {
    ByteReader reader(rest);
    const std::size_t size = reader.u24();
    reader.u8();
    if (packets == 0) {
      ByteReader first(reader.take(size));
      columns = protocol::read_lenenc(first);
    }
    // One that fills its frame goes on in the next.
    if (size != protocol::kFramePayloadMax) ++packets;
    rest = rest.subspan(std::min(rest.size(), protocol::kFrameHeaderSize + size));
  }
  const std::uint64_t ends = (capabilities & protocol::kDeprecateEof) != 0 ? 1 : 2;
  const std::uint64_t others = 1 + columns + ends;
  return packets > others ? packets - others : 0;
}

}  // namespace understudy::backend
