#include "replication/server_observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace understudy::replication {
namespace {

// Reads the columns of one row; remembers the first that cannot be read.
class RowReader {
 public:
  explicit RowReader(const StatusRow& row) : row_(row) {}

  [[nodiscard]] bool has(std::string_view column) const { return row_.contains(column); }
  [[nodiscard]] std::string text(std::string_view column) const {
    const auto found = row_.find(column);
    return found != row_.end() && found->second ? *found->second : std::string();
  }

  template <typename Integer>
  [[nodiscard]] std::optional<Integer> number(std::string_view column) {
    const std::string value = text(column);
    if (value.empty()) return std::nullopt;
    Integer result{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error == std::errc{} && end == value.data() + value.size()) return result;
    fail(column, value);
    return std::nullopt;
  }

  // Written with a fraction, as 0.500.
  [[nodiscard]] Duration seconds(std::string_view column) {
    const std::string value = text(column);
    double seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool sensible =
        error == std::errc{} && end == value.data() + value.size() && seconds >= 0 && seconds < 1e9;
    if (!value.empty() && !sensible) fail(column, value);
    return sensible ? std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds))
                    : Duration{};
  }

  [[nodiscard]] Position position(std::string_view column) {
    const std::string value = text(column);
    auto parsed = Position::parse(value);
    if (parsed) return std::move(parsed).value();
    fail(column, value);
    return {};
  }

  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void fail(std::string_view column, std::string_view value) {
    if (failure_) return;
    failure_ = make_error(ErrorKind::Malformed,
                          fmt::format("replica status: {} is '{}'", column, value.substr(0, 64)));
  }

  const StatusRow& row_;
  std::optional<Error> failure_;
};

// What the two flavours call the same.
struct ColumnNames {
  std::string_view connection, host, port, server_id, io_running, sql_running, gtids, received,
      seconds_behind;
};
constexpr ColumnNames kMariaDb = {"Connection_name",  "Master_Host",      "Master_Port",
                                  "Master_Server_Id", "Slave_IO_Running", "Slave_SQL_Running",
                                  "Using_Gtid",       "Gtid_IO_Pos",      "Seconds_Behind_Master"};
constexpr ColumnNames kMySql = {"Channel_Name",     "Source_Host",        "Source_Port",
                                "Source_Server_Id", "Replica_IO_Running", "Replica_SQL_Running",
                                "Auto_Position",    "Retrieved_Gtid_Set", "Seconds_Behind_Source"};

ReplicaStatus read_status(RowReader& row) {
  const ColumnNames& names = row.has("Source_Host") ? kMySql : kMariaDb;
  ReplicaStatus status;
  status.connection = row.text(names.connection);
  status.source_host = row.text(names.host);
  status.source_port = row.number<std::uint16_t>(names.port).value_or(0);
  status.source_server_id = row.number<std::uint32_t>(names.server_id).value_or(0);
  status.source_uuid = parse_uuid(row.text("Source_UUID")).value_or(ServerUuid{});
  const std::string io = row.text(names.io_running);
  status.io_running = io == "Yes";
  // "Preparing" comes before the first attempt, "Connecting" while attempts fail.
  status.io_connecting = io == "Connecting" || io == "Preparing";
  status.sql_running = row.text(names.sql_running) == "Yes";
  const std::string gtids = row.text(names.gtids);
  status.using_gtid = !gtids.empty() && gtids != "No" && gtids != "0";
  status.received = row.position(names.received);
  status.last_io_error_code = row.number<std::uint32_t>("Last_IO_Errno").value_or(0);
  status.last_io_error = row.text("Last_IO_Error");
  status.last_sql_error_code = row.number<std::uint32_t>("Last_SQL_Errno").value_or(0);
  status.last_sql_error = row.text("Last_SQL_Error");
  status.heartbeat_period = row.seconds("Slave_heartbeat_period");
  status.heartbeats = row.number<std::uint64_t>("Slave_received_heartbeats").value_or(0);
  status.seconds_behind = row.number<std::uint64_t>(names.seconds_behind);
  return status;
}

}  // namespace

bool writable_source(const ServerObservation& observation) {
  return !observation.read_only && observation.sources.empty();
}

std::string replication_problem(const ServerObservation& answer) {
  for (const ReplicaStatus& source : answer.sources) {
    if (!source.sql_running) {
      return source.last_sql_error.empty()
                 ? "the SQL thread is stopped"
                 : fmt::format("the SQL thread stopped: {}", source.last_sql_error);
    }
    if (!source.io_running) {
      return source.last_io_error.empty()
                 ? "the IO thread is not connected"
                 : fmt::format("the IO thread is not connected: {}", source.last_io_error);
    }
  }
  return {};
}

Result<void> add_heartbeats(std::vector<ReplicaStatus>& sources, std::span<const StatusRow> rows) {
  for (const StatusRow& values : rows) {
    RowReader row(values);
    const auto source =
        std::ranges::find(sources, row.text("CHANNEL_NAME"), &ReplicaStatus::connection);
    if (source == sources.end()) continue;
    source->heartbeat_period = row.seconds("HEARTBEAT_INTERVAL");
    source->heartbeats = row.number<std::uint64_t>("COUNT_RECEIVED_HEARTBEATS").value_or(0);
    if (row.failure()) return *row.failure();
  }
  return {};
}

Result<std::vector<ReplicaStatus>> parse_replica_status(std::span<const StatusRow> rows) {
  std::vector<ReplicaStatus> sources;
  for (const StatusRow& values : rows) {
    RowReader row(values);
    ReplicaStatus status = read_status(row);
    if (row.failure()) return *row.failure();
    if (!status.source_host.empty()) sources.push_back(std::move(status));
  }
  return sources;
}

}  // namespace understudy::replication
