#include "control/change_lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace understudy::control {
namespace {

// A subscriber who takes nothing for so long while its lane waits for it is let go.
constexpr Duration kProgressMax = std::chrono::seconds(60);

// Of MySQL's positions; about 50 bytes of an id each. Subscribers send ids back in a header.
constexpr std::size_t kIdRangesMax = 64;

constexpr unsigned kGone = 410;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kUnavailable = 503;

}  // namespace

ChangeLane::ChangeLane(net::Loop& loop, const Settings& settings, feed::Selection selection,
                       feed::TableSource& tables, ChangeCounters& counters, Owner& owner)
    : loop_(loop),
      settings_(settings),
      selection_(std::move(selection)),
      key_(feed::to_string(selection_)),
      counters_(counters),
      owner_(owner),
      writer_(selection_.by),
      reader_(selection_, tables, writer_) {}

ChangeLane::~ChangeLane() = default;

void ChangeLane::begin_at(const feed::EventId& start, bool at_the_beginning) {
  sent_ = start;
  from_the_beginning_ = at_the_beginning;
  reader_.start(start);
  change_state(State::Waiting);
}

void ChangeLane::begin_with_next() {
  change_state(State::Joining);
  for (const auto& subscriber : subscribers_)
    subscriber->begin();
}

void ChangeLane::asking() {
  change_state(State::Asking);
}

void ChangeLane::defined() {
  change_state(State::Waiting);
}

void ChangeLane::change_state(State next) {
  if (state_ == State::Over) return;
  state_ = next;
  if (next != State::Reading) {
    stream_.reset();
    held_ = false;
    paced_since_.reset();
  }
}

void ChangeLane::add(std::unique_ptr<ChangeSubscriber> subscriber) {
  subscriber->lane = this;
  subscriber->index = subscribers_.size();
  if (state_ == State::Live || state_ == State::Joining) subscriber->begin();
  subscribers_.push_back(std::move(subscriber));
}

void ChangeLane::absorb(ChangeLane& other) {
  flush();
  other.flush();
  for (auto& subscriber : std::exchange(other.subscribers_, {}))
    add(std::move(subscriber));
  other.change_state(State::Over);
}

std::unique_ptr<ChangeSubscriber> ChangeLane::remove(ChangeSubscriber& subscriber) {
  const std::size_t index = subscriber.index;
  std::unique_ptr<ChangeSubscriber> removed = std::move(subscribers_[index]);
  if (index + 1 != subscribers_.size()) {
    subscribers_[index] = std::move(subscribers_.back());
    subscribers_[index]->index = index;
  }
  subscribers_.pop_back();
  if (subscribers_.empty()) {
    change_state(State::Over);
    owner_.tend_soon();
  } else {
    on_drained();  // perhaps the others have nothing unsent
  }
  return removed;
}

void ChangeLane::read(const replication::TopologyPtr& topology) {
  change_state(State::Reading);
  counters_.catch_ups.fetch_add(1, std::memory_order_relaxed);
  reader_.start(sent_);
  if (from_the_beginning_) reader_.begin_at_list();
  stream_ = std::make_unique<ChangeStream>(loop_, settings_.login, *this);
  stream_->start(topology, sent_.after);
}

void ChangeLane::set_topology(const replication::TopologyPtr& topology) {
  if (stream_) stream_->set_topology(topology);
}

void ChangeLane::hold() {
  if (std::exchange(held_, true)) return;
  stream_->pause();
}

void ChangeLane::go_live(const replication::Position& now) {
  flush();
  change_state(State::Live);
  from_the_beginning_ = false;
  sent_ = {now, {}, 0};
  reader_.start(sent_);
  for (const auto& subscriber : subscribers_)
    subscriber->begin();
  check_id_size();
}

// False if the lane is over.
bool ChangeLane::check_id_size() {
  const std::size_t ranges = reader_.position().mysql_set().ranges().size();
  if (ranges <= kIdRangesMax) return true;
  flush();
  fail(kUnavailable, fmt::format("the servers have executed {} separate ranges of GTIDs: events "
                                 "could not be named; at most {} are followed",
                                 ranges, kIdRangesMax));
  owner_.tend_soon();
  return false;
}

void ChangeLane::on_stream_started() {
  for (const auto& subscriber : subscribers_)
    subscriber->begin();
  if (!from_the_beginning_) owner_.on_boundary(*this);
}

void ChangeLane::on_stream_event(const replication::BinlogEvent& event) {
  const bool was_open = reader_.open();
  if (!process(event)) return;
  if (was_open && !reader_.open()) {
    from_the_beginning_ = false;
    owner_.on_boundary(*this);
    return;
  }
  // It was read before the pause took effect: the rest of the transaction has to come, too.
  if (held_ && reader_.open()) {
    held_ = false;
    if (!paced_since_) stream_->resume();
  }
}

replication::Position ChangeLane::on_stream_interrupted() {
  flush();
  held_ = false;
  reader_.start(sent_);
  if (from_the_beginning_) reader_.begin_at_list();
  return sent_.after;
}

