#include "backend/pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace understudy::backend {
namespace {

constexpr Duration kSweepInterval = std::chrono::seconds(1);

bool fits(const ServerConnection& connection, const ConnectionWant& want) {
  return connection.read_only() == want.read_only &&
         (connection.login() == want.login || *connection.login() == *want.login);
}

// How well a connection suits a session: 0 not at all, and up to this one it is worth keeping for
// another.
constexpr int kWorthKeeping = 2;
constexpr int kBestRank = kWorthKeeping + 2;

int rank_for(const ServerConnection& connection, const ConnectionWant& want) {
  if (!fits(connection, want)) return 0;
  const bool same = connection.state() == *want.state;
  if (!same && !SessionState::reachable(connection.state(), *want.state)) return 0;
  return (connection.worth_keeping() ? 0 : kWorthKeeping) + (same ? 2 : 1);
}

Error pool_exhausted(const PoolServer& server, std::size_t limit, Duration wait) {
  return make_error(
      ErrorKind::Exhausted, 1040, "08004",
      fmt::format(
          "Too many connections: all {} to server {} are in use and none became free within "
          "{} ms; raise pool.max_per_server or pool.wait",
          limit, server.name, to_ms(wait)));
}

}  // namespace

Pool::Ticket::~Ticket() {
  if (pool_ == nullptr) return;
  pool_->waiters_.erase(place_);
}

Pool::Pool(net::Loop& loop, PoolServer server, std::shared_ptr<ConnectionBudget> budget,
           PoolSettings settings)
    : loop_(loop),
      server_(std::move(server)),
      budget_(std::move(budget)),
      settings_(settings),
      sweep_timer_(loop) {
  member_ = budget_->join({&loop_, [this] { on_wanted(); }, [this] { on_granted(); }});
  sweep_timer_.start(kSweepInterval, [this] { sweep(); });
}

Pool::~Pool() {
  budget_->leave(member_);
  for (Waiter& waiter : waiters_) {
    if (waiter.ticket != nullptr) waiter.ticket->pool_ = nullptr;
  }
  for (; open_count_ > 0; --open_count_)
    budget_->give_back();
}

std::unique_ptr<ServerConnection> Pool::try_take(const ConnectionWant& want) {
  std::optional<std::size_t> best;
  int best_rank = 0;
  // The newest of the best, but the oldest of those worth keeping.
  for (std::size_t i = idle_.size(); i-- > 0 && best_rank < kBestRank;) {
    const int rank = rank_for(*idle_[i].connection, want);
    if (rank == 0 || rank < best_rank || (rank == best_rank && rank > kWorthKeeping)) continue;
    best = i;
    best_rank = rank;
  }
  return best ? take_idle(*best) : nullptr;
}

std::unique_ptr<Pool::Ticket> Pool::take(ConnectionWant want, Callback done) {
  const WaiterPlace place = waiters_.emplace(waiters_.end());
  place->id = ++last_waiter_;
  place->since = net::Loop::now();
  place->want = std::move(want);
  place->done = std::move(done);
  place->deadline = std::make_unique<net::Timer>(loop_);
  place->deadline->start(settings_.wait, [this, place] {
    answer(place, pool_exhausted(server_, budget_->limit(), settings_.wait));
  });
  auto ticket = std::make_unique<Ticket>(*this, place);
  place->ticket = ticket.get();
  pump();
  return ticket;
}

std::unique_ptr<ServerConnection> Pool::reclaim(std::uint64_t use) {
  for (std::size_t i = idle_.size(); i-- > 0;)
    if (idle_[i].connection->use() == use) return take_idle(i);
  return nullptr;
}

std::unique_ptr<ServerConnection> Pool::reclaim(const WarningList& warnings) {
  for (std::size_t i = idle_.size(); i-- > 0;)
    if (idle_[i].connection->warnings().get() == &warnings) return take_idle(i);
  return nullptr;
}

