// Any bytes are a sequence of events, each behind its length in three bytes, for one decoder; all
// rows become values.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "replication/binlog_event.h"
#include "replication/logged_transaction.h"
#include "replication/query_status.h"
#include "replication/row_reader.h"
#include "replication/transaction_payload.h"

namespace {

using namespace understudy;
using namespace understudy::replication;

constexpr std::size_t kEventMax = std::size_t{1} << 20;
constexpr std::size_t kInnerMax = 1000;

class Reading {
 public:
  void take(ByteView bytes) {
    // The checksum is not what is to be found out: an event that lacks it is decoded all the same.
    Result<BinlogEvent> event = decoder_.decode(bytes);
    if (!event) event = decoder_.decode_inner(bytes);
    use(event);
  }

 private:
  void use(const Result<BinlogEvent>& event) {
    if (!event) return;
    (void)assembler_.take(*event);
    if (const auto* rows = std::get_if<RowsEvent>(&event->body)) read(*rows);
    if (const auto* query = std::get_if<QueryEvent>(&event->body)) (void)modes_of(*query);
    if (const auto* gtid = std::get_if<MySqlGtidEvent>(&event->body)) {
      if (gtid->gtid) (void)to_string(*gtid->gtid);
    }
    if (const auto* previous = std::get_if<PreviousGtidsEvent>(&event->body)) {
      (void)to_string(previous->gtids);
    }
    if (const auto* payload = std::get_if<TransactionPayloadEvent>(&event->body)) inner(*payload);
  }

  void inner(const TransactionPayloadEvent& payload) {
    if (in_payload_ || !payload_.start(payload).ok()) return;
    in_payload_ = true;
    for (std::size_t i = 0; i < kInnerMax; ++i) {
      const Result<std::optional<ByteView>> bytes = payload_.next();
      if (!bytes || !*bytes) break;
      use(decoder_.decode_inner(**bytes));
    }
    in_payload_ = false;
  }

  void read(const RowsEvent& rows) {
    std::uint64_t count = 0;
    if (!rows.table || !reader_.start(rows).ok()) return;
    Result<bool> more = reader_.next();
    for (; more && *more; more = reader_.next()) {
      ++count;
      const std::size_t columns = rows.table->columns.size();
      if (!reader_.before().empty() && reader_.before().size() != columns) std::abort();
      if (!reader_.after().empty() && reader_.after().size() != columns) std::abort();
    }
    if (!more) return;  // a value is wrong; who does not read it goes on
    // All passes over the rows have to find as many.
    if (rows.count && *rows.count != count) std::abort();
    const std::uint32_t first = 0;
    if (rows.table->columns.empty() || !reader_.start(rows, nullptr, {&first, 1}).ok()) return;
    for (more = reader_.next(); more && *more; more = reader_.next())
      --count;
    if (more && rows.count && count != 0) std::abort();
  }

  BinlogDecoder decoder_{{true, kEventMax}};
  TransactionAssembler assembler_;
  RowReader reader_;
  PayloadReader payload_{kEventMax};
  bool in_payload_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader input(ByteView(data, size));
  Reading reading;
  while (input.remaining() > 0) {
    const std::size_t length = input.u24();
    if (input.failed()) break;
    reading.take(input.take(std::min(length, input.remaining())));
  }
  return 0;
}
