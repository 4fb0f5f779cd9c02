#include "net/loop.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "net/loop_core.h"

namespace understudy::net {
namespace {

constexpr Duration kSweepInterval = std::chrono::milliseconds(100);

// Says which thread runs the loop for as long as it does.
class RunnerMark {
 public:
  explicit RunnerMark(std::atomic<std::thread::id>& runner) : runner_(runner) {
    const std::thread::id before = runner_.exchange(std::this_thread::get_id());
    ASSERT(before == std::thread::id());
  }
  ~RunnerMark() { runner_ = std::thread::id(); }
  RunnerMark(const RunnerMark&) = delete;
  RunnerMark& operator=(const RunnerMark&) = delete;

 private:
  std::atomic<std::thread::id>& runner_;
};

}  // namespace

Loop::Core::Core(Loop& loop)
    : work_(boost::asio::make_work_guard(io)), closing_timer_(std::make_unique<Timer>(loop)) {}

void Loop::Core::shut_down() {
  // What a destructor posts is destroyed too.
  while (true) {
    std::vector<UniqueFunction<void()>> functions;
    {
      const std::lock_guard lock(posted_mutex_);
      functions.swap(posted_);
    }
    if (functions.empty()) break;
  }
  closing_.clear();
  closing_timer_.reset();
}

void Loop::Core::post(UniqueFunction<void()> function) {
  bool wake = false;
  {
    const std::lock_guard lock(posted_mutex_);
    wake = posted_.empty();
    posted_.push_back(std::move(function));
  }
  if (wake) boost::asio::post(io, [this] { run_posted(); });
}

void Loop::Core::run_posted() {
  {
    const std::lock_guard lock(posted_mutex_);
    running_.swap(posted_);
  }
  for (UniqueFunction<void()>& function : running_) {
    const Unsent::Turn turn(unsent);
    function();
  }
  running_.clear();
}

void Loop::Core::keep_until_closed(std::unique_ptr<Stream> stream, Duration limit) {
  closing_.push_back({std::move(stream), Loop::now() + limit});
  if (!closing_timer_->active()) closing_timer_->start(kSweepInterval, [this] { sweep_closing(); });
}

void Loop::Core::sweep_closing() {
  const Instant now = Loop::now();
  closing_.remove_if(
      [now](const Closing& entry) { return entry.stream->closed() || entry.limit <= now; });
  if (!closing_.empty()) closing_timer_->start(kSweepInterval, [this] { sweep_closing(); });
}

Loop::Loop() : core_(std::make_unique<Core>(*this)) {}
Loop::~Loop() {
  core_->shut_down();
}

void Loop::run() {
  const RunnerMark mark(core_->runner);
  core_->io.run();
  core_->io.restart();
}

void Loop::stop() {
  core_->io.stop();
}

bool Loop::run_for_a_while(Duration timeout) {
  const RunnerMark mark(core_->runner);
  std::size_t handled = core_->io.poll();
  if (handled == 0) handled = core_->io.run_one_for(timeout);
  if (core_->io.stopped()) core_->io.restart();
  return handled != 0;
}

void Loop::post(UniqueFunction<void()> function) {
  core_->post(std::move(function));
}

Instant Loop::now() {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

bool Loop::in_loop_thread() const {
  const std::thread::id runner = core_->runner.load(std::memory_order_relaxed);
  return runner == std::thread::id() || runner == std::this_thread::get_id();
}

boost::asio::io_context& Loop::io_context() {
  return core_->io;
}

void close_in_background(Loop& loop, std::unique_ptr<Stream> stream, Duration limit) {
  stream->close_after_flush();
  if (!stream->closed()) loop.core().keep_until_closed(std::move(stream), limit);
}

}  // namespace understudy::net
