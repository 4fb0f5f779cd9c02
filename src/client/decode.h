#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/value.h"
#include "understudy/result.h"

// Between the values of programs and those of the protocol. Pure.
namespace understudy::client {

// Views into `values`.
std::vector<protocol::Value> to_parameters(std::span<const Value> values);

// Decodes the framed packets of one result set (column count, definitions, rows) without what ends
// the definitions and the rows; no packets: no columns. `binary`: rows as COM_STMT_EXECUTE gives
// them, else as COM_QUERY does. Error: Malformed.
Result<QueryResult> decode_result(ByteView packets, bool binary);

}  // namespace understudy::client