void Pool::give_back(std::unique_ptr<ServerConnection> connection) {
  if (connection->idle() && !connection->retired() && !outdated(*connection)) {
    offer(std::move(connection));
  } else {
    close(std::move(connection));
  }
}

void Pool::serve(bool read_only, std::string_view sql_mode) {
  if (serves_read_only_ == read_only && sql_mode_ == sql_mode) return;
  serves_read_only_ = read_only;
  if (sql_mode_ != sql_mode) {
    sql_mode_ = sql_mode;
    ++default_mode_;
  }
  close_outdated();
}

void Pool::close_outdated() {
  const auto first_outdated = [this] {
    return std::ranges::find_if(idle_, [this](const Idle& i) { return outdated(*i.connection); });
  };
  for (auto found = first_outdated(); found != idle_.end(); found = first_outdated())
    close(take_idle(static_cast<std::size_t>(found - idle_.begin())));
}

void Pool::close_idle() {
  while (!idle_.empty())
    close(take_idle(idle_.size() - 1));
}

// Opens a connection for each waiter that has none under way, as far as there is room.
void Pool::pump() {
  for (Waiter& waiter : waiters_) {
    if (waiter.attempted) continue;
    if (!budget_->try_take() && !make_room(waiter)) {
      want_place();
      return;
    }
    waiter.attempted = true;
    start_opening(waiter);
  }
}

// Closes an idle connection that this waiter cannot use, and takes its place.
bool Pool::make_room(const Waiter& waiter) {
  const auto useless = std::ranges::find_if(idle_, [&](const Idle& idle) {
    return !fits(*idle.connection, waiter.want) ||
           !SessionState::reachable(idle.connection->state(), *waiter.want.state);
  });
  if (useless == idle_.end()) return false;
  drop(take_idle(static_cast<std::size_t>(useless - idle_.begin())));
  return budget_->try_take();
}

void Pool::start_opening(const Waiter& waiter) {
  ++open_count_;
  const auto opening = openings_.emplace(openings_.end());
  opening->login = waiter.want.login;
  ConnectOptions options;
  options.server = server_.id;
  options.server_name = server_.name;
  options.address = server_.address;
  options.login = waiter.want.login;
  if (!waiter.want.selects_schema) options.schema = waiter.want.state->schema();
  options.read_only = waiter.want.read_only;
  options.default_mode = default_mode_;
  options.timeout = settings_.connect_timeout;
  options.prepared = budget_->prepared();
  opening->attempt = ServerConnection::open(
      loop_, std::move(options), [this, opening](Result<std::unique_ptr<ServerConnection>> result) {
        finish_opening(opening, std::move(result));
      });
}

void Pool::finish_opening(std::list<Opening>::iterator opening,
                          Result<std::unique_ptr<ServerConnection>> result) {
  const std::shared_ptr<const Login> login = opening->login;
  const std::unique_ptr<ServerConnection::Attempt> attempt = std::move(opening->attempt);
  openings_.erase(opening);
  if (result.ok()) {
    if (outdated(**result)) {
      close(std::move(result).value());
    } else {
      offer(std::move(result).value());
    }
    revive_waiters(*login);
    if (!waiters_.empty()) pump();
    return;
  }
  --open_count_;
  budget_->give_back();
  fail_waiters(*login, result.error());
}

// What one login met, others of the same login would meet too; an unreachable server is so for all.
void Pool::fail_waiters(const Login& login, const Error& why) {
  std::vector<std::uint64_t> failed;
  for (const Waiter& waiter : waiters_) {
    if (!waiter.attempted) continue;
    if (why.kind != ErrorKind::Server || *waiter.want.login == login) failed.push_back(waiter.id);
  }
  // Each call may end other waits: look every one up again.
  for (const std::uint64_t id : failed) {
    const auto waiter = std::ranges::find(waiters_, id, &Waiter::id);
    if (waiter != waiters_.end()) answer(waiter, why);
  }
}

