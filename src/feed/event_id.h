#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "replication/position.h"

namespace understudy::feed {

// What a subscriber has got: everything up to `after`, and perhaps the first `rows` rows of the
// transaction that comes next. Rows are counted in the order of the log, those of subscribed tables
// only, before the filter: it is of use with the request that it was made for.
struct EventId {
  replication::Position after;
  replication::TransactionId gtid;  // of the transaction that was begun; of use if rows is not 0
  std::uint64_t rows = 0;

  friend bool operator==(const EventId&, const EventId&) = default;
};

// "0-1-122,1-2-5", or in the middle of a transaction "0-1-122,1-2-5~0-1-123:5000". The sign means
// nothing in an URL, so ids can be put into one as they are.
std::string to_string(const EventId& id);

// Error: Invalid, with what is wrong.
Result<EventId> parse_event_id(std::string_view text);

}  // namespace understudy::feed
