#pragma once

#include "base/bytes.h"

namespace understudy::protocol {

// Length-encoded integers and strings (MariaDB: "Protocol data types"). The readers fail the
// ByteReader on bytes that are not one; 0xfb (NULL in text rows) is not one either.
std::uint64_t read_lenenc(ByteReader& reader);
ByteView read_lenenc_bytes(ByteReader& reader);
void append_lenenc(Bytes& out, std::uint64_t value);
void append_lenenc_bytes(Bytes& out, ByteView bytes);

}  // namespace understudy::protocol
