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

}  // namespace understudy::protocol
