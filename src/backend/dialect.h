#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "failover/order.h"
#include "replication/flavour.h"
#include "replication/position.h"

namespace understudy::backend {

struct TextResult;

// A place in the sequence of a server's binary logs.
struct BinlogPoint {
  std::uint64_t file = 0;  // the number at the end of its name
  std::uint64_t offset = 0;

  // clang-tidy 14 takes what the compiler generates for a comparison with 0.
  auto operator<=>(const BinlogPoint&) const = default;  // NOLINT(modernize-use-nullptr)
};

// The commits that replicas may have and the primary's own readers may not see yet: MariaDB counts
// places in its log, MySQL the transactions themselves.
struct CommitsUnderWay {
  BinlogPoint end;
  replication::Position owned;
};

// Up to where readers of a primary see what is in its log: a place in it, or MySQL's transactions.
struct ShownLog {
  BinlogPoint point;
  replication::Position position;
};

// How a replica reaches its source.
struct SourceAccess {
  Address address;
  std::string user;  // for a server that replicates from nobody so far; others keep theirs
  std::string password;
  Duration heartbeat{};  // how often a silent source shows that it lives
};

// What differs between flavours, in one place: the SQL that we send and what its answers mean.
// Stateless and immutable; any thread may use it. Which one a server speaks is found from the
// version in its greeting: ask the connection (ServerConnection::dialect, control::Link::dialect),
// or take dialect_of() for a server that a topology tells about.
class Dialect {
 public:
  virtual ~Dialect() = default;

  [[nodiscard]] virtual replication::Flavour flavour() const = 0;

  // Run once on each new connection that serves clients: makes the server report what a statement
  // changed in the session. `read_only` also makes it refuse whatever writes (error 1792): the
  // safety net on replicas, by the variable that read_only_variable() names.
  [[nodiscard]] virtual std::string session_setup(bool read_only) const = 0;
  [[nodiscard]] virtual std::string_view read_only_variable() const = 0;

  // A SELECT of one row and column that returns once `position` is applied, or after `timeout`. For
  // replicas only: on MariaDB a primary's applied position does not move.
  [[nodiscard]] virtual std::string wait_for_position(const replication::Position& position,
                                                      Duration timeout) const = 0;
  // Whether the value that wait_for_position selected means that the position is applied.
  [[nodiscard]] virtual bool wait_succeeded(std::string_view value) const = 0;

  // A SELECT of one row and column: everything that the server shows to readers now.
  [[nodiscard]] virtual std::string visible_position() const = 0;

  // Of a primary: what replicas may have by now; and, asked afterwards, whether readers see all of
  // that. Statements, and what their answers mean. Error: Malformed.
  [[nodiscard]] virtual std::string commits_under_way() const = 0;
  [[nodiscard]] virtual Result<CommitsUnderWay> read_commits_under_way(
      const TextResult& answer) const = 0;
  [[nodiscard]] virtual std::string shown_commits() const = 0;
  [[nodiscard]] virtual Result<bool> shows(const CommitsUnderWay& commits,
                                           const TextResult& shown_commits) const = 0;
  // Of a primary: up to where its log is surely shown. Error: Malformed.
  [[nodiscard]] virtual std::string shown_log() const = 0;
  [[nodiscard]] virtual Result<ShownLog> read_shown_log(const TextResult& answer) const = 0;

