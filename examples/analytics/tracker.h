#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "event.h"

namespace analytics {

struct TrackerOptions {
  std::size_t batch_events = 2000;    // so many are written at once,
  Milliseconds delay{50};             // or what there is when the oldest has waited so long
  std::size_t queue_events = 200000;  // some seconds of events: the time of a failover
  Milliseconds pause{100};            // after a failure, before the same batch is tried again
  Milliseconds drain{30000};          // how long the destructor goes on trying
};

// From track() to commit, in buckets of one millisecond.
class Delays {
 public:
  void add(Milliseconds delay);
  // The delay that `share` of all events kept to: 0.5 is the median.
  [[nodiscard]] Milliseconds at(double share) const;

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(60001);
  std::uint64_t all_ = 0;
};

struct TrackerStatistics {
  std::uint64_t written = 0;  // events
  std::uint64_t batches = 0;
  std::uint64_t refused = 0;  // events: the queue was full
  std::uint64_t retries = 0;  // a batch was tried again, because its fate was unknown or it failed
  Delays delays;
};

// Takes events from any thread and writes them in batches, one after another, on a thread of its
// own: Analytics::store costs the same for one event as for a hundred.
//
// What was accepted is written once. A batch that failed is tried again under the same name, so
// that the database can tell whether it is there already; the next one waits for it. The queue
// grows meanwhile. When it is full track() refuses: no program should stand still because it
// cannot be watched, and only the caller knows whether to wait, to drop the event or to tell
// others.
class Tracker {
 public:
  // Writes a batch, or does nothing if it was written before; throws if it may not have.
  using Store = std::function<void(const Batch&)>;

  explicit Tracker(Store store, TrackerOptions options = {});
  // Writes what is left.
  ~Tracker();
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  // False: there is no room, and the event was not taken. Returns at once.
  [[nodiscard]] bool track(Event event);
  // All of them or none.
  [[nodiscard]] bool track(std::vector<Event> events);

  // Returns when all that was accepted before is written.
  void flush();

  [[nodiscard]] TrackerStatistics statistics() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Event event;
    Clock::time_point since;
  };

  void run();
  bool take(Batch& batch, std::vector<Clock::time_point>& since);
  bool write(const Batch& batch);
  void note_written(const std::vector<Clock::time_point>& since);
  bool pause();

  const Store store_;
  const TrackerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // for the writer: events came, or it is to stop
  std::condition_variable written_;
  std::deque<Waiting> waiting_;  // guarded by mutex_, as what follows
  std::uint64_t accepted_ = 0;   // events
  TrackerStatistics statistics_;
  bool stopping_ = false;
  Clock::time_point give_up_;  // once it is to stop
  std::thread writer_;         // the last member: it uses the others
};

}  // namespace analytics
