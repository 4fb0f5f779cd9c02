#include "control/cache_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/cache_questions.h"

namespace understudy::control {
namespace {

using replication::Position;
using Edge = replication::TransactionScope::Edge;

// How often it is asked up to where the log is written: the cache is known to be no older.
constexpr Duration kInterval = std::chrono::milliseconds(50);
// The least between two rounds while somebody waits.
constexpr Duration kIntervalMin = std::chrono::milliseconds(1);
constexpr Duration kConnectTimeout = std::chrono::seconds(1);
constexpr Duration kRetry = std::chrono::milliseconds(100);
// After a refusal that a person has to mend.
constexpr Duration kRefusedRetry = std::chrono::seconds(2);
constexpr std::size_t kTablesARound = 64;

}  // namespace

CacheKeeper::CacheKeeper(net::Loop& loop, BinlogFollower& follower, LinkOpener& opener, Cache cache,
                         EventReporter report)
    : loop_(loop),
      follower_(follower),
      opener_(opener),
      cache_(cache),
      report_(std::move(report)),
      invalidator_(cache.marks, cache.tables),
      next_(loop) {
  const auto wake = [this, alive = std::weak_ptr(alive_)] {
    loop_.post([this, alive] {
      if (!alive.expired()) ask_soon();
    });
  };
  cache_.clock.on_wanted(wake);
  cache_.tables.on_wanted(wake);
}

CacheKeeper::~CacheKeeper() {
  follower_.remove(*this);
}

void CacheKeeper::start() {
  follower_.add(*this);
}

// --- the log ---

void CacheKeeper::on_event(const replication::BinlogEvent& event) {
  if (replication::begun_by(event)) in_transaction_ = true;
  const auto definitions = invalidator_.take(event, cache_.clock.next_number());
  if (definitions == CacheInvalidator::Definitions::Changed) definitions_changed();
}

void CacheKeeper::on_transaction(const replication::TransactionId& /*gtid*/, Edge /*how*/,
                                 const Position& now) {
  in_transaction_ = false;
  cache_.clock.advance(now, invalidator_.end());
  settle();
}

void CacheKeeper::on_started(const Position& /*at*/, std::uint64_t epoch) {
  if (epoch != epoch_) forget_all();
  epoch_ = epoch;
  invalidator_.reset();
  in_transaction_ = false;
  definitions_changed();
}

void CacheKeeper::on_interrupted(const std::string& /*why*/) {
  open_ = false;
  cache_.clock.close();
  link_.reset();
  attempt_.reset();
  in_round_ = false;
  awaiting_.clear();
  cache_.tables.forget_unanswered();
  next_.cancel();
}

void CacheKeeper::on_gap(const std::string& /*why*/) {
  forget_all();
}

// What was read before cannot be compared with what comes.
void CacheKeeper::forget_all() {
  continuous_ = false;
  cache_.clock.close();
  cache_.results.clear();
}

void CacheKeeper::definitions_changed() {
  ++definitions_;
  open_ = false;
  cache_.clock.close();
  cache_.tables.forget();
  awaiting_.clear();
  ask_soon();
}

// --- what the primary is asked ---

void CacheKeeper::ask_soon() {
  const Instant earliest = last_round_ + kIntervalMin;
  next_round(std::max(earliest - net::Loop::now(), Duration{}));
}

void CacheKeeper::next_round(Duration delay) {
  if (in_round_ || !follower_.following()) return;
  next_.start(delay, [this] { begin_round(); });
}

void CacheKeeper::begin_round() {
  const replication::ServerView* const source = follower_.source();
  if (source == nullptr || in_round_) return;
  in_round_ = true;
  last_round_ = net::Loop::now();
  if (link_ && server_ == source->id) return ask();
  server_ = source->id;
  attempt_ = opener_.open(server_, kConnectTimeout, [this](Result<std::unique_ptr<Link>> opened) {
    attempt_.reset();
    if (!opened.ok()) return round_failed();
    link_ = std::move(opened).value();
    ask();
  });
}

void CacheKeeper::ask() {
  Round round;
  round.definitions = definitions_;
  round.opening = !open_;
  std::vector<std::string> statements;
  if (round.opening) {
    statements = opening_questions(link_->dialect());
  } else {
    cache_.clock.wanted_seen();
    round.tables = cache_.tables.take_wanted(kTablesARound);
    for (const auto& [schema, table] : round.tables)
      statements.push_back(link_->dialect().table_facts(schema, table));
  }
  // Last, so that it covers what the others have seen.
  statements.push_back(link_->dialect().logged_position());
  round.sent = net::Loop::now();
  link_->ask(std::move(statements),
             [this, round = std::move(round)](Result<Link::Answers> answers) mutable {
               in_round_ = false;
               if (!answers.ok()) return round_failed();
               answered(std::move(round), *answers);
             });
}

void CacheKeeper::round_failed() {
  in_round_ = false;
  link_.reset();
  cache_.tables.forget_unanswered();
  next_round(kRetry);
}

void CacheKeeper::answered(Round round, const Link::Answers& answers) {
  Answer answer;
  answer.round = std::move(round);
  const Result<Position> logged = Position::parse(single_value(answers.back()));
  if (!logged.ok()) return round_failed();
  answer.logged = *logged;
  if (answer.round.opening) {
    if (const Result<void> read = read_opening(answer, answers); !read.ok())
      return refuse(read.error().message);
  }
  for (std::size_t i = 0; i < answer.round.tables.size(); ++i)
    answer.facts.push_back(read_table_facts(answers[i]));
  awaiting_.push_back(std::move(answer));
  settle();
  const bool waiting = cache_.clock.wanted_as_of() > last_round_;
  if (waiting) return ask_soon();
  next_round(kInterval);
}

Result<void> CacheKeeper::read_opening(Answer& answer, const Link::Answers& answers) const {
  Result<Opening> opening = read_opening_answers(link_->dialect(), answers);
  if (!opening.ok()) return opening.error();
  answer.cascades = std::move(opening->cascades);
  answer.log_end = opening->log_end;
  return {};
}

// Says once why nothing is cached, and looks again later.
void CacheKeeper::refuse(const std::string& why) {
  if (refusal_ != why) report_("cache_closed", {{"reason", why}});
  refusal_ = why;
  next_round(kRefusedRetry);
}

// --- when the log has come so far ---

// Opening gives a number of its own, which must not come between two changes of one transaction.
// What is covered was asked after what is before it, so that is covered, too, even if it names a
// transaction that was about to be logged and never was (MySQL).
void CacheKeeper::settle() {
  if (in_transaction_) return;
  const auto covered = [this](const Answer& answer) {
    return follower_.position().covers(answer.logged);
  };
  const auto last = std::find_if(awaiting_.rbegin(), awaiting_.rend(), covered);
  for (auto count = std::distance(last, awaiting_.rend()); count > 0; --count) {
    Answer answer = std::move(awaiting_.front());
    awaiting_.pop_front();
    if (answer.round.definitions == definitions_) take(answer);
  }
}

void CacheKeeper::take(Answer& answer) {
  if (answer.round.opening && !open_) open(answer);
  for (std::size_t i = 0; i < answer.facts.size(); ++i)
    cache_.tables.put(answer.round.tables[i], std::move(answer.facts[i]));
  cache_.clock.set_current_as_of(answer.round.sent);
}

void CacheKeeper::open(const Answer& answer) {
  open_ = true;
  refusal_.clear();
  invalidator_.set_cascades(*answer.cascades);
  if (!std::exchange(continuous_, true)) cache_.marks.touch_everything(cache_.clock.next_number());
  cache_.clock.open(epoch_, follower_.position());
  cache_.clock.set_opening_end(std::max(answer.log_end, invalidator_.end()));
  report_("cache_open",
          {{"epoch", std::to_string(epoch_)}, {"position", to_string(follower_.position())}});
}

}  // namespace understudy::control
