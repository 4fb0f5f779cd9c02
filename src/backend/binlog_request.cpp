#include "backend/binlog_request.h"

#include <fmt/format.h>

#include "protocol/commands.h"
#include "protocol/server_errors.h"
#include "replication/mysql_gtid.h"

namespace understudy::backend {
namespace {

using replication::Flavour;
using replication::Position;

Result<Position> position_in(const TextResult& answer, std::string_view column) {
  return Position::parse(answer.first(column).value_or(""));
}

}  // namespace

// That it takes checksums as they are in the file, how often it wants to hear something; and for
// MariaDB that it knows GTID events, and where to begin.
std::string binlog_setup(const BinlogRequest& request) {
  if (request.flavour == Flavour::MySql) {
    return fmt::format(
        "SET @source_binlog_checksum=@@GLOBAL.binlog_checksum, "
        "@master_binlog_checksum=@@GLOBAL.binlog_checksum, @source_heartbeat_period={0}, "
        "@master_heartbeat_period={0}",
        request.heartbeat.count());
  }
  return fmt::format(
      "SET @mariadb_slave_capability=4, @master_binlog_checksum=@@GLOBAL.binlog_checksum, "
      "@master_heartbeat_period={}, @slave_connect_state='{}', @slave_gtid_strict_mode={}, "
      "@slave_gtid_ignore_duplicates=0",
      request.heartbeat.count(), to_string(request.after), request.strict ? 1 : 0);
}

// A transaction is owned from the moment when it gets its GTID, before it is logged, until it is in
// gtid_executed; so what is owned is read first. "uuid:5#8:6#9" names the owners, too.
std::string binlog_question(const BinlogRequest& request) {
  if (request.flavour != Flavour::MySql) return {};
  return "SELECT REGEXP_REPLACE(@@GLOBAL.gtid_owned, '#[0-9]+', '') AS owned, "
         "@@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged";
}

Result<void> take_binlog_answer(BinlogRequest& request, const TextResult& answer) {
  Result<Position> logged = position_in(answer, "executed");
  const Result<Position> owned = position_in(answer, "owned");
  const Result<Position> purged = position_in(answer, "purged");
  if (!logged.ok() || !owned.ok() || !purged.ok())
    return make_error(ErrorKind::Malformed, "the server's GTIDs cannot be read");
  logged->merge(*owned);
  if (request.strict && !logged->covers(request.after)) {
    return make_error(ErrorKind::Server, protocol::kErrorReadingBinlog, "HY000",
                      "the server has not logged all transactions of the position");
  }
  // From the first log that it still has.
  if (request.after.empty()) request.after = *purged;
  return {};
}

bool append_registration(Bytes& out, const BinlogRequest& request) {
  if (request.to_end) return false;
  protocol::append_register_replica(out, request.id);
  return true;
}

void append_request(Bytes& out, const BinlogRequest& request) {
  const std::uint32_t id = request.to_end ? 0 : request.id;
  if (request.flavour == Flavour::MariaDb) return protocol::append_binlog_dump(out, id);
  Bytes gtids;
  replication::append_gtid_set(gtids, request.after.mysql_set().ranges());
  protocol::append_binlog_dump_gtid(out, id, gtids);
}

}  // namespace understudy::backend
