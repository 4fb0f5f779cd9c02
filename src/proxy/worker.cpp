#include "proxy/worker.h"

#include <algorithm>

namespace understudy::proxy {

Worker::Worker(WorkerSettings settings, std::shared_ptr<const replication::Topology> topology,
               const std::vector<std::shared_ptr<backend::ConnectionBudget>>& budgets)
    : settings_(std::move(settings)),
      dispatcher_(std::make_unique<backend::Dispatcher>(loop_, settings_.dispatcher,
                                                        std::move(topology), budgets)) {}

Worker::~Worker() {
  // Sessions give their connections back to the dispatcher's pools.
  sessions_.clear();
}

void Worker::run() {
  loop_.run();
}

void Worker::stop() {
  loop_.stop();
}

void Worker::set_topology(std::shared_ptr<const replication::Topology> topology) {
  loop_.post([this, topology = std::move(topology)]() mutable {
    dispatcher_->set_topology(std::move(topology));
  });
}

void Worker::set_accounts(std::shared_ptr<const backend::AccountTable> accounts) {
  loop_.post([this, accounts = std::move(accounts)]() mutable { accounts_ = std::move(accounts); });
}

void Worker::add_client(net::AcceptedSocket socket, std::uint32_t id,
                        std::shared_ptr<const ListenerOptions> options) {
  // Counted here, so that the next client already sees it when the least busy worker is chosen.
  client_count_.fetch_add(1);
  loop_.post([this, socket = std::move(socket), id, options = std::move(options)]() mutable {
    Result<std::unique_ptr<net::Stream>> stream = net::adopt(loop_, std::move(socket));
    if (!stream || draining_) {
      client_count_.fetch_sub(1);
      return;
    }
    auto session =
        std::make_unique<ClientSession>(*this, id, std::move(stream).value(), std::move(options));
    ClientSession& added = *session;
    sessions_.emplace(id, std::move(session));
    added.start();
  });
}

void Worker::drain() {
  loop_.post([this] {
    draining_ = true;
    std::vector<ClientSession*> sessions;
    for (const auto& [id, session] : sessions_)
      sessions.push_back(session.get());
    for (ClientSession* session : sessions)
      session->drain();
  });
}

void Worker::cut_primary() {
  loop_.post([this] { dispatcher_->cut_primary(); });
}

const replication::ServerView* Worker::known_version() const {
  const replication::Topology& topology = *dispatcher_->topology();
  const replication::ServerView* const primary = topology.primary_view();
  if (primary != nullptr && !primary->version.empty()) return primary;
  const auto other = std::ranges::find_if(
      topology.servers, [](const auto& server) { return !server.version.empty(); });
  return other == topology.servers.end() ? nullptr : &*other;
}

std::string Worker::server_version() const {
  const replication::ServerView* const server = known_version();
  if (server == nullptr) return settings_.server_version;
  // Clients tell MariaDB by this prefix, as MariaDB's own greeting has it.
  const bool maria = server->flavour == replication::Flavour::MariaDb;
  return (maria ? "5.5.5-" : "") + server->version;
}

std::size_t Worker::packet_bytes_max() const {
  const replication::ServerView* const primary = dispatcher_->topology()->primary_view();
  if (primary == nullptr || primary->max_allowed_packet == 0) return settings_.packet_bytes_max;
  return std::min<std::size_t>(settings_.packet_bytes_max, primary->max_allowed_packet);
}

void Worker::check_password(std::uint32_t id, protocol::PasswordCheck check) {
  settings_.login.checker->check(std::move(check), loop_, [this, id](bool right) {
    const auto session = sessions_.find(id);
    if (session != sessions_.end()) session->second->password_checked(right);
  });
}

template <typename Answer>
void Worker::ask_all(std::function<Answer(Worker&)> ask,
                     std::function<void(const std::vector<Answer>&)> done) {
  auto answers = std::make_shared<std::vector<Answer>>();  // used on this loop only
  for (Worker* const peer : peers_) {
    peer->loop_.post([this, peer, ask, done, answers] {
      loop_.post([this, done, answers, answer = ask(*peer)] {
        answers->push_back(answer);
        if (answers->size() == peers_.size()) done(*answers);
      });
    });
  }
}

void Worker::kill(std::uint32_t asking, const KillRequest& request) {
  ask_all<KillOutcome>([request](Worker& worker) { return worker.kill_here(request); },
                       [this, asking](const std::vector<KillOutcome>& outcomes) {
                         KillOutcome sum;
                         for (const KillOutcome& outcome : outcomes) {
                           sum.killed += outcome.killed;
                           sum.of_others = sum.of_others || outcome.of_others;
                         }
                         tell_killed(asking, sum);
                       });
}

void Worker::list(std::uint32_t asking, const std::string& user) {
  using Processes = std::vector<ClientProcess>;
  ask_all<Processes>([user](Worker& worker) { return worker.list_here(user); },
                     [this, asking](const std::vector<Processes>& lists) {
                       Processes all;
                       for (const Processes& list : lists)
                         all.insert(all.end(), list.begin(), list.end());
                       const auto session = sessions_.find(asking);
                       if (session != sessions_.end()) session->second->listed(std::move(all));
                     });
}

std::vector<ClientProcess> Worker::list_here(const std::string& user) const {
  std::vector<ClientProcess> processes;
  for (const auto& [id, session] : sessions_)
    if (session->is_of(user)) processes.push_back(session->process());
  return processes;
}

KillOutcome Worker::kill_here(const KillRequest& request) {
  KillOutcome outcome;
  for (const auto& [id, session] : sessions_) {
    if (request.id && *request.id != id) continue;
    if (!session->is_of(request.user)) {
      outcome.of_others = request.id.has_value();
    } else if (request.id || session->comes_from(request.host)) {
      ++outcome.killed;
      session->kill(request.query_only);
    }
  }
  return outcome;
}

void Worker::tell_killed(std::uint32_t asking, const KillOutcome& outcome) {
  const auto session = sessions_.find(asking);
  if (session != sessions_.end()) session->second->killed(outcome);
}

void Worker::remove(std::uint32_t id) {
  loop_.post([this, id] {
    if (sessions_.erase(id) > 0) client_count_.fetch_sub(1);
  });
}

std::shared_ptr<const backend::DispatchCounters> Worker::counters() const {
  return dispatcher_->shared_counters();
}

}  // namespace understudy::proxy
