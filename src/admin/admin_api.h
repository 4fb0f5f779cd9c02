#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace understudy::admin {

// What GET /api/status says about one server; the words are those of the JSON.
struct ServerStatus {
  std::string name;
  std::string address;
  std::string role;                    // "primary", "replica" or "unknown"
  std::string health;                  // "up", "down", "lagging", "drained" or "diverged"
  std::string reason;                  // why it is not up; may be empty
  std::optional<std::int64_t> lag_ms;  // unknown for a server that is down or no replica
  std::string position;
  std::uint64_t connections_used = 0;
  std::uint64_t connections_idle = 0;
  std::uint64_t queries_read = 0;
  std::uint64_t queries_write = 0;
};

// One moment of the whole cluster.
struct Status {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::optional<std::string> primary;  // the server's name
  std::string no_primary_reason;       // if there is none
  std::string failover_state = "off";
  std::uint64_t clients = 0;
  std::map<std::string, std::uint64_t> pinned;  // reason -> sessions
  std::vector<ServerStatus> servers;
};

enum class MetricType : std::uint8_t { Counter, Gauge };

// A metric with all its label combinations. Names follow Prometheus: "understudy_queries_total".
struct Metric {
  struct Sample {
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
  };
  std::string name;
  std::string help;
  MetricType type = MetricType::Counter;
  std::vector<Sample> samples;
};

// What the admin server needs from the program around it. Called on the server's loop; answers at
// once, without waiting for any other thread.
class AdminApi {
 public:
  virtual ~AdminApi() = default;

  [[nodiscard]] virtual Status status() const = 0;
  [[nodiscard]] virtual std::vector<Metric> metrics() const = 0;

  // What keeps clients from being served, or nothing: no primary known, a listener that is not up.
  [[nodiscard]] virtual std::optional<std::string> not_ready() const = 0;

  // Takes a server out of use for new work, and back. Doing it twice is no error.
  // Error: Invalid if there is no server of that name.
  virtual Result<void> drain(std::string_view server) = 0;
  virtual Result<void> resume(std::string_view server) = 0;
};

}  // namespace understudy::admin
