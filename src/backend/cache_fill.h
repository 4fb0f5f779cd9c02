#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/command.h"
#include "backend/shared_cache.h"
#include "base/bytes.h"
#include "base/time.h"
#include "replication/topology.h"

namespace understudy::backend {

// A read on its way to a server whose answer is to be cached: passes the answer on to the client
// and keeps a copy. Belongs to one session.
class CacheFill final : public ResponseSink {
 public:
  CacheFill(SharedCache& cache, Dependencies dependencies, const cache::Key& key);

  // The read begins on a server, perhaps again on another one.
  void begin(ResponseSink& client, std::uint32_t capabilities, Instant now);
  void on_step(const protocol::ScanStep& step) override;
  // Never called: the session tells the client itself.
  void on_finished(Result<void> /*result*/, bool /*started*/) override {}

  // Takes part in a flight; it ends with this object.
  void set_flight(Flights::Place flight) { flight_ = std::move(flight); }
  [[nodiscard]] bool waits() const { return flight_.waits(); }

  [[nodiscard]] cache::Key key() const { return cache::key_of(*entry_); }
  [[nodiscard]] std::uint64_t newest_change() const { return cache_.marks.newest(marks()); }

  // What the read is known to have seen, and how fresh it was asked to be.
  struct Seen {
    std::uint64_t epoch = 0;
    replication::ServerId server;
    CacheClock::Shown shown;
    std::optional<sql::Consistency> consistency;
    std::optional<Duration> max_lag;
    Instant finished{};
  };
  // Puts the answer into the cache, or counts why not.
  void store(const Seen& seen);

 private:
  [[nodiscard]] std::span<const cache::Mark> marks() const { return entry_->depends_on; }
  [[nodiscard]] bool tables_unchanged() const;
  void take(const protocol::ScanStep& step);
  void end(const protocol::ScanStep& step);
  [[nodiscard]] std::optional<NotCached> obstacle(const Seen& seen) const;

  SharedCache& cache_;
  std::vector<Dependencies::Table> tables_;
  cache::EntryPtr entry_;
  Flights::Place flight_;
  ResponseSink* client_ = nullptr;
  std::uint32_t capabilities_ = 0;
  Instant started_{};
  bool complete_ = false;
  bool plain_ = true;
  bool too_large_ = false;
};

// How many rows are in the framed packets of one result, from the column count to its end.
std::uint64_t count_rows(ByteView answer, std::uint32_t capabilities);

}  // namespace understudy::backend
