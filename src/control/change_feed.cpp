#include "control/change_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "backend/dialect.h"
#include "control/access_refusal.h"
#include "control/cache_questions.h"

namespace understudy::control {
namespace {

using State = ChangeLane::State;

constexpr Duration kTick = std::chrono::seconds(1);
constexpr unsigned kKeepAliveTicks = 15;
constexpr unsigned kUnavailable = 503;

bool same_place(const replication::Position& left, const replication::Position& right) {
  return left.covers(right) && right.covers(left);
}

}  // namespace

ChangeFeed::ChangeFeed(net::Loop& loop, BinlogFollower& follower, Settings settings,
                       std::shared_ptr<ChangeCounters> counters)
    : loop_(loop),
      follower_(follower),
      settings_(std::move(settings)),
      counters_(std::move(counters)),
      access_(loop),
      tick_(loop) {
  follower_.add(*this);
  tick_.start(kTick, [this] { tick(); });
}

ChangeFeed::~ChangeFeed() {
  follower_.remove(*this);
}

void ChangeFeed::set_topology(const replication::TopologyPtr& topology) {
  topology_ = topology;
  access_.set_topology(topology);
  if (settings_.starts_follower && wanted_) follower_.set_topology(topology);
  for (const auto& lane : lanes_)
    lane->set_topology(topology);
}

// --- Who comes ---

void ChangeFeed::subscribe(feed::Request request,
                           const std::shared_ptr<const backend::Login>& login,
                           net::AcceptedSocket socket) {
  Result<std::unique_ptr<net::Stream>> stream = net::adopt(loop_, std::move(socket));
  if (!stream.ok()) return;  // closed with the socket
  auto subscriber =
      std::make_unique<ChangeSubscriber>(loop_, std::move(stream).value(), login, *this);
  if (counters_->subscribers.load(std::memory_order_relaxed) >= settings_.max_subscribers) {
    subscriber->end(kUnavailable,
                    fmt::format("there are {} subscribers already (changes.max_subscribers)",
                                settings_.max_subscribers),
                    {});
    return;
  }
  if (!std::exchange(wanted_, true) && settings_.starts_follower && topology_)
    follower_.set_topology(topology_);
  ChangeSubscriber* const key = subscriber.get();
  arriving_.emplace(key, std::move(subscriber));
  count();
  const feed::Selection selection = request.selection;
  access_.check(login, selection,
                [this, key, asked = std::move(request)](const Result<void>& allowed) mutable {
                  on_checked(key, asked, allowed);
                });
}

void ChangeFeed::on_checked(ChangeSubscriber* key, feed::Request& request,
                            const Result<void>& allowed) {
  auto arrived = arriving_.extract(key);
  if (arrived.empty()) return;  // gone meanwhile
  std::unique_ptr<ChangeSubscriber> subscriber = std::move(arrived.mapped());
  if (allowed.ok())
    place(std::move(subscriber), std::move(request));
  else
    subscriber->end(refusal_status(allowed.error()), allowed.error().message, {});
  count();
}

void ChangeFeed::place(std::unique_ptr<ChangeSubscriber> subscriber, feed::Request request) {
  using Kind = feed::Start::Kind;
  if (request.start.kind == Kind::Now && !follower_.following())
    return place_at_the_end(std::move(subscriber), std::move(request));
  const feed::Start& start = request.start;
  const bool at_the_end = start.kind == Kind::After && start.after.rows == 0 && resting() &&
                          start.after.after == follower_.position();
  if (start.kind == Kind::Now || at_the_end)
    return join_live(std::move(subscriber), request.selection);
  const bool earliest = start.kind == Kind::Earliest;
  const std::string key = feed::to_string(request.selection);
  const auto waiting = std::ranges::find_if(lanes_, [&](const auto& lane) {
    return lane->state() == State::Waiting && lane->key() == key && lane->sent() == start.after &&
           lane->from_the_beginning() == earliest;
  });
  if (waiting != lanes_.end()) return (*waiting)->add(std::move(subscriber));
  ChangeLane& lane = make_lane(request.selection);
  lane.begin_at(start.after, earliest);
  lane.add(std::move(subscriber));
  tend_soon();
}

// The follower does not know where the end is now: the primary does.
void ChangeFeed::place_at_the_end(std::unique_ptr<ChangeSubscriber> subscriber,
                                  feed::Request request) {
  ChangeSubscriber* const key = subscriber.get();
  arriving_.emplace(key, std::move(subscriber));
  const auto flavour = topology_ && topology_->usable_primary() != nullptr
                           ? topology_->usable_primary()->flavour
                           : replication::Flavour::MariaDb;
  access_.ask(key->login(), backend::dialect_of(flavour).logged_position(),
              [this, key, asked = std::move(request)](Result<backend::TextResult> answer) mutable {
                Result<feed::Start> start = answer.ok() ? feed::parse_start(single_value(*answer))
                                                        : Result<feed::Start>(answer.error());
                const Result<void> found = start.ok() ? Result<void>() : start.error();
                if (found.ok()) {
                  start->kind = feed::Start::Kind::After;
                  asked.start = std::move(start).value();
                }
                on_checked(key, asked, found);
              });
}

ChangeLane& ChangeFeed::make_lane(const feed::Selection& selection) {
  lanes_.push_back(
      std::make_unique<ChangeLane>(loop_, settings_.lane, selection, tables_, *counters_, *this));
  return *lanes_.back();
}

void ChangeFeed::join_live(std::unique_ptr<ChangeSubscriber> subscriber,
                           const feed::Selection& selection) {
  const auto found = live_.find(feed::to_string(selection));
  const bool is_live = found != live_.end() && (found->second->state() == State::Live ||
                                                found->second->state() == State::Joining);
  if (is_live) {
    found->second->flush();  // what was before is not for the new one
    return found->second->add(std::move(subscriber));
  }
  ChangeLane& lane = make_lane(selection);
  lane.add(std::move(subscriber));
  live_[lane.key()] = &lane;
  if (resting())
    lane.go_live(follower_.position());
  else
    lane.begin_with_next();
}

void ChangeFeed::on_gone(ChangeSubscriber& subscriber) {
  // It is at work itself: destroyed in a later turn.
  std::shared_ptr<ChangeSubscriber> gone;
  if (subscriber.lane != nullptr)
    gone = subscriber.lane->remove(subscriber);
  else
    gone = std::move(arriving_.extract(&subscriber).mapped());
  loop_.post([gone = std::move(gone)] {});
  count();
}

void ChangeFeed::on_drained(ChangeSubscriber& subscriber) {
  if (subscriber.lane != nullptr) subscriber.lane->on_drained();
}

// --- What the follower says ---

void ChangeFeed::on_event(const replication::BinlogEvent& event) {
  if (replication::begun_by(event)) in_transaction_ = true;
  for (const auto& [key, lane] : live_)
    lane->take(event);
  note_rights(event);
}

void ChangeFeed::on_transaction(const replication::TransactionId& /*gtid*/,
                                replication::TransactionScope::Edge /*how*/,
                                const replication::Position& now) {
  in_transaction_ = false;
  at_rest(now);
  if (rights_changed_) check_rights();
}

void ChangeFeed::on_started(const replication::Position& at, std::uint64_t /*epoch*/) {
  in_transaction_ = false;
  at_rest(at);
}

// The follower is between two transactions: who waits for it may join.
void ChangeFeed::at_rest(const replication::Position& now) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i]->state() == State::Joining) lanes_[i]->go_live(now);
    if (lanes_[i]->state() == State::Reading) on_boundary(*lanes_[i]);
  }
}

