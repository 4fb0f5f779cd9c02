#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace understudy::protocol {

// Each appends one framed command.
void append_query(Bytes& out, std::string_view sql);
void append_init_db(Bytes& out, std::string_view schema);
void append_stmt_prepare(Bytes& out, std::string_view sql);
void append_stmt_close(Bytes& out, std::uint32_t statement_id);
void append_ping(Bytes& out);
void append_quit(Bytes& out);

}  // namespace understudy::protocol
