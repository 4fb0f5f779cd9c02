#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/binlog_stream.h"
#include "control/event_log.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology.h"
#include "replication/transaction_scope.h"

namespace understudy::control {

// Who takes part in what a BinlogFollower reads. Called on its loop.
class FollowerSink {
 public:
  virtual ~FollowerSink() = default;
  // The next event of the log; its views live only during the call.
  virtual void on_event(const replication::BinlogEvent& event) = 0;
  // The transaction whose last event came is over, rolled back or prepared ones too; `now` includes
  // it. It never comes again.
  virtual void on_transaction(const replication::TransactionId& gtid,
                              replication::TransactionScope::Edge how,
                              const replication::Position& now) = 0;
  // The log is being followed from `at` on, in this epoch: what comes next is the first event after
  // that. A transaction whose end had not come begins again.
  virtual void on_started(const replication::Position& at, std::uint64_t epoch) = 0;
  // The connection broke; on_started() follows some time.
  virtual void on_interrupted(const std::string& why) = 0;
  // What comes after the next on_started() does not continue what came before: the primary has not,
  // or has no longer, what would follow it.
  virtual void on_gap(const std::string& why) = 0;
};

// Follows the primary's binary log as a replica does, through every change of primary: from where
// the primary is when it is first seen, then without a gap as long as the servers have the logs.
// Lives on one loop, used on its thread only.
class BinlogFollower final : private backend::BinlogStreamHandler {
 public:
  struct Settings {
    std::shared_ptr<const backend::Login> login;  // the service account
    Duration connect_timeout = std::chrono::seconds(1);
    Duration heartbeat = std::chrono::milliseconds(250);
    // Called on the loop's thread: binlog_following, binlog_lost.
    EventReporter report = [](const std::string&, const Event::Fields&) {};
  };

  BinlogFollower(net::Loop& loop, Settings settings);
  ~BinlogFollower() override;
  BinlogFollower(const BinlogFollower&) = delete;
  BinlogFollower& operator=(const BinlogFollower&) = delete;

  // Sinks outlive the follower, or are removed. Not from inside a sink's call.
  void add(FollowerSink& sink);
  void remove(FollowerSink& sink);

  void set_topology(replication::TopologyPtr topology);

  // True while the log is being read; then position() is all that has been read of it.
  [[nodiscard]] bool following() const { return following_; }
  [[nodiscard]] const replication::Position& position() const { return position_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  // The server whose log is read; null if there is none now.
  [[nodiscard]] const replication::ServerView* source() const;
  [[nodiscard]] const replication::TopologyPtr& topology() const { return topology_; }
  // Why the log is not being read now; empty if it is.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void on_event(const replication::BinlogEvent& event) override;
  void on_ended(const Error& why) override;
  void connect();
  void note_started();
  void tell_first_file();
  void stop(const std::string& why);
  void lost_track(const std::string& why);

  net::Loop& loop_;
  const Settings settings_;
  std::vector<FollowerSink*> sinks_;
  replication::TopologyPtr topology_;
  std::unique_ptr<backend::BinlogStream> stream_;
  replication::ServerId server_;  // that stream_ reads
  std::uint64_t epoch_ = 0;       // in which it is the primary
  bool following_ = false;
  std::optional<replication::Position> resume_;  // nothing before the first start
  replication::Position position_;
  replication::TransactionScope scope_;
  std::string first_file_;  // that the stream began with
  std::string problem_ = "no primary was found yet";
  Duration retry_{};
  net::Timer again_;
};

}  // namespace understudy::control