void ChangeFeed::on_interrupted(const std::string& /*why*/) {
  in_transaction_ = false;
  for (const auto& [key, lane] : live_)
    lane->interrupted();
}

void ChangeFeed::on_gap(const std::string& why) {
  for (const auto& [key, lane] : live_) {
    if (lane->state() != State::Live) continue;
    lane->flush();
    lane->fail(kUnavailable, fmt::format("changes may be missing after this: {}", why));
  }
  rights_changed_ = true;
  tend_soon();
}

// A lane that reads for itself, at the end of a transaction.
void ChangeFeed::on_boundary(ChangeLane& lane) {
  if (lane.in_transaction() || !follower_.following()) return;
  if (!lane.position().covers(follower_.position())) return;
  lane.flush();
  if (!lane.can_join()) return;
  if (!same_place(lane.position(), follower_.position()))
    lane.hold();
  else if (resting())
    make_live(lane);
}

void ChangeFeed::make_live(ChangeLane& lane) {
  const auto found = live_.find(lane.key());
  ChangeLane* const other = found == live_.end() ? nullptr : found->second;
  if (other != nullptr && other->state() == State::Joining) other->go_live(follower_.position());
  if (other != nullptr && other->state() == State::Live) {
    other->absorb(lane);
  } else {
    live_[lane.key()] = &lane;
    lane.go_live(follower_.position());
  }
  tend_soon();
}

