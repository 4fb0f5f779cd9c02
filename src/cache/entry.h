#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "cache/key.h"
#include "cache/marks.h"
#include "replication/position.h"
#include "replication/topology.h"
#include "sql/statement.h"

namespace understudy::cache {

// Where and when an answer was read: for whoever decides whether it is fresh enough.
struct Origin {
  std::uint64_t epoch = 0;
  replication::ServerId server;
  replication::Position lower;  // the read has seen at least this
  Instant started{};            // when it was sent
  Instant finished{};           // when its answer was complete
  // What its statement asks for, if it does.
  std::optional<sql::Consistency> consistency;
  std::optional<Duration> max_lag;
  std::uint64_t rows = 0;
  // What the read has seen at most, once that is known. The only member that changes after
  // insertion: read and written under the lock of the entry's shard.
  std::optional<replication::Position> settled;
};

// One answer, and what it depends on. It is valid as long as no mark of `depends_on` was touched by
// a transaction with a higher number than `as_of`.
struct Entry {
  std::string key;  // identity, then command; compared byte for byte
  std::size_t identity_size = 0;
  std::uint64_t hash = 0;
  Bytes answer;
  std::vector<Mark> depends_on;
  std::uint64_t as_of = 0;
  Origin origin;
};

using EntryPtr = std::shared_ptr<Entry>;

// An entry with that key and nothing else.
EntryPtr make_entry(const Key& key);
// Views into the entry.
Key key_of(const Entry& entry);
bool has_key(const Entry& entry, const Key& key);

// What the entry occupies: key, answer and marks with what their containers have reserved, and a
// constant for itself and its places in the tables.
std::size_t size_of(const Entry& entry);

}  // namespace understudy::cache
