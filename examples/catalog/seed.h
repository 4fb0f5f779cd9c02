#pragma once

#include "catalog.h"

namespace catalog {

// Adds a few dozen products; returns how many.
std::size_t seed(Catalog& shop);

}  // namespace catalog
