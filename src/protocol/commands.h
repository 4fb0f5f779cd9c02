#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "protocol/value.h"

namespace understudy::protocol {

// Each appends one framed command.
void append_query(Bytes& out, std::string_view sql);
void append_init_db(Bytes& out, std::string_view schema);
void append_stmt_prepare(Bytes& out, std::string_view sql);
void append_stmt_close(Bytes& out, std::uint32_t statement_id);
// Runs the statement without a cursor; the types of the parameters are always sent.
void append_stmt_execute(Bytes& out, std::uint32_t statement_id, std::span<const Value> parameters);
void append_stmt_reset(Bytes& out, std::uint32_t statement_id);
void append_stmt_send_long_data(Bytes& out, std::uint32_t statement_id,
                                std::uint16_t parameter_index, ByteView data);
void append_reset_connection(Bytes& out);
void append_ping(Bytes& out);
void append_quit(Bytes& out);

// Asks for the binary log from where the session's @slave_connect_state says, with the texts of
// statements before their rows: up to its present end, or with a `server_id` (not 0, and no other
// reader's: that one's connection would be closed) on and on. The answer has the shape of Rows:
// each event a packet that starts with a zero byte, then EOF.
void append_binlog_dump(Bytes& out, std::uint32_t server_id = 0);

// The same of MySQL: all that is not in `gtids`, a set in the server's form.
void append_binlog_dump_gtid(Bytes& out, std::uint32_t server_id, ByteView gtids);

// Registers a reader of the binary log, for SHOW SLAVE HOSTS. The answer is OK.
void append_register_replica(Bytes& out, std::uint32_t server_id);

}  // namespace understudy::protocol
