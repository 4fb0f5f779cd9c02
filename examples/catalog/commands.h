#pragma once

#include <CLI/CLI.hpp>

#include "catalog.h"

namespace catalog {

// What the program may be told to do, besides `serve`. Each command sets what is to run, which
// returns the exit status.
using Command = std::function<int(Catalog&)>;
void add_commands(CLI::App& program, Command& chosen);

}  // namespace catalog
