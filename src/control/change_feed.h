#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/binlog_follower.h"
#include "control/change_counters.h"
#include "control/change_lane.h"
#include "control/table_access.h"
#include "control/table_book.h"
#include "feed/request.h"
#include "net/listener.h"

namespace understudy::control {

// Gives changes of tables to subscribers, over connections that the admin server hands over. Lives
// on the follower's loop.
//
// Subscribers who want the same and are at the same place share a ChangeLane. One that is at the
// end of the log is fed by the follower; one that is behind reads the log by itself, and joins when
// both are at the end of the same transaction. As all of it happens on one loop, that moment is
// exact: nothing is left out, and nothing comes twice.
class ChangeFeed final : public FollowerSink,
                         public ChangeLane::Owner,
                         public ChangeSubscriber::Owner {
 public:
  // So many lanes read for themselves at one time; the others wait for a place.
  static constexpr std::size_t kReadersMax = 8;

  struct Settings {
    ChangeLane::Settings lane;
    std::size_t max_subscribers = 10'000;
    // Nobody else needs the follower: it is started when the first subscriber comes.
    bool starts_follower = false;
  };

  // `follower` outlives this.
  ChangeFeed(net::Loop& loop, BinlogFollower& follower, Settings settings,
             std::shared_ptr<ChangeCounters> counters);
  ~ChangeFeed() override;
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // To be called with each that the follower gets.
  void set_topology(const replication::TopologyPtr& topology);

  // Serves a connection whose request has been read and whose account was checked: first it is
  // asked whether the account may read the tables.
  void subscribe(feed::Request request, const std::shared_ptr<const backend::Login>& login,
                 net::AcceptedSocket socket);

 private:
  void on_event(const replication::BinlogEvent& event) override;
  void on_transaction(const replication::TransactionId& gtid,
                      replication::TransactionScope::Edge how,
                      const replication::Position& now) override;
  void on_started(const replication::Position& at, std::uint64_t epoch) override;
  void on_interrupted(const std::string& why) override;
  void on_gap(const std::string& why) override;

  void tend_soon() override;
  void flush_soon() override;
  void on_boundary(ChangeLane& lane) override;

  void on_gone(ChangeSubscriber& subscriber) override;
  void on_drained(ChangeSubscriber& subscriber) override;

  void on_checked(ChangeSubscriber* key, feed::Request& request, const Result<void>& allowed);
  void place(std::unique_ptr<ChangeSubscriber> subscriber, feed::Request request);
  void place_at_the_end(std::unique_ptr<ChangeSubscriber> subscriber, feed::Request request);
  void join_live(std::unique_ptr<ChangeSubscriber> subscriber, const feed::Selection& selection);
  ChangeLane& make_lane(const feed::Selection& selection);
  void make_live(ChangeLane& lane);
  void at_rest(const replication::Position& now);
  [[nodiscard]] bool resting() const { return follower_.following() && !in_transaction_; }
  void tend();
  void start_readers();
  void define(ChangeLane& lane);
  void on_defined(ChangeLane& lane, const feed::TableId& table,
                  const Result<backend::TextResult>& answer, std::uint64_t asked_at);
  void tick();
  void note_rights(const replication::BinlogEvent& event);
  void check_rights();
  void on_rights(const std::string& lane_key, const std::shared_ptr<const backend::Login>& login,
                 const Result<void>& allowed);
  void count();

  net::Loop& loop_;
  BinlogFollower& follower_;
  const Settings settings_;
  const std::shared_ptr<ChangeCounters> counters_;
  TableAccess access_;
  TableBook tables_;
  replication::TopologyPtr topology_;
  std::unordered_map<ChangeSubscriber*, std::unique_ptr<ChangeSubscriber>> arriving_;
  std::vector<std::unique_ptr<ChangeLane>> lanes_;
  std::unordered_map<std::string, ChangeLane*> live_;  // Live or Joining, by key
  bool wanted_ = false;                                // there was a subscriber
  bool in_transaction_ = false;                        // the follower is
  bool rights_changed_ = false;
  bool tending_ = false;   // tend() is posted
  bool flushing_ = false;  // flushing is posted
  unsigned ticks_ = 0;
  net::Timer tick_;
};

}  // namespace understudy::control