// --- What is done in turns of its own ---

void ChangeFeed::flush_soon() {
  if (std::exchange(flushing_, true)) return;
  loop_.post([this] {
    flushing_ = false;
    for (const auto& lane : lanes_)
      lane->flush();
  });
}

void ChangeFeed::tend_soon() {
  if (std::exchange(tending_, true)) return;
  loop_.post([this] {
    tending_ = false;
    tend();
  });
}

void ChangeFeed::tend() {
  std::erase_if(live_, [](const auto& entry) {
    return entry.second->state() != State::Live && entry.second->state() != State::Joining;
  });
  std::erase_if(lanes_, [](const auto& lane) { return lane->state() == State::Over; });
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    ChangeLane& lane = *lanes_[i];
    if (lane.state() == State::Defining) define(lane);
    if (lane.state() == State::Reading) on_boundary(lane);
  }
  start_readers();
  if (rights_changed_) check_rights();
  count();
}

void ChangeFeed::start_readers() {
  auto reading = static_cast<std::size_t>(std::ranges::count_if(
      lanes_, [](const auto& lane) { return lane->state() == State::Reading; }));
  for (const auto& lane : lanes_) {
    if (reading >= kReadersMax) return;
    if (lane->state() != State::Waiting) continue;
    lane->read(topology_);
    ++reading;
  }
}

void ChangeFeed::define(ChangeLane& lane) {
  const feed::TableId table = *lane.missing();
  lane.asking();
  const std::string key = lane.key();
  access_.ask(lane.subscribers().front()->login(), TableBook::question(table),
              [this, table, asked = &lane, key,
               asked_at = tables_.revision()](const Result<backend::TextResult>& answer) {
                const auto found = std::ranges::find_if(lanes_, [&](const auto& each) {
                  return each.get() == asked && each->key() == key;
                });
                if (found != lanes_.end() && (*found)->state() == State::Asking)
                  on_defined(**found, table, answer, asked_at);
              });
}

void ChangeFeed::on_defined(ChangeLane& lane, const feed::TableId& table,
                            const Result<backend::TextResult>& answer, std::uint64_t asked_at) {
  const Result<bool> noted =
      answer.ok() ? tables_.note(table, *answer, asked_at) : Result<bool>(answer.error());
  if (noted.ok() && !*noted) return define(lane);
  if (noted.ok())
    lane.defined();
  else
    lane.fail(refusal_status(noted.error()), noted.error().message);
  tend_soon();
}

void ChangeFeed::tick() {
  tick_.start(kTick, [this] { tick(); });
  const Instant now = net::Loop::now();
  for (const auto& lane : lanes_)
    lane->check_progress(now);
  if (rights_changed_) check_rights();
  if (++ticks_ % kKeepAliveTicks != 0) return;
  for (const auto& lane : lanes_)
    lane->keep_alive();
}

void ChangeFeed::count() {
  std::size_t all = arriving_.size();
  std::size_t behind = 0;
  for (const auto& lane : lanes_) {
    all += lane->subscribers().size();
    if (lane->state() != State::Live && lane->state() != State::Joining)
      behind += lane->subscribers().size();
  }
  counters_->subscribers.store(all, std::memory_order_relaxed);
  counters_->catching_up.store(behind, std::memory_order_relaxed);
}

}  // namespace understudy::control
