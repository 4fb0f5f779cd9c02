#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "backend/dialect.h"
#include "base/time.h"
#include "replication/position.h"
#include "replication/topology.h"

namespace understudy::backend {

// How far the cache has come in the primary's binary log: what the follower that invalidates tells
// the workers. The transactions of the log are numbered 1, 2, 3 … in its order; a number says for
// the cache what a position says for a replica. Numbers never go back, whatever the log does.
//
// One thread writes (the follower's), all may read. read() takes no lock: it repeats itself when
// the writer was at work (a seqlock; Boehm 2012, "Can seqlocks get along with programming language
// memory models?"). What only misses ask is behind a mutex. A position of MySQL is too large for
// that: readers share it, and take a lock for a moment.
class CacheClock final {
 public:
  // More replication domains than this, or ranges of GTIDs, and the cache stays closed.
  static constexpr std::size_t kDomainsMax = 4;
  static constexpr std::size_t kRangesMax = 256;

  // One moment of the cache.
  struct View {
    bool open = false;        // answers may be given
    std::uint64_t epoch = 0;  // to which all of it belongs
    std::uint64_t number = 0;
    replication::Position position;  // of the transactions up to `number`
    // The primary had not logged more than that when it was asked at this moment.
    Instant current_as_of{};
  };

  explicit CacheClock(std::size_t server_count);

  // --- the follower's thread ---

  // Answers belong to this epoch and come from reads after this. Forgets what was known.
  void open(std::uint64_t epoch, const replication::Position& at);
  void close();
  // A place in the log of this epoch's primary behind everything up to where open() began. Until it
  // is known, nothing is known of what the primary itself shows.
  void set_opening_end(const BinlogPoint& end);
  // The next transaction is invalidated: it gets the number that next_number() said. `end` is the
  // place behind it in the log.
  void advance(const replication::Position& position, const BinlogPoint& end);
  [[nodiscard]] std::uint64_t next_number() const { return now_.number + 1; }
  void set_current_as_of(Instant moment);
  // Called, on any thread, when a worker has begun to wait for a later current_as_of.
  void on_wanted(std::function<void()> wanted) { wanted_ = std::move(wanted); }
  // The latest moment that somebody waits for.
  [[nodiscard]] Instant wanted_as_of() const;
  void wanted_seen() { told_.store(false); }

  // --- any thread ---

  [[nodiscard]] View read() const;
  // Asks for a current_as_of of `moment` or later, soon.
  void want_as_of(Instant moment);

  // A number up to which a server shows all for certain: what its position, or its place in the
  // primary's own log, covers.
  struct Shown {
    std::uint64_t number = 0;
    replication::Position position;  // of that number
  };
  [[nodiscard]] Shown covered_by(const replication::Position& position, std::uint64_t epoch) const;
  [[nodiscard]] Shown covered_by(const BinlogPoint& shown, std::uint64_t epoch) const;
  // What is known of a server, from whoever has asked it last; keeps the most.
  void learn(replication::ServerId server, const Shown& shown, std::uint64_t epoch);
  [[nodiscard]] Shown known(replication::ServerId server, std::uint64_t epoch) const;

 private:
  struct Logged {
    std::uint64_t number = 0;
    replication::Position position;
    BinlogPoint end;
  };
  // Positions that are kept; fewer if each is large.
  static constexpr std::size_t kLoggedMax = 16384;
  static constexpr std::size_t kWords = 4 + 2 * kDomainsMax;

  void publish();
  template <typename Covers>
  [[nodiscard]] Shown last_that(std::uint64_t epoch, Covers covers) const;

  // The follower's thread only.
  View now_;

  std::atomic<std::uint64_t> version_{0};  // odd while words_ are being written
  std::array<std::atomic<std::uint64_t>, kWords> words_{};
  mutable std::mutex set_mutex_;
  replication::Position set_;  // MySQL; belongs to what words_ say; guarded by set_mutex_
  std::atomic<Instant::rep> wanted_as_of_{0};
  std::atomic<bool> told_{false};
  std::function<void()> wanted_ = [] {};  // constant once workers run

  mutable std::mutex mutex_;
  std::uint64_t epoch_ = 0;  // guarded by mutex_, as what follows
  std::optional<BinlogPoint> opening_end_;
  std::deque<Logged> logged_;  // the last ones, in the order of the log
  std::vector<Shown> known_;   // by ServerId
};

}  // namespace understudy::backend
