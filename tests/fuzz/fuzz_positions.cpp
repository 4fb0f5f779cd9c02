// Any text may come as a position from a client's token or a server's report. The first byte says
// what reads the rest: a text that is parsed, an OK packet's session changes, or two positions.
#include <cstdint>
#include <cstdlib>

#include "protocol/ok_packet.h"
#include "replication/binlog_state.h"
#include "replication/position.h"

using namespace understudy;
using namespace understudy::replication;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Position read(std::string_view text) {
  const Result<Position> position = Position::parse(text);
  if (!position) return {};
  // What is written is read again, and is the same.
  const Result<Position> again = Position::parse(to_string(*position));
  require(again.ok() && *again == *position);
  require(position->covers(position->latest()));
  for (const TransactionId& id : position->transactions()) {
    require(position->covers(id));
    const Result<TransactionId> same = parse_transaction_id(to_string(id));
    require(same.ok() && *same == id);
  }
  return *position;
}

void compare(const Position& one, const Position& other) {
  Position both = one;
  both.merge(other);
  require(both.covers(one));
  const bool mix = !one.empty() && !other.empty() && one.flavour() != other.flavour();
  require(mix ? both == one && !one.covers(other) && !other.covers(one) : both.covers(other));
  if (one.covers(other)) require(other.ahead_of(one) == 0);
}

void compare_logs(std::string_view one_text, std::string_view other_text) {
  const Result<BinlogState> one = BinlogState::parse(one_text);
  const Result<BinlogState> other = BinlogState::parse(other_text);
  if (!one || !other) return;
  require(one->beyond(*one).empty());
  const BinlogState beyond = one->beyond(*other);
  for (const Gtid& gtid : beyond.entries())
    require(one->has(gtid) && !other->has(gtid));
}

class Gtids final : public protocol::SessionChangeVisitor {
 public:
  void on_gtids(std::string_view gtids) override { read(gtids); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  if (data[0] == 'p') {
    Gtids gtids;
    protocol::for_each_session_change(rest, gtids);
    return 0;
  }
  const std::string_view text = as_text(rest);
  const std::size_t middle = text.find('|');
  const std::string_view second =
      middle == std::string_view::npos ? std::string_view() : text.substr(middle + 1);
  compare(read(text.substr(0, middle)), read(second));
  compare_logs(text.substr(0, middle), second);
  return 0;
}
