#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "visitor.h"

namespace social {

// Compares what visitors were told with what the primary has. Every count has to be 0.
nlohmann::json audit(understudy::Cluster cluster, const std::vector<Visitor>& visitors);

}  // namespace social
