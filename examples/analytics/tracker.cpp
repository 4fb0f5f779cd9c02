#include "tracker.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <random>

namespace analytics {
namespace {

// Two writers never choose the same one.
std::uint64_t random_name() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

void Delays::add(Milliseconds delay) {
  const auto bucket = static_cast<std::size_t>(std::max<Milliseconds::rep>(delay.count(), 0));
  ++counts_[std::min(bucket, counts_.size() - 1)];
  ++all_;
}

Milliseconds Delays::at(double share) const {
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(all_));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < counts_.size() && (seen += counts_[bucket]) < wanted)
    ++bucket;
  return Milliseconds(bucket);
}

Tracker::Tracker(Store store, TrackerOptions options)
    : store_(std::move(store)), options_(options), writer_([this] { run(); }) {}

Tracker::~Tracker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    give_up_ = Clock::now() + options_.drain;
  }
  changed_.notify_one();
  writer_.join();
}

bool Tracker::track(Event event) {
  std::vector<Event> events;
  events.push_back(std::move(event));
  return track(std::move(events));
}

bool Tracker::track(std::vector<Event> events) {
  const std::lock_guard lock(mutex_);
  if (events.size() > options_.queue_events - waiting_.size()) {
    statistics_.refused += events.size();
    return false;
  }
  const bool was_empty = waiting_.empty();
  const auto since = Clock::now();
  for (Event& event : events)
    waiting_.push_back({std::move(event), since});
  accepted_ += events.size();
  // The writer sleeps until the first comes, and then until there is a whole batch.
  if (was_empty || waiting_.size() >= options_.batch_events) changed_.notify_one();
  return true;
}

void Tracker::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t goal = accepted_;
  written_.wait(lock, [&] { return statistics_.written >= goal; });
}

TrackerStatistics Tracker::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void Tracker::run() {
  Batch batch;
  batch.writer = random_name();
  std::vector<Clock::time_point> since;
  while (take(batch, since)) {
    if (!write(batch)) return;
    note_written(since);
  }
}

// Waits for the next batch; false when there will be none.
bool Tracker::take(Batch& batch, std::vector<Clock::time_point>& since) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  if (waiting_.empty()) return false;
  changed_.wait_until(lock, waiting_.front().since + options_.delay,
                      [this] { return stopping_ || waiting_.size() >= options_.batch_events; });
  const auto count = std::min(waiting_.size(), options_.batch_events);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  ++batch.number;
  batch.events.clear();
  since.clear();
  for (auto each = waiting_.begin(); each != end; ++each) {
    batch.events.push_back(std::move(each->event));
    since.push_back(each->since);
  }
  waiting_.erase(waiting_.begin(), end);
  return true;
}

// Until it is written; false if the time to stop came first.
bool Tracker::write(const Batch& batch) {
  for (int attempt = 1;; ++attempt) {
    try {
      store_(batch);
      return true;
    } catch (const std::exception& error) {
      // Once is nothing: the primary died, and what became of the batch is asked next.
      if (attempt > 1) std::cerr << "events wait to be written: " << error.what() << "\n";
    }
    if (!pause()) return false;
  }
}

// After a failure.
bool Tracker::pause() {
  std::unique_lock lock(mutex_);
  ++statistics_.retries;
  const auto until = Clock::now() + options_.pause;
  changed_.wait_until(lock, until, [this] { return stopping_ && Clock::now() >= give_up_; });
  return !stopping_ || Clock::now() < give_up_;
}

void Tracker::note_written(const std::vector<Clock::time_point>& since) {
  const auto committed = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    statistics_.written += since.size();
    ++statistics_.batches;
    for (const auto each : since)
      statistics_.delays.add(std::chrono::duration_cast<Milliseconds>(committed - each));
  }
  written_.notify_all();
}

}  // namespace analytics
