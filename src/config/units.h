#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace understudy::config {

// "250ms", "5s", "2m", "1h", "500us": a whole number and a unit without space. Nothing for anything
// else, also for what does not fit.
std::optional<Duration> parse_duration(std::string_view text);

// "512", "64KiB", "256MiB", "2GiB" in bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

// The shortest form that parse_duration reads.
std::string format_duration(Duration duration);

}  // namespace understudy::config
