#pragma once

#include <cstdint>

namespace understudy::app {

// Lets the process have as many files and sockets open as the system allows it to; shells and init
// systems begin with fewer. Returns how many that are.
std::uint64_t raise_descriptor_limit();

}  // namespace understudy::app
