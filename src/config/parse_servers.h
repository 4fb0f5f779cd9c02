#pragma once

#include <vector>

#include "config/config.h"
#include "config/table_reader.h"

namespace understudy::config {

// Reads `servers = [...]` (named db1, db2, ... in order) or the [[server]] tables of the file's
// top.
void read_servers(TableReader& top, std::vector<Server>& servers);

}  // namespace understudy::config
