#include "backend/cache_fill.h"
#include "backend/session.h"
#include "protocol/constants.h"
#include "protocol/packet.h"
#include "routing/cached_read.h"

// A session's reads and the result cache: answers from it, and answers for it.
namespace understudy::backend {
namespace {

constexpr std::string_view kCacheName = "cache";
constexpr std::string_view kCacheReason = "the answer was in the cache";

// What an EXECUTE has in front of the parameters: frame header, command, the statement's id, which
// is the client's own.
constexpr std::size_t kExecuteHeader = 9;

// A single packet with all that the answer depends on.
bool is_plain(const Command& command) {
  const bool kind = command.kind == CommandKind::Query || command.kind == CommandKind::Execute;
  return kind && command.packets.size() > kExecuteHeader &&
         command.packets.size() <= protocol::kFramePayloadMax &&
         protocol::answer_sequence(command.packets) == 1 &&
         (command.statement == nullptr || command.statement->long_data.empty());
}

routing::CachedRead cached_read(const cache::Origin& origin) {
  routing::CachedRead read;
  read.epoch = origin.epoch;
  read.server = origin.server;
  read.started = origin.started;
  read.finished = origin.finished;
  read.lower = &origin.lower;
  read.settled = origin.settled ? &*origin.settled : nullptr;
  return read;
}

}  // namespace

// A session that holds a connection may see what others do not; with sql_auto_is_null an answer may
// depend on what the session inserted last.
bool Session::may_use_cache() const {
  return dispatcher_.settings().cache != nullptr && !connection_ &&
         state_.variable("autocommit") != "OFF" && state_.variable("sql_auto_is_null") != "ON";
}

// Who asks and what changes the answer: login, form, schema, variables.
void Session::refresh_identity() {
  if (!identity_.empty()) return;
  identity_ = login_->user;
  identity_ += '\0';
  identity_.append(login_->password_sha1.begin(), login_->password_sha1.end());
  identity_ += login_->has_password ? '1' : '0';
  identity_ += std::to_string(login_->capabilities);
  identity_ += ',';
  identity_ += std::to_string(login_->collation);
  identity_ += '\0';
  state_.append_identity(identity_);
  identity_hash_ = cache::hash_bytes(identity_);
}

// The command without what differs from client to client; views live until the next call.
cache::Key Session::cache_key(const Command& command) {
  refresh_identity();
  std::string_view text = as_text(command.packets.subspan(protocol::kFrameHeaderSize));
  if (command.kind == CommandKind::Execute) {
    cache_command_.assign(1, static_cast<char>(protocol::Command::StmtExecute));
    cache_command_ += command.text;
    cache_command_ += '\0';
    cache_command_ += command.statement->schema;
    cache_command_ += '\0';
    cache_command_ += as_text(command.packets.subspan(kExecuteHeader));
    text = cache_command_;
  }
  return cache::make_key(identity_, identity_hash_, text);
}

bool Session::answer_from_cache(const Command& command, ResponseSink& sink) {
  ASSERT(sink_ == nullptr);
  if (!may_use_cache() || !is_plain(command)) return false;
  // Classified already: prepared.
  if (command.what != nullptr && !command.what->cache_obstacle.empty()) return false;
  cache::EntryPtr entry = look_up(cache_key(command));
  if (!entry) return false;
  sink.on_cached(entry->answer);
  return true;
}

// An answer that this session may get, with all that it means for what the session has seen.
cache::EntryPtr Session::look_up(const cache::Key& key) {
  SharedCache& cache = *dispatcher_.settings().cache;
  const CacheClock::View now = cache.clock.read();
  const replication::Topology& topology = *dispatcher_.topology();
  if (!now.open || now.epoch != topology.epoch) return nullptr;
  const routing::CacheView view{now.epoch, now.position, now.current_as_of};
  cache::EntryPtr found;
  bool stale = false;
  cache.results.lookup(key, [&](const cache::EntryPtr& entry) {
    if (cache.marks.newest(entry->depends_on) > entry->as_of) return ResultCache::Verdict::Invalid;
    if (!serves(*entry, view)) {
      stale = true;
      return ResultCache::Verdict::Pass;
    }
    found = entry;
    return ResultCache::Verdict::Serve;
  });
  if (stale) {
    cache.count(NotCached::NotFreshEnough);
    cache.clock.want_as_of(net::Loop::now());
  }
  if (found) note_cached(*found, net::Loop::now() - now.current_as_of);
  return found;
}

// Under the lock of the entry's shard.
bool Session::serves(cache::Entry& entry, const routing::CacheView& view) {
  const replication::Topology& topology = *dispatcher_.topology();
  cache::Origin& origin = entry.origin;
  if (routing::settles(cached_read(origin), view)) origin.settled = view.position;
  const routing::CachedRead read = cached_read(origin);
  routing::Request request;
  request.read = true;
  request.consistency = origin.consistency.value_or(options_.consistency);
  request.max_lag = origin.max_lag.value_or(options_.max_lag);
  request.now = net::Loop::now();
  reads_.settle(topology);
  const Duration age_max = dispatcher_.settings().cache->age_max;
  if (!routing::may_serve(read, view, request, reads_, topology, age_max)) return false;
  if (request.consistency == sql::Consistency::Session)
    routing::note_served(read, view, reads_, topology);
  return true;
}

void Session::note_cached(const cache::Entry& entry, Duration staleness) {
  forget_results();
  found_rows_ = entry.origin.rows;
  row_count_ = -1;
  last_use_ = 0;
  last_route_.server = kCacheName;
  last_route_.reason = kCacheReason;
  last_route_.staleness = staleness;
}

// --- filling ---

// Whether the answer of the command under way is to be kept; if another session is getting it at
// this moment, waits for that. True if the session waits, or has its answer.
bool Session::begin_fill() {
  if (!may_use_cache() || !is_read() || !command_.what->cache_obstacle.empty()) return false;
  if (!is_plain(command_)) return false;
  SharedCache& cache = *dispatcher_.settings().cache;
  const sql::Consistency consistency =
      command_.what->hints.consistency.value_or(options_.consistency);
  if (consistency == sql::Consistency::Strong || !is_chosen(cache)) return false;
  const CacheClock::View now = cache.clock.read();
  if (!now.open || now.epoch != dispatcher_.topology()->epoch) {
    cache.count(NotCached::Closed);
    return false;
  }
  DependencyResult dependencies =
      dependencies_of(command_, command_schema(), model_.modes(), cache.tables);
  if (!dependencies.found) {
    cache.count(dependencies.why);
    return false;
  }
  cache.count(NotCached::Missed);
  const cache::Key key = cache_key(command_);
  fill_ = std::make_unique<CacheFill>(cache, *std::move(dependencies.found), key);
  return join_flight(cache);
}

bool Session::is_chosen(const SharedCache& cache) const {
  cache::Statement statement;
  statement.tables = command_.what->tables.tables();
  statement.schema = command_schema();
  statement.user = login_->user;
  statement.text = command_.text;
  statement.hint = command_.what->hints.cache.value_or(false);
  return cache.rules.choose(statement).cache;
}

bool Session::join_flight(SharedCache& cache) {
  fill_->set_flight(cache.results.begin(fill_->key(), dispatcher_.loop(), [this](bool /*stored*/) {
    timer_.cancel();
    leader_ended();
  }));
  if (fill_->waits()) {
    timer_.start(dispatcher_.settings().hold, [this] { leader_ended(); });
    return true;
  }
  // The last leader may have ended since this session looked. The answer may not come from inside
  // execute().
  cached_answer_ = look_up(fill_->key());
  if (!cached_answer_) return false;
  fill_.reset();
  timer_.start({}, [this] { finish_from_cache(); });
  return true;
}

// Gets its answer from the cache, or goes to a server by itself.
void Session::leader_ended() {
  fill_->set_flight({});
  cached_answer_ = look_up(fill_->key());
  if (!cached_answer_) return choose_server();
  fill_.reset();
  finish_from_cache();
}

void Session::finish_from_cache() {
  const cache::EntryPtr entry = std::move(cached_answer_);
  answer_started_ = true;
  sink_->on_cached(entry->answer);
  finish({});
}

// What the server of the exchange that begins is known to show; if that is not enough, it is asked
// in the same write, in front of the read.
void Session::plan_fill(ExchangePlan& plan) {
  SharedCache& cache = *dispatcher_.settings().cache;
  const replication::Topology& topology = *dispatcher_.topology();
  const replication::ServerId server = connection_->server();
  fill_epoch_ = topology.epoch;
  fill_shown_ = cache.clock.known(server, topology.epoch);
  const auto shows = [&](const replication::Position& position) {
    const auto shown = cache.clock.covered_by(position, topology.epoch);
    if (shown.number > fill_shown_.number) fill_shown_ = shown;
  };
  // A primary's position is in its log, but perhaps not there for readers yet.
  const bool primary = topology.primary == server;
  if (!primary) shows(topology.find(server)->position);
  // An answer without the wait's success is not passed on.
  if (route_ && !route_->wait_for.empty()) shows(route_->wait_for);
  fill_->begin(*sink_, connection_->capabilities(), net::Loop::now());
  if (fill_shown_.number != 0 && fill_->newest_change() <= fill_shown_.number) return;
  const Dialect& dialect = connection_->dialect();
  fill_question_ = primary ? dialect.shown_log() : dialect.applied_position();
  plan.question = &fill_question_;
}

void Session::note_answer_to_question() {
  const Result<TextResult> answer = exchange_->answer_to_question();
  if (!answer.ok()) return;
  SharedCache& cache = *dispatcher_.settings().cache;
  CacheClock::Shown shown;
  if (dispatcher_.topology()->primary == connection_->server()) {
    const auto log = connection_->dialect().read_shown_log(*answer);
    if (log.ok())
      shown = log->position.empty() ? cache.clock.covered_by(log->point, fill_epoch_)
                                    : cache.clock.covered_by(log->position, fill_epoch_);
  } else if (!answer->rows.empty() && !answer->rows[0].empty()) {
    const auto position = replication::Position::parse(answer->rows[0][0].value_or(""));
    if (position.ok()) shown = cache.clock.covered_by(*position, fill_epoch_);
  }
  if (shown.number <= fill_shown_.number) return;
  fill_shown_ = shown;
  cache.clock.learn(connection_->server(), shown, fill_epoch_);
}

// The read has been answered; the connection is still in use.
void Session::finish_fill() {
  if (!fill_) return;
  if (exchange_->asked_question()) note_answer_to_question();
  CacheFill::Seen seen;
  seen.epoch = fill_epoch_;
  seen.server = connection_->server();
  seen.shown = fill_shown_;
  seen.consistency = command_.what->hints.consistency;
  seen.max_lag = command_.what->hints.max_lag;
  seen.finished = net::Loop::now();
  // An answer that came with a change of the session is one for this session only.
  const bool same_epoch = dispatcher_.topology()->epoch == fill_epoch_;
  if (same_epoch && connection_->state() == state_ && exchange_->error_code() == 0)
    fill_->store(seen);
  fill_.reset();
}

}  // namespace understudy::backend
