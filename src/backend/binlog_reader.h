#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/binlog_stream.h"
#include "base/result.h"
#include "base/time.h"
#include "base/unique_function.h"
#include "net/loop.h"
#include "replication/logged_transaction.h"
#include "replication/position.h"

namespace understudy::backend {

// Reads all transactions after a position from one server's binary log, up to the end that the log
// has when the reader gets there. It opens a connection of its own, since the server gives up a
// connection that it has sent its log on. The account needs REPLICATION SLAVE (MariaDB: also called
// REPLICATION REPLICA), nothing else. Lives on one loop, used on its thread only.
class BinlogReader final {
 public:
  using Transactions = std::vector<replication::LoggedTransaction>;
  using Done = UniqueFunction<void(Result<Transactions>)>;

  // What the texts and names of all transactions may take in memory together, and one event.
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;

  struct Options {
    replication::ServerId server;
    std::string server_name;
    Address address;
    std::shared_ptr<const Login> login;
    // Exclusive. The empty position: from the first log that the server still has.
    replication::Position after;
    Duration timeout;  // for all of it
  };

  explicit BinlogReader(net::Loop& loop);
  ~BinlogReader();  // ends a reading that is under way, without a call
  BinlogReader(const BinlogReader&) = delete;
  BinlogReader& operator=(const BinlogReader&) = delete;

  // Starts to read; one reading at a time. `done` is called once, from the loop, and may destroy
  // the reader. Errors: those of connecting; Server with the server's code: 1236 if it has not that
  // position or purged what came after it, 1227 without the privilege; Exhausted (kBytesMax);
  // Timeout; Lost; Malformed; Unsupported for events that are needed and not understood.
  void start(Options options, Done done);

 private:
  struct Reading;
  net::Loop& loop_;
  std::unique_ptr<Reading> reading_;
};

}  // namespace understudy::backend
