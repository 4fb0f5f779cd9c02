#include "backend/dispatcher.h"

#include "backend/session.h"

namespace understudy::backend {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(100);

// How long a server has to be down, which under load it may seem to be, before reads that it has
// not answered are run again on another.
constexpr Duration kGivenUpAfter = std::chrono::seconds(2);

// How long before a write the log is looked at for transactions of others.
constexpr Duration kWatched = std::chrono::seconds(2);

bool worth_keeping(const replication::ServerView* before, const replication::ServerView* now) {
  if (now == nullptr || now->health == replication::Health::Down) return false;
  return before == nullptr || before->role == now->role;
}

}  // namespace

Dispatcher::Dispatcher(net::Loop& loop, DispatcherSettings settings,
                       std::shared_ptr<const replication::Topology> topology,
                       const std::vector<std::shared_ptr<ConnectionBudget>>& budgets)
    : loop_(loop),
      settings_(std::move(settings)),
      topology_(std::move(topology)),
      barrier_(loop, settings_.service, settings_.pool.connect_timeout),
      killer_(loop, settings_.service, settings_.pool.connect_timeout),
      counters_(std::make_shared<DispatchCounters>(budgets.size())),
      ticking_(loop),
      down_since_(budgets.size()),
      resolver_(loop, {settings_.service, settings_.acknowledged, settings_.unknown_writes,
                       settings_.pool.connect_timeout, settings_.hold}),
      worker_(settings_.unknown_writes->join(
          loop, [this](std::uint64_t id, const replication::WriteOutcome& outcome) {
            outcome_found(id, outcome);
          })) {
  for (const replication::ServerView& server : topology_->servers) {
    pools_.push_back(std::make_unique<Pool>(loop_,
                                            PoolServer{server.id, server.name, server.address},
                                            budgets[server.id.value()], settings_.pool));
  }
  update_mark();
  ticking_.start(kTick, [this] { tick(); });
}

Dispatcher::~Dispatcher() {
  settings_.unknown_writes->leave(worker_);
}

void Dispatcher::set_topology(std::shared_ptr<const replication::Topology> topology) {
  const auto before = std::exchange(topology_, std::move(topology));
  update_pools(*before);
  update_mark();
  // A session that finds nothing again registers for the next time.
  std::vector<Session*> waiting = std::exchange(waiting_, {});
  if (before->epoch != topology_->epoch || before->primary != topology_->primary ||
      before->primary_closed != topology_->primary_closed)
    call(sessions_, &Session::primary_changed);
  find_lost_writes();
  call(std::move(waiting), &Session::topology_changed);
  counters_->revision.store(topology_->revision);
}

void Dispatcher::update_mark() {
  const replication::ServerView* const primary = topology_->primary_view();
  if (primary == nullptr) return;
  const bool new_epoch = !mark_ || mark_->epoch != topology_->epoch;
  if (!new_epoch && mark_->position == primary->position) return;
  const Instant now = net::Loop::now();
  if (new_epoch) positions_.clear();
  positions_.emplace_back(now, primary->position);
  // The first of those that are left is the last one that is old enough.
  while (positions_.size() > 1 && now - positions_[1].first >= kWatched)
    positions_.pop_front();
  mark_ = std::make_shared<const PrimaryMark>(PrimaryMark{topology_->epoch, primary->id,
                                                          primary->identity(), primary->position,
                                                          positions_.front().second});
}

// No session uses an earlier primary any more.
void Dispatcher::find_lost_writes() {
  const replication::ServerView* const primary = topology_->primary_view();
  if (primary == nullptr) return;
  auto batch = settings_.unknown_writes->reached(worker_, topology_->epoch);
  if (!batch.empty()) resolver_.start(std::move(batch), *primary);
}

bool Dispatcher::find_outcome(Session& session, LostWrite write) {
  const std::uint64_t id = settings_.unknown_writes->add(worker_, std::move(write));
  if (id != 0) finding_.emplace(id, &session);
  return id != 0;
}

void Dispatcher::note_unwatched(LostWrite write) {
  const std::uint64_t id = settings_.unknown_writes->add(worker_, std::move(write));
  if (id != 0) settings_.unknown_writes->abandon(id);
}

void Dispatcher::stop_finding(Session& session) {
  std::erase_if(finding_, [&](const auto& entry) {
    if (entry.second != &session) return false;
    settings_.unknown_writes->abandon(entry.first);
    return true;
  });
}

void Dispatcher::outcome_found(std::uint64_t id, const replication::WriteOutcome& outcome) {
  const auto found = finding_.find(id);
  if (found == finding_.end()) return;
  Session* const session = found->second;
  finding_.erase(found);
  session->outcome_found(outcome);
}

void Dispatcher::update_pools(const replication::Topology& before) {
  for (const replication::ServerView& server : topology_->servers) {
    Pool& its = pool(server.id);
    its.serve(server.role != replication::Role::Primary, server.sql_mode);
    if (!worth_keeping(before.find(server.id), &server)) its.close_idle();
  }
}

void Dispatcher::cut_primary() {
  call(sessions_, &Session::cut);
}

void Dispatcher::give_back(std::unique_ptr<Exchange> exchange) {
  exchange->trim();
  exchanges_.give_back(std::move(exchange));
}

void Dispatcher::add(Session& session) {
  sessions_.push_back(&session);
}

void Dispatcher::remove(Session& session) {
  std::erase(sessions_, &session);
  stop_waiting(session);
}

// Calls a function of each session that is still there; one call may end other sessions.
void Dispatcher::call(std::vector<Session*> sessions, void (Session::*function)()) {
  calling_ = std::move(sessions);
  while (!calling_.empty()) {
    Session* const session = calling_.back();
    calling_.pop_back();
    (session->*function)();
  }
}

void Dispatcher::tick() {
  count_connections();
  give_up_servers();
  ticking_.restart(kTick);
}

bool Dispatcher::given_up(replication::ServerId server) const {
  const std::optional<Instant>& since = down_since_[server.value()];
  return since && net::Loop::now() - *since >= kGivenUpAfter;
}

// A server that hangs keeps its connections: nothing else would tell those who read from it.
void Dispatcher::give_up_servers() {
  bool in_use = false;
  for (const replication::ServerView& server : topology_->servers) {
    std::optional<Instant>& since = down_since_[server.id.value()];
    if (server.health != replication::Health::Down)
      since.reset();
    else if (!since)
      since = net::Loop::now();
    const Pool& its = pool(server.id);
    in_use = in_use || (given_up(server.id) && its.open_count() > its.idle_count());
  }
  if (in_use) call(sessions_, &Session::server_given_up);
}

void Dispatcher::count_connections() {
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const std::size_t idle = pools_[i]->idle_count();
    counters_->servers[i].connections_idle.store(idle, std::memory_order_relaxed);
    counters_->servers[i].connections_used.store(pools_[i]->open_count() - idle,
                                                 std::memory_order_relaxed);
  }
}

}  // namespace understudy::backend
