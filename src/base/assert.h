#pragma once

#include <cstdio>
#include <cstdlib>

namespace understudy {

// Prints what was expected and where, then aborts.
[[noreturn]] inline void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "assertion failed: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace understudy

// For broken memory or data safety only; on in every build. Input never asserts.
#define ASSERT(expression)             \
  ((expression) ? static_cast<void>(0) \
                : ::understudy::assertion_failed(#expression, __FILE__, __LINE__))
