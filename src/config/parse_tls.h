#pragma once

#include "config/config.h"
#include "config/table_reader.h"

namespace understudy::config {

// Reads the table "tls" of `owner`, [listen] or one of its addresses.
void read_tls(TableReader& owner, Tls& tls);

// Reads [backend.tls] of the file's top.
void read_backend(TableReader& top, BackendTls& tls, Compression& compression);

}  // namespace understudy::config
