#pragma once

#include "backend/command.h"
#include "base/bytes.h"
#include "base/result.h"

namespace understudy::proxy {

// Makes a client's COM_STMT_BULK_EXECUTE fit for any server: the parameter types, which a client
// need not send again, are always in it. Returns the framed packet: `framed` itself if nothing had
// to change, else built in `buffer`. Error: Malformed. Source: MariaDB protocol,
// COM_STMT_BULK_EXECUTE.
Result<ByteView> normalize_bulk(ByteView framed, backend::PreparedStatement& statement,
                                Bytes& buffer);

}  // namespace understudy::proxy
