#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "understudy/changes.h"
#include "understudy/error.h"
#include "understudy/result.h"
#include "understudy/value.h"

// A MariaDB primary and its replicas as one database:
//
//   understudy::Cluster cluster(options);
//   cluster.write("INSERT INTO product (name, stock) VALUES (?, ?)", "lamp", 10);
//   for (const auto& row : cluster.read("SELECT name FROM product WHERE stock > ?", 0))
//     use(row.get<std::string>("name"));
//
// Writes run on the primary, reads on a replica that is fresh enough. Parameters stand for the
// question marks; they are sent beside the statement, never inside its text. Calls block until the
// answer is there and throw: DatabaseError; std::invalid_argument for a wrong number of parameters.
namespace understudy {

namespace client {
class Engine;
class SessionHandle;
class TransactionState;
}  // namespace client

// How fresh a read has to be.
enum class Consistency : std::uint8_t {
  Eventual,  // any healthy replica
  Bounded,   // at most ReadOptions::max_lag old
  Session,   // shows what this session has written and seen
  Strong,    // the primary
};

struct ReadOptions {
  Consistency consistency = Consistency::Session;
  std::chrono::milliseconds max_lag{5000};  // for Bounded
  std::string tag{};   // only servers with this tag answer; empty: all of weight above 0
  std::string zone{};  // servers of this zone are preferred; empty: as the cluster says
  // Whether the primary answers what no replica may. If not, the read waits for a replica, at most
  // ClusterOptions::hold.
  bool primary = true;
};

struct ClusterOptions {
  std::vector<std::string> addresses;  // "10.0.0.1:3306", "[::1]:3306", "unix:/run/db.sock"
  std::string service_user;            // watches the servers
  std::string service_password;
  std::string user;  // runs the statements
  std::string password;
  std::string schema;  // selected for every statement; empty: none

  ReadOptions reads;                      // unless a call says otherwise
  std::chrono::milliseconds hold{10000};  // how long a statement waits for a server
  std::chrono::milliseconds wait{1000};   // how long a read waits for a replica to catch up
  std::uint32_t max_connections_per_server = 32;
  // Memory for answers to reads with the hint `cache`, kept as long as the primary's log shows them
  // to be true: see docs/cache.md for what the servers need for it. 0: no such cache.
  std::uint64_t cache_bytes = 0;
  std::uint32_t max_attempts = 5;  // of what is safe to run again
};

// A transaction on the primary, during the call of Cluster::transaction. One thread at a time.
class Transaction {
 public:
  explicit Transaction(client::TransactionState& state) : state_(state) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Runs a statement, a read as well, on the primary inside the transaction. After an error that
  // ended the transaction each further call throws that error again.
  template <typename... Parameters>
  QueryResult execute(std::string_view sql, const Parameters&... parameters) {
    return run(sql, std::vector<Value>{to_value(parameters)...});
  }

  // The same with the parameters in a vector.
  QueryResult run(std::string_view sql, const std::vector<Value>& parameters);

 private:
  client::TransactionState& state_;
};

namespace detail {
// Calls `body` with a transaction and returns what it returned, through `run`, which may call it
// several times.
template <typename Run, typename Body>
auto transaction_result(const Run& run, Body& body) {
  using Returned = std::invoke_result_t<Body&, Transaction&>;
  if constexpr (std::is_void_v<Returned>) {
    run([&body](Transaction& transaction) { body(transaction); });
  } else {
    std::optional<Returned> returned;
    run([&](Transaction& transaction) { returned.emplace(body(transaction)); });
    return std::move(*returned);
  }
}
}  // namespace detail

// Statements that belong together: each read shows what the session wrote and never less than an
// earlier read of it; session variables, temporary tables and locks stay from one call to the next.
// One call at a time (std::logic_error otherwise); keeps its cluster's connections alive.
class Session {
 public:
  explicit Session(std::unique_ptr<client::SessionHandle> handle);
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;

  template <typename... Parameters>
  QueryResult write(std::string_view sql, const Parameters&... parameters) {
    return run_write(sql, std::vector<Value>{to_value(parameters)...});
  }
  template <typename... Parameters>
  QueryResult read(std::string_view sql, const Parameters&... parameters) {
    return run_read(std::nullopt, sql, std::vector<Value>{to_value(parameters)...});
  }
  template <typename... Parameters>
  QueryResult read(const ReadOptions& options, std::string_view sql,
                   const Parameters&... parameters) {
    return run_read(options, sql, std::vector<Value>{to_value(parameters)...});
  }
  // As Cluster::transaction.
  template <typename Body>
  auto transaction(Body&& body) {
    return detail::transaction_result(
        [this](const std::function<void(Transaction&)>& each) { run_transaction(each); }, body);
  }

