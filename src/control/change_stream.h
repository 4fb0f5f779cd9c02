#pragma once

#include <memory>

#include "backend/binlog_stream.h"
#include "base/destruction_watch.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology.h"

namespace understudy::control {

// Who takes what a ChangeStream reads.
class ChangeStreamHandler {
 public:
  virtual ~ChangeStreamHandler() = default;
  // The server has the position and what came after it. Comes again after each interruption.
  virtual void on_stream_started() = 0;
  // The next event of the log. May pause, stop or destroy the stream.
  virtual void on_stream_event(const replication::BinlogEvent& event) = 0;
  // The connection broke and is made again: returns where to go on.
  virtual replication::Position on_stream_interrupted() = 0;
  // It cannot go on; the last call. `gone`: the servers have not, or no longer, what was asked for.
  virtual void on_stream_failed(const Error& why, bool gone) = 0;
};

// The primary's binary log from a position on, for one reader: stays with the primary through
// failovers and broken connections. Lives on one loop; destroying it ends it without a call.
class ChangeStream final : public backend::BinlogStreamHandler {
 public:
  // `login` is that of the service account.
  ChangeStream(net::Loop& loop, std::shared_ptr<const backend::Login> login,
               ChangeStreamHandler& handler);
  ~ChangeStream() override;

  void start(replication::TopologyPtr topology, replication::Position after);
  void set_topology(replication::TopologyPtr topology);
  void pause();
  void resume();

 private:
  void on_event(const replication::BinlogEvent& event) override;
  void on_ended(const Error& why) override;
  void connect();
  void interrupt();

  net::Loop& loop_;
  const std::shared_ptr<const backend::Login> login_;
  ChangeStreamHandler& handler_;
  replication::TopologyPtr topology_;
  replication::Position after_;
  std::unique_ptr<backend::BinlogStream> stream_;
  replication::ServerId server_;
  std::uint64_t epoch_ = 0;
  bool started_ = false;
  bool paused_ = false;
  Duration retry_{};
  net::Timer again_;
  WatchPoint life_;  // the handler may destroy this
};

}  // namespace understudy::control
