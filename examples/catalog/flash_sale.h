#pragma once

#include "catalog.h"

namespace catalog {

// Every product gets cheaper in one transaction while a thousand buyers ask for the last ten of
// one. Says what came of it; 0 if all is as it has to be.
int flash_sale(Catalog& shop, std::uint32_t percent);

}  // namespace catalog
