#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace understudy::config {

// The value of an environment variable, for `password_env`.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;
// The whole content of a file, for `password_file`.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

// Reads and validates a configuration. `file_name` is used in messages only. The callbacks are
// called at most once, and not after this returns.
// Error: Invalid, one line "file:line: key: what is wrong, what to write instead"; the first
// problem that is found.
Result<Config> parse_config(std::string_view text, std::string_view file_name,
                            const EnvironmentLookup& environment, const FileReader& read_file);

// The keys that are set to something which this version accepts but does not do, each with a word
// on what happens instead; for a warning at start and for `check`.
std::vector<std::string> unsupported_settings(const Config& config);

// The words of the configuration file.
std::string_view to_string(Consistency consistency);
std::optional<Consistency> parse_consistency(std::string_view word);

}  // namespace understudy::config
