#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

// The bounds of what may be configured. Defaults are those of the structs in config.h.
namespace understudy::config::limits {

inline constexpr std::size_t kFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kServersMax = 64;  // replication::kMaxServers, and routing's bit sets
inline constexpr std::size_t kListenersMax = 32;
inline constexpr std::size_t kNetworksMax = 256;
inline constexpr std::uint32_t kWorkersMax = 1024;
inline constexpr std::size_t kNameBytesMax = 64;
inline constexpr std::size_t kTagsMax = 32;

inline constexpr std::uint32_t kWeightMax = 10'000;
inline constexpr std::uint32_t kPriorityMax = 10'000;
inline constexpr std::uint32_t kUserLimitMax = 1'000'000;
inline constexpr std::uint32_t kPoolMax = 100'000;

inline constexpr Duration kDurationMax = std::chrono::hours(24 * 7);
inline constexpr Duration kMonitorIntervalMin = std::chrono::milliseconds(5);
inline constexpr Duration kTimeoutMin = std::chrono::milliseconds(1);

inline constexpr std::uint64_t kCacheBytesMin = 1024 * 1024;
inline constexpr std::uint64_t kCacheBytesMax = std::uint64_t{1} << 44;
inline constexpr std::uint64_t kCacheResultBytesMin = 1;
inline constexpr std::size_t kCacheRulesMax = 256;
inline constexpr std::size_t kCacheNamesMax = 1024;  // in one list of tables or users
inline constexpr std::size_t kCacheStatementBytesMax = 4096;

inline constexpr std::uint64_t kChangesBufferMin = 64 * 1024;
inline constexpr std::uint64_t kChangesBufferMax = 1024 * 1024 * 1024;
inline constexpr std::uint32_t kSubscribersMax = 100'000;

}  // namespace understudy::config::limits