  // What the session has seen, for another session, process or service; may ask the primary.
  [[nodiscard]] std::string token();
  // Makes the next reads at least as fresh as the session was that the token is from. Throws
  // std::invalid_argument for what is no token, or one of another cluster.
  void set_token(std::string_view token);

  QueryResult run_write(std::string_view sql, const std::vector<Value>& parameters);
  QueryResult run_read(const std::optional<ReadOptions>& options, std::string_view sql,
                       const std::vector<Value>& parameters);
  void run_transaction(const std::function<void(Transaction&)>& body);

 private:
  std::unique_ptr<client::SessionHandle> handle_;
};

// The cluster: watches its servers and keeps connections to them, on two threads of its own.
// Thread-safe; a copy is the same cluster. Making one does not wait for servers: statements do.
class Cluster {
 public:
  // Throws ConfigurationError.
  explicit Cluster(const ClusterOptions& options);
  // As the configuration file of the proxy says. Statements run under the file's service account;
  // give `user`, `password` and `schema` for another.
  static Cluster from_file(const std::string& path);
  static Cluster from_file(const std::string& path, std::string_view user,
                           std::string_view password, std::string_view schema);

  // Runs a statement on the primary. Run again by itself only when it is known that nothing took
  // effect (a deadlock, a connection lost before it was sent).
  template <typename... Parameters>
  QueryResult write(std::string_view sql, const Parameters&... parameters) {
    return run_write(sql, std::vector<Value>{to_value(parameters)...});
  }

  // Runs a read where it is answered soonest among the servers fresh enough; with Session each
  // write that ended before through this cluster is shown. What is not a read runs on the primary.
  // Run again on another server when one fails.
  template <typename... Parameters>
  QueryResult read(std::string_view sql, const Parameters&... parameters) {
    return run_read(std::nullopt, sql, std::vector<Value>{to_value(parameters)...});
  }
  template <typename... Parameters>
  QueryResult read(const ReadOptions& options, std::string_view sql,
                   const Parameters&... parameters) {
    return run_read(options, sql, std::vector<Value>{to_value(parameters)...});
  }

  // Calls `body` inside a transaction on the primary, commits, and returns what it returned. Any
  // exception rolls back. `body` is called again, after a growing pause, when the server rolled
  // back for a deadlock or the connection was lost before COMMIT was sent; never when the outcome
  // is unknown: then DatabaseError::maybe_executed() is true.
  template <typename Body>
  auto transaction(Body&& body) {
    return detail::transaction_result(
        [this](const std::function<void(Transaction&)>& each) { run_transaction(each); }, body);
  }

  [[nodiscard]] Session session();

  // Calls `callback` with each transaction that changes rows of `tables` ("schema.table", several
  // with commas between), in the order of their commits, each once, on a thread of the
  // subscription's own. Follows the primary through failovers by itself. `from`: "now" (what is
  // committed after this returns), "earliest" (all that the servers still have), or the id of a
  // transaction that was delivered: what comes after it. The log is read by the service account,
  // which needs REPLICATION SLAVE; the statements' user has to have the SELECT right on the tables
  // as long as the subscription lasts. Callbacks must not throw. What ends it: see
  // ChangeErrorCallback. Throws std::invalid_argument; DatabaseError, if it cannot begin.
  [[nodiscard]] Subscription subscribe(std::string_view tables, std::string_view from,
                                       ChangeCallback callback, ChangeErrorCallback on_error = {});

  // The same with the parameters in a vector.
  QueryResult run_write(std::string_view sql, const std::vector<Value>& parameters);
  QueryResult run_read(const std::optional<ReadOptions>& options, std::string_view sql,
                       const std::vector<Value>& parameters);
  void run_transaction(const std::function<void(Transaction&)>& body);

 private:
  explicit Cluster(std::shared_ptr<client::Engine> engine) : engine_(std::move(engine)) {}

  std::shared_ptr<client::Engine> engine_;
};

}  // namespace understudy
