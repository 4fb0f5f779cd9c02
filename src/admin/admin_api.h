#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_function.h"
#include "net/accepted_socket.h"

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

// The last change of primary that this Understudy made or tried.
struct LastChange {
  std::string kind;  // "failover" or "switchover"
  bool succeeded = false;
  std::string primary;  // who leads after it; empty if it failed
  std::string reason;   // why it failed; else empty
  double ms = 0;        // from the decision to its end
};

// One moment of the whole cluster.
struct Status {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::optional<std::string> primary;   // the server's name
  std::string no_primary_reason;        // if there is none
  std::string failover_state = "idle";  // "idle", "failover" or "switchover"
  std::string diagnosis;                // "healthy", "primary_dead", …
  std::string evidence;                 // for the diagnosis; may be empty
  std::string semi_sync = "unknown";    // "on", "off", "degraded" or "unknown"
  std::string blocked;                  // why what is under way does not go on; may be empty
  std::optional<LastChange> last_change;
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

// Something that happened, as GET /api/events tells it.
struct EventInfo {
  std::uint64_t id = 0;  // grows by one with each event
  std::chrono::system_clock::time_point time;
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
};

// A request for changes, GET /api/changes. The views live during the call.
struct ChangesRequest {
  std::string_view query;          // percent-encoded
  std::string_view last_event_id;  // the header; empty without one
  std::string_view authorization;  // the same
  std::string_view peer_address;   // of the client
};

// What becomes of it: a connection that is handed over and answered elsewhere, or an error.
struct ChangesAnswer {
  UniqueFunction<void(net::AcceptedSocket)> take_over;  // empty: refused
  unsigned status = 0;                                  // HTTP, of the refusal
  std::string message;
};

// What the admin server needs from the program around it. Called on the server's loop; answers at
// once, without waiting for any other thread; only changes of the primary answer when they are
// over.
class AdminApi {
 public:
  virtual ~AdminApi() = default;

  [[nodiscard]] virtual Status status() const = 0;
  [[nodiscard]] virtual std::vector<Metric> metrics() const = 0;

  // The events after the one with this id that are still kept, oldest first.
  [[nodiscard]] virtual std::vector<EventInfo> events(std::uint64_t after) const = 0;

  // Checks who asks, not yet what that account may read.
  [[nodiscard]] virtual ChangesAnswer changes(const ChangesRequest& request) = 0;

  // What keeps clients from being served, or nothing: no primary known, a listener that is not up.
  [[nodiscard]] virtual std::optional<std::string> not_ready() const = 0;

  // Takes a server out of use for new work, and back. Doing it twice is no error.
  // Error: Invalid if there is no server of that name.
  virtual Result<void> drain(std::string_view server) = 0;
  virtual Result<void> resume(std::string_view server) = 0;

  // Change the primary; an empty `to` leaves the choice to Understudy. `done` is called once, on
  // the server's loop. Error: Invalid if it is refused or failed.
  using ChangeDone = UniqueFunction<void(Result<LastChange>)>;
  virtual void switch_over(std::string_view to, ChangeDone done) = 0;
  virtual void fail_over(ChangeDone done) = 0;
  // Takes a server that was left out, a former primary for example, back as a replica. Goes on in
  // the background; the events tell. Error: Invalid.
  virtual Result<void> rejoin(std::string_view server) = 0;
};

}  // namespace understudy::admin
