#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/connection_budget.h"
#include "backend/server_connection.h"
#include "net/loop.h"
#include "net/timer.h"

namespace understudy::backend {

struct PoolSettings {
  Duration idle_timeout;
  Duration wait;             // how long a session waits for a connection
  Duration connect_timeout;  // for connecting and logging in
};

// Which server a pool is for.
struct PoolServer {
  replication::ServerId id;
  std::string name;
  Address address;
};

// What a session needs of a connection. `state` is that of the session and must live as long as the
// wait.
struct ConnectionWant {
  std::shared_ptr<const Login> login;
  const SessionState* state = nullptr;
  bool read_only = false;
  // The schema of `state` is being selected: it may not exist, so it is no part of a login.
  bool selects_schema = false;
};

// One worker's connections to one server. Idle connections are kept by login; the one whose state
// equals the session's is handed out first, else one that can be brought there. A connection that
// broke is never handed out, one about whose last statement its session may ask still only if there
// is no other, the one not used for longest first. Lives on one loop, used on its thread only.
class Pool {
 public:
  using Callback = UniqueFunction<void(Result<std::unique_ptr<ServerConnection>>)>;

  Pool(net::Loop& loop, PoolServer server, std::shared_ptr<ConnectionBudget> budget,
       PoolSettings settings);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // An idle connection that fits, or null.
  [[nodiscard]] std::unique_ptr<ServerConnection> try_take(const ConnectionWant& want);

  // Waits for a connection: one that is given back, or a new one. `done` is called once, from the
  // loop: Exhausted (1040) after PoolSettings::wait, or what opening a connection failed with.
  // Destroying the ticket ends the wait without a call.
  class Ticket;
  [[nodiscard]] std::unique_ptr<Ticket> take(ConnectionWant want, Callback done);

  // The very connection of a session's last use, if it is idle and nobody has used it since.
  [[nodiscard]] std::unique_ptr<ServerConnection> reclaim(std::uint64_t use);

  // An idle connection that still has these warnings, or null.
  [[nodiscard]] std::unique_ptr<ServerConnection> reclaim(const WarningList& warnings);

  // Takes a connection back; one that is not idle(), or retired(), is closed.
  void give_back(std::unique_ptr<ServerConnection> connection);

  // Closes a connection that nobody may use again.
  void discard(std::unique_ptr<ServerConnection> connection) { close(std::move(connection)); }

  // Closes the idle connections: the server is down, or its role has changed.
  void close_idle();
  // From now on only connections with this read-only net, or without one, are kept and handed out:
  // the server has the role that asks for it. The same goes for those that were opened while new
  // sessions had this sql_mode.
  void serve(bool read_only, std::string_view sql_mode);

  [[nodiscard]] std::size_t idle_count() const { return idle_.size(); }
  [[nodiscard]] std::size_t open_count() const { return open_count_; }

 private:
  struct Idle {
    std::unique_ptr<ServerConnection> connection;
    Instant since;
  };
  struct Waiter {
    std::uint64_t id = 0;
    Instant since{};
    ConnectionWant want;
    Callback done;
    std::unique_ptr<net::Timer> deadline;
    bool attempted = false;  // a connection is being opened on its behalf
    Ticket* ticket = nullptr;
  };
  struct Opening {
    std::shared_ptr<const Login> login;
    std::unique_ptr<ServerConnection::Attempt> attempt;
  };
  using WaiterPlace = std::list<Waiter>::iterator;

  void on_wanted();
  void on_granted();
  [[nodiscard]] bool is_owed(WaiterPlace waiter);
  void cede(std::unique_ptr<ServerConnection> connection);
  void want_place();

  void pump();
  bool make_room(const Waiter& waiter);
  void start_opening(const Waiter& waiter);
  void finish_opening(std::list<Opening>::iterator opening,
                      Result<std::unique_ptr<ServerConnection>> result);
  void fail_waiters(const Login& login, const Error& why);
  void revive_waiters(const Login& login);
  void answer(WaiterPlace waiter, Result<std::unique_ptr<ServerConnection>> result);
  [[nodiscard]] bool outdated(const ServerConnection& connection) const {
    return (serves_read_only_ && connection.read_only() != *serves_read_only_) ||
           connection.default_mode() != default_mode_;
  }
  void offer(std::unique_ptr<ServerConnection> connection);
  void keep_idle(std::unique_ptr<ServerConnection> connection);
  std::unique_ptr<ServerConnection> take_idle(std::size_t index);
  void drop(std::unique_ptr<ServerConnection> connection);
  void close(std::unique_ptr<ServerConnection> connection);
  void close_outdated();
  void sweep();

  net::Loop& loop_;
  const PoolServer server_;
  const std::shared_ptr<ConnectionBudget> budget_;
  const PoolSettings settings_;
  std::optional<bool> serves_read_only_;
  std::string sql_mode_;            // of new sessions
  std::uint32_t default_mode_ = 0;  // counts its changes
  ConnectionBudget::MemberId member_;
  std::vector<Idle> idle_;  // used last, last
  std::list<Waiter> waiters_;
  std::uint64_t last_waiter_ = 0;
  std::list<Opening> openings_;
  std::size_t open_count_ = 0;         // idle, lent and being opened
  bool wanting_ = false;               // has asked the other workers for a place
  std::optional<Instant> owed_since_;  // when another worker asked for one that we do not have
  net::Timer sweep_timer_;
};

// A wait for a connection; see Pool::take.
class Pool::Ticket {
 public:
  Ticket(Pool& pool, WaiterPlace place) : pool_(&pool), place_(place) {}
  ~Ticket();
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

 private:
  friend class Pool;
  Pool* pool_;  // null once answered
  WaiterPlace place_;
};

}  // namespace understudy::backend
