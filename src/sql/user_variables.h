#pragma once

#include <string>
#include <string_view>

#include "sql/statement.h"

namespace understudy::sql {

// Of one SET statement what assigns user variables, as a SET of its own; empty if nothing does.
std::string user_variables_alone(std::string_view text, const Modes& modes);

}  // namespace understudy::sql