  // What the monitor asks on each probe, and what it asks for replica threads; one row, columns by
  // name. For heartbeats() see control::read_replica_status(); empty where the status has them.
  [[nodiscard]] virtual std::string probe() const = 0;
  [[nodiscard]] virtual std::string replica_status() const = 0;
  [[nodiscard]] virtual std::string heartbeats() const = 0;
  // Whether an answer to replica_status() shows that what was received is still being applied.
  [[nodiscard]] virtual bool applies(const TextResult& replica_status) const = 0;
  // A SELECT of one row and column: 1 if the server writes all that it replicates to its binary
  // log; and a statement whose answer shows whether filters keep something out of that.
  [[nodiscard]] virtual std::string logs_all() const = 0;
  [[nodiscard]] virtual std::string log_filters() const = 0;
  [[nodiscard]] virtual bool without_filters(const TextResult& log_filters) const = 0;
  // Of a primary with semi-sync: one row whose second value is ON while commits really wait for a
  // replica.
  [[nodiscard]] virtual std::string semi_sync_status() const = 0;
  // What matters on the day of a failover: settings as rows of name (upper case), value, origin;
  // the rights of the account that asks; accounts that write in spite of read_only as rows of user
  // and host, but for those that nobody can do without.
  [[nodiscard]] virtual std::string failover_settings() const = 0;
  [[nodiscard]] virtual std::string own_grants() const = 0;
  [[nodiscard]] virtual std::string read_only_bypass() const = 0;
  // What the sessions do; makes no temporary table, for which there may be no room. And whether one
  // of them waits to write until there is room on the server's disk.
  [[nodiscard]] virtual std::string session_states() const = 0;
  [[nodiscard]] virtual bool waits_for_room(const TextResult& session_states) const = 0;
  // All accounts as rows of user, host, plugin, stored hash, locked (0 or 1); what REQUIRE says
  // (nothing, "ANY", "X509" or "SPECIFIED"), with cipher, issuer and subject; password expired (0
  // or 1).
  [[nodiscard]] virtual std::string accounts() const = 0;

  // A SELECT of one row and column: all that the binary log holds; and all that a replica has
  // applied.
  [[nodiscard]] virtual std::string logged_position() const = 0;
  [[nodiscard]] virtual std::string applied_position() const = 0;
  // Foreign keys by which rows of another table change without a word in the log, as rows of the
  // schema and name of the table that is referred to, and of the one that refers to it.
  [[nodiscard]] virtual std::string cascades() const = 0;
  // A table as rows for its columns in their order: "BASE TABLE" or what else it is, its engine,
  // the column's name, place (from 1), type, type with attributes, generating expression, and place
  // in the primary key (from 1, NULL). No row if there is no such table, or the account may not see
  // it.
  [[nodiscard]] virtual std::string table_facts(std::string_view schema,
                                                std::string_view table) const = 0;

  // A statement that tells a table's columns; and of its answer the place (from 0) and the name,
  // in lower case, of the column that numbers itself; the place is nothing without one. Error:
  // Malformed, if it does not list `column_count` columns.
  struct NumberedColumn {
    std::optional<std::size_t> place;
    std::string name;
  };
  [[nodiscard]] virtual std::string columns(std::string_view schema,
                                            std::string_view table) const = 0;
  [[nodiscard]] virtual Result<NumberedColumn> numbered_column(const TextResult& columns,
                                                               std::size_t column_count) const = 0;

  // What carries an action out, one statement after another; of actions that need to know something
  // first (StopReceiving, CutClients) nothing: see below. `access` is that of a Follow's source,
  // `timeout` bounds waits for locks and positions.
  [[nodiscard]] virtual std::vector<std::string> statements(const failover::Action& action,
                                                            const SourceAccess& access,
                                                            Duration timeout) const = 0;
  // Selects the ids, in the first column, of the connections that an action ends: those that
  // receive from a source, or those of clients, but not of `service_user`.
  [[nodiscard]] virtual std::string select_connections(failover::ActionKind action,
                                                       std::string_view service_user) const = 0;
  // Ends a connection; that it is gone already is error 1094.
  [[nodiscard]] virtual std::string kill(std::string_view connection) const = 0;

  // True for a system variable that says something of the moment, not of the session, or is ours to
  // set: it is never carried to another connection.
  [[nodiscard]] virtual bool carried(std::string_view variable) const = 0;
};

// The dialects of MariaDB 10.6 and later, and of MySQL 8.4 and later; they live as long as the
// program.
const Dialect& mariadb_dialect();
const Dialect& mysql_dialect();
const Dialect& dialect_of(replication::Flavour flavour);
// By the version that a server greets with: MariaDB's have the name in it.
const Dialect& dialect_of_version(std::string_view server_version);

}  // namespace understudy::backend
