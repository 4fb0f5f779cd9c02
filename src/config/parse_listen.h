#pragma once

#include "config/config.h"
#include "config/table_reader.h"

namespace understudy::config {

// Reads [listen] of the file's top: one address or several, each a string or a table.
void read_listen(TableReader& top, Listen& listen, Words<Consistency> consistencies);

}  // namespace understudy::config
