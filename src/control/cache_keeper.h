#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cache_clock.h"
#include "backend/change_marks.h"
#include "backend/result_cache.h"
#include "backend/table_catalogue.h"
#include "control/binlog_follower.h"
#include "control/cache_invalidator.h"
#include "control/event_log.h"
#include "control/link.h"
#include "net/loop.h"
#include "net/timer.h"

namespace understudy::control {

// Keeps the result cache true: invalidates what the primary's log says has changed, and says how
// far it has come. While it does not follow the log, or definitions have changed and are not known
// yet, the cache is closed. Lives on the follower's loop.
//
// Beside the log it asks the primary over a connection of its own, in rounds: up to where its log
// is written (so that the age of the cache is known), what the tables are that the cache wants to
// know, and which foreign keys change other tables without a word in the log. An answer holds from
// the moment when the log has been read up to where it was written then, if nothing was defined
// anew in between.
class CacheKeeper final : public FollowerSink {
 public:
  struct Cache {
    backend::CacheClock& clock;
    backend::ChangeMarks& marks;
    backend::TableCatalogue& tables;
    backend::ResultCache& results;
  };

  // All outlive this, and `follower` is on the same loop.
  CacheKeeper(net::Loop& loop, BinlogFollower& follower, LinkOpener& opener, Cache cache,
              EventReporter report);
  ~CacheKeeper() override;
  CacheKeeper(const CacheKeeper&) = delete;
  CacheKeeper& operator=(const CacheKeeper&) = delete;

  // Begins to follow.
  void start();

 private:
  struct Round {
    std::uint64_t definitions = 0;  // as of when it was asked
    bool opening = false;
    std::vector<backend::TableCatalogue::Name> tables;
    Instant sent{};
  };
  // What becomes true when the log has been read up to `logged`.
  struct Answer {
    Round round;
    replication::Position logged;
    std::optional<Cascades> cascades;
    backend::BinlogPoint log_end;
    std::vector<backend::TableFactsPtr> facts;  // of round.tables
  };

  void on_event(const replication::BinlogEvent& event) override;
  void on_transaction(const replication::TransactionId& gtid,
                      replication::TransactionScope::Edge how,
                      const replication::Position& now) override;
  void on_started(const replication::Position& at, std::uint64_t epoch) override;
  void on_interrupted(const std::string& why) override;
  void on_gap(const std::string& why) override;

  void definitions_changed();
  void forget_all();
  void ask_soon();
  void next_round(Duration delay);
  void begin_round();
  void ask();
  void answered(Round round, const Link::Answers& answers);
  Result<void> read_opening(Answer& answer, const Link::Answers& answers) const;
  void round_failed();
  void refuse(const std::string& why);
  void settle();
  void take(Answer& answer);
  void open(const Answer& answer);

  net::Loop& loop_;
  BinlogFollower& follower_;
  LinkOpener& opener_;
  const Cache cache_;
  const EventReporter report_;
  CacheInvalidator invalidator_;

  bool open_ = false;
  bool in_transaction_ = false;    // some of its changes have their marks already
  bool continuous_ = false;        // since the cache was last open nothing was missed
  std::uint64_t epoch_ = 0;        // that is followed
  std::uint64_t definitions_ = 0;  // grows when definitions have changed
  std::deque<Answer> awaiting_;    // the log
  bool in_round_ = false;
  Instant last_round_{};
  std::string refusal_;           // why it stays closed, as last logged
  replication::ServerId server_;  // that link_ leads to
  std::unique_ptr<LinkAttempt> attempt_;
  std::unique_ptr<Link> link_;
  net::Timer next_;
  // Tells functions posted to the loop that this is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace understudy::control
