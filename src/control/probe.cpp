#include "control/probe.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

#include "protocol/server_errors.h"

namespace understudy::control {
namespace {

constexpr std::uint16_t kAccessDeniedToSchema = 1044;
constexpr std::uint16_t kTableAccessDenied = 1142;
constexpr std::uint16_t kColumnAccessDenied = 1143;
constexpr std::uint16_t kSpecificAccessDenied = 1227;

// Column name -> value of one row. A name that comes twice keeps its first value.
replication::StatusRow to_row(const backend::TextResult& result, std::size_t index) {
  replication::StatusRow row;
  const auto& values = result.rows[index];
  for (std::size_t i = 0; i < result.columns.size() && i < values.size(); ++i)
    row.emplace(result.columns[i], values[i]);
  return row;
}

std::vector<replication::StatusRow> to_rows(const backend::TextResult& result) {
  std::vector<replication::StatusRow> rows;
  for (std::size_t i = 0; i < result.rows.size(); ++i)
    rows.push_back(to_row(result, i));
  return rows;
}

class ProbeReader {
 public:
  explicit ProbeReader(replication::StatusRow row) : row_(std::move(row)) {}

  std::string text(std::string_view column) {
    const auto found = row_.find(column);
    if (found != row_.end() && found->second) return *found->second;
    fail(column, "NULL");
    return {};
  }
  template <typename Integer>
  Integer number(std::string_view column) {
    const std::string value = text(column);
    Integer result{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc{} || end != value.data() + value.size()) fail(column, value);
    return result;
  }
  bool flag(std::string_view column) {
    const std::string value = text(column);
    // MariaDB 11 and later select read_only as a word.
    return !(value.empty() || value == "0" || value == "OFF");
  }
  replication::Position position(std::string_view column) {
    const std::string value = text(column);
    auto parsed = replication::Position::parse(value);
    if (parsed) return std::move(parsed).value();
    fail(column, value);
    return {};
  }
  replication::BinlogState binlog_state(std::string_view column) {
    const std::string value = text(column);
    auto parsed = replication::BinlogState::parse(value);
    if (parsed) return std::move(parsed).value();
    fail(column, value);
    return {};
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void fail(std::string_view column, std::string_view value) {
    if (failure_) return;
    failure_ = make_error(ErrorKind::Malformed,
                          fmt::format("a probe's answer: {} is '{}'", column, value.substr(0, 64)));
  }

  replication::StatusRow row_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> read_probe(const backend::TextResult& result,
                        replication::ServerObservation& observation) {
  if (result.rows.size() != 1)
    return make_error(ErrorKind::Malformed, "a probe's answer has no row");
  ProbeReader row(to_row(result, 0));
  observation.version = row.text("version");
  observation.hostname = row.text("hostname");
  observation.server_id = row.number<std::uint32_t>("server_id");
  observation.read_only = row.flag("read_only");
  observation.binlog = row.flag("log_bin");
  observation.log_replica_updates = row.flag("log_replica_updates");
  observation.semi_sync_source = row.flag("semi_sync_primary");
  observation.semi_sync_replica = row.flag("semi_sync_replica");
  observation.max_allowed_packet = row.number<std::uint64_t>("max_allowed_packet");
  observation.sql_mode = row.text("sql_mode");
  observation.applied = row.position("applied");
  observation.logged = row.position("logged");
  observation.binlog_state = row.binlog_state("binlog_state");
  if (observation.flavour == replication::Flavour::MySql) {
    observation.super_read_only = row.flag("super_read_only");
    observation.server_uuid =
        replication::parse_uuid(row.text("server_uuid")).value_or(replication::ServerUuid{});
  }
  if (row.failure()) return *row.failure();
  return {};
}

Result<std::vector<replication::ReplicaStatus>> read_replica_status(
    const backend::TextResult& result, const backend::TextResult* heartbeats) {
  auto sources = replication::parse_replica_status(to_rows(result));
  if (!sources.ok() || heartbeats == nullptr) return sources;
  if (const auto added = replication::add_heartbeats(*sources, to_rows(*heartbeats)); !added.ok())
    return added.error();
  return sources;
}

bool read_semi_sync_waits(const backend::TextResult& result) {
  return result.rows.size() == 1 && result.rows[0].size() == 2 && result.rows[0][1] == "ON";
}

std::string create_service_account(std::string_view user) {
  return fmt::format("CREATE USER '{}'@'%' IDENTIFIED BY '<the password of [service]>'", user);
}

std::string grant_monitor(std::string_view user, replication::Flavour flavour) {
  if (flavour == replication::Flavour::MySql) {
    return fmt::format(
        "GRANT REPLICATION CLIENT, PROCESS ON *.* TO '{0}'@'%'; "
        "GRANT SELECT ON performance_schema.* TO '{0}'@'%'",
        user);
  }
  return fmt::format("GRANT SLAVE MONITOR, BINLOG MONITOR ON *.* TO '{}'@'%'", user);
}

std::string grant_accounts(std::string_view user, replication::Flavour flavour) {
  if (flavour == replication::Flavour::MySql) {
    return fmt::format(
        "GRANT SELECT ON mysql.user TO '{0}'@'%'; GRANT SELECT ON mysql.global_grants TO '{0}'@'%'",
        user);
  }
  return fmt::format("GRANT SELECT ON mysql.global_priv TO '{}'@'%'", user);
}

Error with_mend(Error error, std::string_view service_user, replication::Flavour flavour) {
  if (error.kind != ErrorKind::Server) return error;
  switch (error.code) {
    case protocol::kErrorAccessDenied:
    case protocol::kErrorAccessDeniedNoPassword:
      error.message +=
          fmt::format("; check [service] in the configuration, or run: {}; {}; {}",
                      create_service_account(service_user), grant_monitor(service_user, flavour),
                      grant_accounts(service_user, flavour));
      break;
    case kSpecificAccessDenied:
      error.message += fmt::format("; run: {}", grant_monitor(service_user, flavour));
      break;
    case kAccessDeniedToSchema:
    case kTableAccessDenied:
    case kColumnAccessDenied:
      // MySQL's message does not say of which schema the table is.
      error.message += fmt::format("; run: {}", grant_accounts(service_user, flavour));
      if (flavour == replication::Flavour::MySql)
        error.message += fmt::format("; {}", grant_monitor(service_user, flavour));
      break;
    default:
      break;
  }
  return error;
}

}  // namespace understudy::control
