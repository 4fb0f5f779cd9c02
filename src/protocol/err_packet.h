#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace understudy::protocol {

// An ERR packet. Views into its payload.
struct ErrPacket {
  std::uint16_t code = 0;
  std::string_view sqlstate;  // five characters; "HY000" where the server sent none
  std::string_view message;
};

// Error: Malformed.
Result<ErrPacket> parse_err(ByteView payload);
// An Error of kind Server that says the same.
Error to_error(const ErrPacket& err);
// Appends the payload of an ERR packet that says what `error` does; 1105 where it has no code.
void append_err_payload(Bytes& out, const Error& error);

}  // namespace understudy::protocol
