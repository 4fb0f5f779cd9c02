#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "backend/acknowledged.h"
#include "backend/binlog_reader.h"
#include "backend/login.h"
#include "backend/server_connection.h"
#include "backend/text_query.h"
#include "backend/unknown_writes.h"
#include "net/timer.h"
#include "replication/topology.h"

namespace understudy::backend {

// Finds out from the binary log of a new primary what became of writes whose answers were lost with
// the old one. Lives on one loop, used on its thread only.
class WriteResolver final {
 public:
  struct Settings {
    std::shared_ptr<const Login> service;
    std::shared_ptr<const Acknowledged> acknowledged;
    std::shared_ptr<UnknownWrites> writes;
    Duration connect_timeout{};
    Duration hold{};  // after which nothing has been found out
  };
  WriteResolver(net::Loop& loop, Settings settings);

  // Settles each write of the batch, sooner or later; those of a batch before it are given up.
  void start(std::vector<UnknownWrites::Entry> batch, const replication::ServerView& primary);

 private:
  void keep_last_epoch();
  void look();
  void connected(Result<std::unique_ptr<ServerConnection>> opened);
  void check_log();
  void check_filters();
  void check_rest();
  void check_rested(const TextResult& sources);
  void read_log();
  void judge(Result<BinlogReader::Transactions> transactions);
  // Something did not work, which may be different soon.
  void look_again(const Error& why);
  void give_up(std::string_view reason);
  void close_connection();

  net::Loop& loop_;
  const Settings settings_;
  std::vector<UnknownWrites::Entry> batch_;
  std::shared_ptr<const PrimaryMark> mark_;  // before all of the batch
  ConnectOptions target_;
  Instant deadline_{};
  std::unique_ptr<ServerConnection::Attempt> attempt_;
  TextQuery query_;  // outlives the connection
  std::unique_ptr<ServerConnection> connection_;
  std::unique_ptr<BinlogReader> reader_;
  net::Timer timer_;
};

}  // namespace understudy::backend
