#include "net/loop.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/loop_core.h"

namespace understudy::net {
namespace {

constexpr Duration kSweepInterval = std::chrono::milliseconds(100);
constexpr std::int64_t kWaitMax = 60'000;  // of run_for_a_while(), in milliseconds

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

// The eventfd is edge-triggered, so it need not be read: each write tells anew.
Loop::Core::Core(Loop& loop)
    : wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      closing_timer_(std::make_unique<Timer>(loop)) {
  const int error = poller.add(wakeup_.number(), *this, EPOLLIN | EPOLLET);
  ASSERT(error == 0);
}

void Loop::Core::run() {
  const RunnerMark mark(runner);
  while (!stopped_.load(std::memory_order_relaxed))
    step(-1);
  stopped_ = false;
}

void Loop::Core::stop() {
  stopped_ = true;
  wake();
}

bool Loop::Core::run_for_a_while(Duration timeout) {
  const RunnerMark mark(runner);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  const bool handled = step(static_cast<int>(std::min<std::int64_t>(wait, kWaitMax)));
  stopped_ = false;
  return handled;
}

// A batch of events, then what was posted in it; true if there was any of both.
bool Loop::Core::step(int timeout_ms) {
  const Unsent::Turn turn(unsent);
  const std::size_t events = poller.run(posted_here_ ? 0 : timeout_ms);
  const bool posted = std::exchange(posted_here_, false);
  if (posted) run_posted();
  return events != 0 || posted;
}

void Loop::Core::shut_down() {
  resolver.stop();
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
  std::exchange(kept_, {}).clear();
}

void Loop::Core::post(UniqueFunction<void()> function) {
  bool first = false;
  {
    const std::lock_guard lock(posted_mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(function));
  }
  if (!first) return;
  if (runner.load(std::memory_order_relaxed) == std::this_thread::get_id())
    posted_here_ = true;
  else
    wake();
}

void Loop::Core::wake() {
  const std::uint64_t one = 1;
  const ssize_t written = ::write(wakeup_.number(), &one, sizeof one);
  ASSERT(written == sizeof one);
}

void Loop::Core::on_ready(std::uint32_t /*events*/) {
  run_posted();
}

void Loop::Core::run_posted() {
  {
    const std::lock_guard lock(posted_mutex_);
    running_.swap(posted_);
  }
  for (UniqueFunction<void()>& function : running_)
    function();
  running_.clear();
}

void Loop::Core::let_go(const void* object) {
  std::erase_if(kept_, [object](const auto& kept) { return kept.get() == object; });
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
  core_->run();
}

void Loop::stop() {
  core_->stop();
}

bool Loop::run_for_a_while(Duration timeout) {
  return core_->run_for_a_while(timeout);
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

void close_in_background(Loop& loop, std::unique_ptr<Stream> stream, Duration limit) {
  stream->close_after_flush();
  if (!stream->closed()) loop.core().keep_until_closed(std::move(stream), limit);
}

}  // namespace understudy::net
