#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

// Forms in which MariaDB stores values of some types, and so logs them.
namespace understudy::replication {

// A value of a COMPRESSED column (MariaDB: "Storage-Engine Independent Column Compression"): a byte
// that says how, then the length, then the data. Replaces `out`. False if it is none.
bool uncompress_column(ByteView stored, Bytes& out);

// Undoes zlib's compression, with its header or raw; false unless exactly `size` bytes come out. A
// size that zlib cannot reach from so few bytes is refused before anything is allocated.
bool inflate_exactly(ByteView compressed, std::size_t size, bool raw, Bytes& out);

// Part of a compressed event: 0x80 | length of the length, length, data of zlib. Replaces `out`.
// Errors: Malformed; Exhausted if it would be more than `size_max`.
Result<void> uncompress_event_part(ByteView stored, std::size_t size_max, Bytes& out);

// INET4 or INET6 of `size` bytes and UUID as text. Zeros at the end may be missing, as in all that
// is logged like BINARY.
bool append_inet(ByteView stored, std::size_t size, std::string& out);
bool append_uuid(ByteView stored, std::string& out);

}  // namespace understudy::replication