void ChangeLane::on_stream_failed(const Error& why, bool gone) {
  fail(gone ? kGone : kUnavailable,
       gone ? fmt::format("the servers do not have, or no longer have, the changes after {}: {}",
                          from_the_beginning_ ? "the beginning" : to_string(sent_), why.message)
            : why.message);
  owner_.tend_soon();
}

void ChangeLane::take(const replication::BinlogEvent& event) {
  if (state_ == State::Live) process(event);
}

void ChangeLane::interrupted() {
  if (state_ != State::Live) return;
  flush();
  reader_.start(sent_);
}

// False if the lane has stopped reading.
bool ChangeLane::process(const replication::BinlogEvent& event) {
  if (Result<void> taken = reader_.take(event); !taken) {
    flush();
    fail(taken.error().kind == ErrorKind::Invalid ? kBadRequest : kUnavailable,
         taken.error().message);
    owner_.tend_soon();
    return false;
  }
  if (reader_.missing()) {
    flush();
    change_state(State::Defining);
    owner_.tend_soon();
    return false;
  }
  if (!reader_.open() && !check_id_size()) return false;
  if (!writer_.empty() && !reader_.open()) owner_.flush_soon();
  if (writer_.gathered() <= settings_.buffer / 2) return true;
  if (state_ == State::Live) {
    leave_live();
    return false;
  }
  writer_.cut();
  send(writer_.take());
  sent_ = reader_.here();
  pace();
  return state_ == State::Reading;
}

// The transaction is too large to be kept: it is read again at the pace of those who get it.
void ChangeLane::leave_live() {
  flush();
  change_state(State::Waiting);
  owner_.tend_soon();
}

void ChangeLane::flush() {
  const std::string events = writer_.take_whole();
  if (!events.empty()) send(events);
  // Nothing is lost by going on from here; in the middle of a transaction sent_ may say more.
  if (!(sent_.after == reader_.position())) sent_ = {reader_.position(), {}, 0};
  pace();
}

void ChangeLane::send(const std::string& events) {
  const std::size_t count = writer_.count() - std::exchange(events_sent_, writer_.count());
  counters_.events.fetch_add(count * subscribers_.size(), std::memory_order_relaxed);
  for (std::size_t i = subscribers_.size(); i-- > 0;) {
    subscribers_[i]->begin();
    subscribers_[i]->send(events);
  }
}

void ChangeLane::drop(std::size_t index) {
  counters_.dropped.fetch_add(1, std::memory_order_relaxed);
  ChangeSubscriber& subscriber = *subscribers_[index];
  subscriber.end(kUnavailable,
                 fmt::format("too slow: more than {} bytes were waiting for this subscriber",
                             settings_.buffer),
                 sent_);
  remove(subscriber);
}

// Slow subscribers are dropped. Only a lane that reads for itself can wait, and it waits when all
// of its subscribers have enough to do.
void ChangeLane::pace() {
  const auto is_busy = [this](const std::unique_ptr<ChangeSubscriber>& subscriber) {
    return subscriber->unsent() > settings_.buffer / 4;
  };
  if (stream_ && std::ranges::all_of(subscribers_, is_busy)) {
    if (!paced_since_) stream_->pause();
    if (!paced_since_) paced_since_ = net::Loop::now();
    return;
  }
  for (std::size_t i = subscribers_.size(); i-- > 0;)
    if (subscribers_[i]->unsent() > settings_.buffer) drop(i);
}

void ChangeLane::on_drained() {
  if (!paced_since_) return;
  const bool any_idle = std::ranges::any_of(
      subscribers_, [](const auto& subscriber) { return subscriber->unsent() == 0; });
  if (!any_idle) return;
  paced_since_.reset();
  if (!held_ && stream_) stream_->resume();
  owner_.tend_soon();
}

void ChangeLane::check_progress(Instant now) {
  if (!paced_since_ || now - *paced_since_ < kProgressMax) return;
  for (std::size_t i = subscribers_.size(); i-- > 0;)
    drop(i);
}

void ChangeLane::keep_alive() {
  flush();
  if (state_ == State::Over) return;
  std::string text = ":\n\n";
  // An id without data is no event, but what a client will go on from.
  if (std::string id = to_string(sent_); id != last_id_ && !from_the_beginning_) {
    text = fmt::format("id: {}\n\n", id);
    last_id_ = std::move(id);
  }
  for (const auto& subscriber : subscribers_)
    if (subscriber->begun()) subscriber->send(text);
}

void ChangeLane::fail(unsigned status, const std::string& why) {
  for (auto& subscriber : std::exchange(subscribers_, {}))
    subscriber->end(status, why, sent_);
  change_state(State::Over);
}

void ChangeLane::refuse(const backend::Login& login, unsigned status, const std::string& why) {
  for (std::size_t i = subscribers_.size(); i-- > 0;) {
    ChangeSubscriber& subscriber = *subscribers_[i];
    if (!(*subscriber.login() == login)) continue;
    subscriber.end(status, why, sent_);
    remove(subscriber);
  }
}

}  // namespace understudy::control
