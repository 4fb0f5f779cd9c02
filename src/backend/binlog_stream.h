#pragma once

#include <memory>
#include <string>

#include "backend/server_connection.h"
#include "base/result.h"
#include "base/time.h"
#include "net/loop.h"
#include "replication/binlog_event.h"
#include "replication/position.h"

namespace understudy::backend {

// Who takes the events of a BinlogStream.
class BinlogStreamHandler {
 public:
  virtual ~BinlogStreamHandler() = default;
  // The next event; its views live only during the call. May pause the stream, or destroy it.
  virtual void on_event(const replication::BinlogEvent& event) = 0;
  // The stream is over; the last call, which may destroy it. Errors: those of connecting; Server
  // with the server's code: 1236 if it has not that position or purged what came after it, 1227
  // without the privilege; Timeout after a silence; Lost; Malformed; Exhausted (an event that is
  // larger than kEventBytesMax). An ErrorKind::Cancelled is no error: the log's end, where the
  // stream was to end there.
  virtual void on_ended(const Error& why) = 0;
};

// A server's binary log from a position on, over a connection of its own. The account needs
// REPLICATION SLAVE (MariaDB: also called REPLICATION REPLICA), nothing else. What a compressed
// transaction holds comes event by event, as from a log that is not compressed.
// Lives on one loop, used on its thread only; destroying it closes the connection, without a call.
class BinlogStream final {
 public:
  // As large as a server's max_allowed_packet can be. Such an event is in memory as a whole.
  static constexpr std::size_t kEventBytesMax = std::size_t{1} << 30;

  struct Options {
    replication::ServerId server;
    std::string server_name;
    Address address;
    std::shared_ptr<const Login> login;
    // Exclusive. The empty position: from the first log that the server still has.
    replication::Position after;
    // A server that has not logged exactly this position answers 1236. Without it one that has
    // logged later ones will do.
    bool strict = true;
    // Up to the end that the log has when the reader gets there; else as a replica, on and on.
    bool to_end = false;
    bool count_rows = false;                              // see replication::RowsEvent::count
    Duration heartbeat = std::chrono::milliseconds(250);  // of a server with nothing to say
    Duration connect_timeout{};
  };

  BinlogStream(net::Loop& loop, Options options, BinlogStreamHandler& handler);
  ~BinlogStream();
  BinlogStream(const BinlogStream&) = delete;
  BinlogStream& operator=(const BinlogStream&) = delete;

  // Slow the server down. An event or two that were read already may still come after pause().
  void pause();
  void resume();

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace understudy::backend
