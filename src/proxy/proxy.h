#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "proxy/worker.h"

namespace understudy::proxy {

struct ListenerSettings {
  Address address;
  ListenerOptions options;
};

struct ProxySettings {
  WorkerSettings worker;
  std::size_t worker_count = 1;
  std::size_t max_connections_per_server = 0;
  std::vector<ListenerSettings> listeners;
};

// The proxy: listeners on the control loop, client sessions on the workers' threads, each new
// client going to the worker with the fewest. Made, started and stopped on the control loop's
// thread; counts may be read on any.
class Proxy final {
 public:
  Proxy(net::Loop& control, ProxySettings settings,
        const std::shared_ptr<const replication::Topology>& topology);
  ~Proxy();  // stops

  // Starts the workers' threads and listens. Error: Invalid if an address cannot be listened on.
  Result<void> start();
  // Accepts nobody any more and ends every session once it is between transactions.
  void drain();
  // Ends what is left.
  void stop();

  // Any thread.
  void set_topology(const std::shared_ptr<const replication::Topology>& topology);
  void set_accounts(const std::shared_ptr<const backend::AccountTable>& accounts);
  // Closes the connections to the primary that sessions use or hold: see Dispatcher::cut_primary.
  void cut_primary();
  // How many sessions use or hold a connection to the primary; nothing as long as a worker goes by
  // a snapshot older than `revision`.
  [[nodiscard]] std::optional<std::int64_t> sessions_on_primary(std::uint64_t revision) const;
  [[nodiscard]] std::size_t client_count() const;
  [[nodiscard]] std::vector<std::shared_ptr<const backend::DispatchCounters>> counters() const;
  // Where it listens, with the ports that the system chose where 0 was asked for.
  [[nodiscard]] std::vector<Address> addresses() const;

 private:
  void accept(net::AcceptedSocket socket, std::shared_ptr<const ListenerOptions> options);

  net::Loop& control_;
  const ProxySettings settings_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::uint32_t last_client_id_ = 0;
};

}  // namespace understudy::proxy
