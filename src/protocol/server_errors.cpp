#include "protocol/server_errors.h"

#include <algorithm>
#include <array>

namespace understudy::protocol {
namespace {

struct Row {
  std::uint16_t code;
  ServerErrorTraits traits;
};

// Source: MariaDB "Error codes"; seen on 10.11.
constexpr std::array<Row, 12> kRows = {{
    {1040, {false, true, true}},    // ER_CON_COUNT_ERROR: before login
    {1053, {false, true, true}},    // ER_SERVER_SHUTDOWN: statements are refused while it goes down
    {1129, {false, true, false}},   // ER_HOST_IS_BLOCKED: before login
    {1152, {false, false, false}},  // ER_ABORTING_CONNECTION
    {1153, {false, true, false}},   // ER_NET_PACKET_TOO_LARGE: the server closes the connection
    {1156, {false, true, false}},   // ER_NET_PACKETS_OUT_OF_ORDER: likewise
    {1205,
     {true, false,
      false}},  // ER_LOCK_WAIT_TIMEOUT: the statement is rolled back, its transaction is not
    {1213, {true, true, true}},     // ER_LOCK_DEADLOCK: the whole transaction is rolled back
    {1290, {true, true, true}},     // ER_OPTION_PREVENTS_STATEMENT: read_only
    {1792, {true, true, true}},     // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    {1927, {false, false, false}},  // ER_CONNECTION_KILLED: KILL of this connection
    {4031, {false, true, true}},    // ER_CLIENT_INTERACTION_TIMEOUT (MySQL): closed while idle
}};

// Errors of names, types, values, rights and constraints: found in the statement itself. Source:
// MariaDB "Error codes"; InnoDB rolls back no more than the statement for these.
constexpr std::array<std::uint16_t, 44> kStatementErrors = {
    1044, 1046, 1048, 1049, 1050, 1051, 1052, 1054, 1055, 1056, 1060, 1061, 1062, 1064, 1065,
    1066, 1071, 1091, 1093, 1109, 1111, 1136, 1138, 1142, 1143, 1146, 1149, 1172, 1193, 1216,
    1217, 1242, 1264, 1265, 1292, 1305, 1364, 1365, 1366, 1370, 1406, 1451, 1452, 4025};
static_assert(std::ranges::is_sorted(kStatementErrors));

}  // namespace

bool leaves_transaction_open(std::uint16_t code) {
  return std::ranges::binary_search(kStatementErrors, code);
}

ServerErrorTraits server_error_traits(std::uint16_t code) {
  const auto row = std::ranges::find(kRows, code, &Row::code);
  return row == kRows.end() ? ServerErrorTraits{} : row->traits;
}

}  // namespace understudy::protocol
