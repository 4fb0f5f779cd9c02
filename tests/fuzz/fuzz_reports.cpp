// Any text is a position, a token or a column of SHOW REPLICA STATUS; any bytes are a set of
// MySQL's GTIDs. What is written again reads as the same.
#include <cstdint>
#include <cstdlib>

#include "replication/column_type_text.h"
#include "replication/mysql_gtid.h"
#include "replication/server_observation.h"
#include "routing/session_reads.h"

namespace {

using namespace understudy;
using namespace understudy::replication;

void check_position(std::string_view text) {
  const auto position = Position::parse(text);
  if (!position) return;
  const auto again = Position::parse(to_string(*position));
  if (!again || !(*again == *position)) std::abort();
}

// A token that was taken in can be given out, and then means the same.
void check_token(std::string_view text) {
  static const Topology kTopology = [] {
    Topology made;
    made.cluster = "main";
    made.epoch = 1;
    return made;
  }();
  routing::SessionReads reads;
  if (!reads.adopt_token(text, Instant{}, kTopology)) return;
  const auto token = reads.token(kTopology);
  if (!token) return;
  routing::SessionReads others;
  if (!others.adopt_token(*token, Instant{}, kTopology)) std::abort();
}

void check_status(std::string_view text) {
  const std::string value(text);
  const StatusRow row{{"Master_Host", value},           {"Master_Port", value},
                      {"Gtid_IO_Pos", value},           {"Gtid_Slave_Pos", value},
                      {"Slave_IO_Running", value},      {"Slave_SQL_Running", value},
                      {"Seconds_Behind_Master", value}, {"Last_IO_Errno", value}};
  (void)parse_replica_status({&row, 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const std::string_view text = as_text(bytes);
  check_position(text);
  check_token(text);
  check_status(text);
  (void)parse_column_type(text);
  if (const auto set = read_gtid_set(bytes)) (void)to_string(*set);
  return 0;
}
