#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/address.h"
#include "config/config.h"
#include "control/command_runner.h"
#include "control/event_log.h"
#include "control/hooks.h"
#include "net/loop.h"
#include "replication/flavour.h"

namespace understudy::control {

// A server that has transactions which the primary lacks.
struct DivergedServer {
  HookServer server;
  HookServer source;   // a healthy server to copy from
  HookServer primary;  // the one to replicate from in the end
  std::string cluster;
  std::uint64_t epoch = 0;
  std::string extra;   // what only it has: GTIDs
  std::string common;  // where its log parts from the primary's, for domains where both are known
  replication::Flavour flavour = replication::Flavour::MariaDb;
};

// Saves what only a diverged server has as SQL in a file, by mariadb-binlog or mysqlbinlog over the
// network, and
// then has hooks.rebuild give it another server's data. Each step is an event:
// extra_transactions_saved {server, file}, rebuild_started, rebuild_done, and rebuild_failed
// {reason}; without a command rebuild_needed. Nothing is rebuilt before its transactions are saved.
// Control loop only.
class Rebuilder {
 public:
  // All references outlive this.
  Rebuilder(net::Loop& loop, EventLog& events, const config::Config& config);

  ~Rebuilder();
  Rebuilder(const Rebuilder&) = delete;
  Rebuilder& operator=(const Rebuilder&) = delete;

  // One at a time for a server; while that is under way nothing more is begun for it.
  void rebuild(DivergedServer diverged);

 private:
  struct Job;

  void save(Job& job);
  void saved(Job& job, const Result<CommandResult>& result, const std::string& file);
  void copy(Job& job);
  void copied(Job& job, const Result<CommandResult>& result);
  void fail(Job& job, const std::string& why);
  void end(Job& job);
  [[nodiscard]] std::string new_file(const DivergedServer& diverged) const;

  net::Loop& loop_;
  EventLog& events_;
  const config::Config& config_;
  std::map<std::string, std::unique_ptr<Job>> jobs_;  // by server
};

}  // namespace understudy::control