// A connection that was opened for one waiter may have gone to another, and the other's to nobody:
// whoever has no opening left to hope for gets a new one.
void Pool::revive_waiters(const Login& login) {
  auto hopes =
      std::ranges::count_if(openings_, [&](const Opening& o) { return *o.login == login; });
  for (Waiter& waiter : waiters_) {
    if (waiter.attempted && *waiter.want.login == login) waiter.attempted = hopes-- > 0;
  }
}

void Pool::answer(WaiterPlace waiter, Result<std::unique_ptr<ServerConnection>> result) {
  Callback done = std::move(waiter->done);
  waiter->ticket->pool_ = nullptr;
  waiters_.erase(waiter);
  if (waiters_.empty() && std::exchange(wanting_, false)) budget_->stop_wanting(member_);
  done(std::move(result));
}

void Pool::on_wanted() {
  if (!owed_since_) owed_since_ = net::Loop::now();
  if (!idle_.empty()) cede(take_idle(0));
}

void Pool::on_granted() {
  const auto waiter = std::ranges::find(waiters_, false, &Waiter::attempted);
  if (waiter == waiters_.end()) return budget_->give_back();
  waiter->attempted = true;
  start_opening(*waiter);
  pump();
}

void Pool::want_place() {
  wanting_ = true;
  budget_->want(member_);
}

// Leaves a connection's place to another worker: our own waiters do not take it before that one.
void Pool::cede(std::unique_ptr<ServerConnection> connection) {
  drop(std::move(connection));
  if (!waiters_.empty()) want_place();
}

// True if another worker has waited for a place longer than this waiter, the first that could use
// the connection; else those who find a busy worker would be served only when it has no work left.
// As long as others want one, one is owed: a place that was ceded may have come back to ourselves,
// if we asked for one earlier.
bool Pool::is_owed(WaiterPlace waiter) {
  if (!owed_since_) return false;
  if (waiter != waiters_.end() && waiter->since <= *owed_since_) return false;
  owed_since_.reset();
  if (!budget_->others_want(member_)) return false;
  owed_since_ = net::Loop::now();
  return true;
}

// Gives a connection to the first waiter that can use it; without one it becomes idle.
void Pool::offer(std::unique_ptr<ServerConnection> connection) {
  const auto waiter = std::ranges::find_if(waiters_, [&](const Waiter& candidate) {
    return fits(*connection, candidate.want) &&
           SessionState::reachable(connection->state(), *candidate.want.state);
  });
  if (is_owed(waiter)) return cede(std::move(connection));
  if (waiter != waiters_.end()) return answer(waiter, std::move(connection));
  keep_idle(std::move(connection));
  // It may have to make room for somebody who cannot use it.
  if (!waiters_.empty()) pump();
}

void Pool::keep_idle(std::unique_ptr<ServerConnection> connection) {
  ServerConnection* const key = connection.get();
  key->on_idle_broken([this, key] {
    const auto broken = std::ranges::find_if(
        idle_, [key](const Idle& idle) { return idle.connection.get() == key; });
    if (broken != idle_.end()) close(take_idle(static_cast<std::size_t>(broken - idle_.begin())));
  });
  idle_.push_back(Idle{std::move(connection), net::Loop::now()});
}

std::unique_ptr<ServerConnection> Pool::take_idle(std::size_t index) {
  std::unique_ptr<ServerConnection> connection = std::move(idle_[index].connection);
  idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(index));
  connection->on_idle_broken(nullptr);
  return connection;
}

void Pool::drop(std::unique_ptr<ServerConnection> connection) {
  connection.reset();
  --open_count_;
  budget_->give_back();
}

void Pool::close(std::unique_ptr<ServerConnection> connection) {
  drop(std::move(connection));
  if (!waiters_.empty()) pump();
}

void Pool::sweep() {
  const Instant oldest = net::Loop::now() - settings_.idle_timeout;
  // Ordered by last use, so the first ones are the oldest.
  while (!idle_.empty() && idle_.front().since < oldest)
    close(take_idle(0));
  for (const Idle& idle : idle_)
    idle.connection->close_unused_statements(oldest);
  sweep_timer_.restart(kSweepInterval);
}

}  // namespace understudy::backend
