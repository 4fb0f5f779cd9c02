#include "proxy/proxy.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "net/loop_thread.h"

namespace understudy::proxy {
namespace {

// Whether clients may have to send a password itself.
bool asks_for_passwords(const backend::AccountTable& accounts) {
  return std::ranges::any_of(accounts.accounts(), [](const backend::Account& account) {
    const auto kind = protocol::password_kind(account.plugin);
    return kind == protocol::PasswordKind::CachingSha2 || kind == protocol::PasswordKind::Ed25519;
  });
}

}  // namespace

Proxy::Proxy(net::Loop& control, ProxySettings settings,
             const std::shared_ptr<const replication::Topology>& topology)
    : control_(control), settings_(std::move(settings)) {
  std::vector<std::shared_ptr<backend::ConnectionBudget>> budgets;
  for (std::size_t i = 0; i < topology->servers.size(); ++i) {
    budgets.push_back(
        std::make_shared<backend::ConnectionBudget>(settings_.max_connections_per_server));
  }
  for (std::size_t i = 0; i < settings_.worker_count; ++i) {
    workers_.push_back(std::make_unique<Worker>(settings_.worker, topology, budgets));
  }
  std::vector<Worker*> all;
  for (const auto& worker : workers_)
    all.push_back(worker.get());
  for (const auto& worker : workers_)
    worker->set_peers(all);
}

Proxy::~Proxy() {
  stop();
}

Result<void> Proxy::start() {
  for (const ListenerSettings& listener : settings_.listeners) {
    auto listening =
        net::listen(control_, listener.address,
                    [this, options = std::make_shared<const ListenerOptions>(listener.options)](
                        Result<net::AcceptedSocket> socket) {
                      if (socket.ok()) {
                        accept(std::move(socket).value(), options);
                      } else {
                        spdlog::error("accept_failed error=\"{}\"", socket.error().message);
                      }
                    });
    if (!listening) return listening.error();
    listeners_.push_back(std::move(listening).value());
  }
  for (const auto& worker : workers_) {
    threads_.emplace_back([&worker, name = fmt::format("worker-{}", threads_.size() + 1)] {
      net::name_thread(name);
      worker->run();
    });
  }
  return {};
}

void Proxy::accept(net::AcceptedSocket socket, std::shared_ptr<const ListenerOptions> options) {
  Worker& least_busy = **std::ranges::min_element(
      workers_, {}, [](const std::unique_ptr<Worker>& worker) { return worker->client_count(); });
  least_busy.add_client(std::move(socket), ++last_client_id_, std::move(options));
}

void Proxy::drain() {
  listeners_.clear();
  for (const auto& worker : workers_)
    worker->drain();
}

void Proxy::stop() {
  listeners_.clear();
  for (const auto& worker : workers_)
    worker->stop();
  for (std::thread& thread : threads_)
    thread.join();
  if (settings_.worker.login.checker)
    settings_.worker.login.checker->stop();  // it uses their loops
  threads_.clear();
  workers_.clear();
}

void Proxy::set_topology(const std::shared_ptr<const replication::Topology>& topology) {
  for (const auto& worker : workers_)
    worker->set_topology(topology);
}

void Proxy::set_accounts(const std::shared_ptr<const backend::AccountTable>& accounts) {
  const LoginServices& login = settings_.worker.login;
  if (login.key && accounts && asks_for_passwords(*accounts)) login.key->prepare();
  if (login.secrets && accounts) login.secrets->retain(*accounts);
  for (const auto& worker : workers_)
    worker->set_accounts(accounts);
}

void Proxy::cut_primary() {
  for (const auto& worker : workers_)
    worker->cut_primary();
}

std::optional<std::int64_t> Proxy::sessions_on_primary(std::uint64_t revision) const {
  std::int64_t sessions = 0;
  for (const auto& worker : workers_) {
    const auto counters = worker->counters();
    if (counters->revision.load() < revision) return std::nullopt;
    sessions += counters->sessions_on_primary();
  }
  return sessions;
}

std::size_t Proxy::client_count() const {
  std::size_t count = 0;
  for (const auto& worker : workers_)
    count += worker->client_count();
  return count;
}

std::vector<std::shared_ptr<const backend::DispatchCounters>> Proxy::counters() const {
  std::vector<std::shared_ptr<const backend::DispatchCounters>> counters;
  for (const auto& worker : workers_)
    counters.push_back(worker->counters());
  return counters;
}

std::vector<Address> Proxy::addresses() const {
  std::vector<Address> addresses;
  for (const auto& listener : listeners_)
    addresses.push_back(listener->local_address());
  return addresses;
}

}  // namespace understudy::proxy
