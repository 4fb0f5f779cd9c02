#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "backend/dialect.h"
#include "backend/server_connection.h"
#include "backend/text_query.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology.h"

namespace understudy::backend {

// Waits until the primary shows everything that replicas may have shown. A primary sends a
// transaction to its replicas when it is in the binary log, and shows it to its own readers only
// after that (measured on MariaDB 10.11: milliseconds later under load; with semi-sync, after the
// replica's ACK). A session that has read on a replica would else go back in time on the primary.
//
// One small connection of the service account to the primary, opened when first needed; all who
// wait at one moment share an answer. Lives on one loop, used on its thread only.
class CommitBarrier final {
 public:
  using Done = UniqueFunction<void(Result<void>)>;

  CommitBarrier(net::Loop& loop, std::shared_ptr<const Login> service, Duration connect_timeout);
  ~CommitBarrier();
  CommitBarrier(const CommitBarrier&) = delete;
  CommitBarrier& operator=(const CommitBarrier&) = delete;

  // Whether `primary` is known to show all that replicas had shown by `moment`.
  [[nodiscard]] bool passed(replication::ServerId primary, Instant moment) const;

  // Calls `done` once, from the loop, when `primary` shows all that replicas have shown by now; it
  // may take for ever. Errors: those of connecting, Lost, and Server (a right is missing).
  // Destroying the ticket ends the wait without a call.
  class Ticket;
  [[nodiscard]] std::unique_ptr<Ticket> wait(const replication::ServerView& primary, Done done);

 private:
  struct Waiter {
    Done done;
    std::uint64_t round = 0;  // 0: waits for the next one to begin
    Ticket* ticket = nullptr;
  };
  using WaiterPlace = std::list<Waiter>::iterator;

  void begin_round();
  void connected(Result<std::unique_ptr<ServerConnection>> opened);
  void ask();
  void ask_shown();
  void ask_again();
  void answered(Result<TextResult> shown);
  void end_round(const Result<void>& result);
  void turn_to(const replication::ServerView& primary);

  net::Loop& loop_;
  const std::shared_ptr<const Login> service_;
  const Duration connect_timeout_;

  ConnectOptions target_;
  std::list<Waiter> waiters_;
  bool in_round_ = false;
  std::uint64_t round_ = 0;
  Instant round_began_{};
  Instant passed_at_{};  // the primary shows all that replicas showed before this
  std::optional<Result<CommitsUnderWay>> logged_;

  std::unique_ptr<ServerConnection::Attempt> attempt_;
  TextQuery logged_query_;  // the queries outlive the connection
  TextQuery shown_query_;
  std::unique_ptr<ServerConnection> connection_;
  net::Timer next_;
};

// A wait for the barrier; see CommitBarrier::wait.
class CommitBarrier::Ticket {
 public:
  Ticket(CommitBarrier& barrier, WaiterPlace place) : barrier_(&barrier), place_(place) {}
  ~Ticket();
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

 private:
  friend class CommitBarrier;
  CommitBarrier* barrier_;  // null once answered
  WaiterPlace place_;
};

}  // namespace understudy::backend
