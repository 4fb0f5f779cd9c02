#include "backend/cache_clock.h"

#include <algorithm>

namespace understudy::backend {
namespace {

// Of the words: 0 whether it is open, whether the position is a set of MySQL, and how many domains
// it has otherwise; 1 epoch; 2 number; 3 current_as_of; then for each domain its number with the
// server's id, and the sequence number.
constexpr std::uint64_t kOpen = 1;
constexpr std::uint64_t kSet = 2;
constexpr unsigned kDomainsShift = 2;

bool fits(const replication::Position& position) {
  return position.domain_count() <= CacheClock::kDomainsMax &&
         position.mysql_set().ranges().size() <= CacheClock::kRangesMax;
}

}  // namespace

CacheClock::CacheClock(std::size_t server_count) : known_(server_count) {}

void CacheClock::open(std::uint64_t epoch, const replication::Position& at) {
  now_.open = fits(at);
  now_.epoch = epoch;
  now_.position = at;
  now_.current_as_of = {};
  ++now_.number;  // whatever was read before is older
  {
    const std::lock_guard lock(mutex_);
    epoch_ = epoch;
    logged_.clear();
    logged_.push_back({now_.number, at, {}});
    opening_end_.reset();
    known_.assign(known_.size(), {});
  }
  publish();
}

void CacheClock::close() {
  now_.open = false;
  publish();
}

void CacheClock::set_opening_end(const BinlogPoint& end) {
  const std::lock_guard lock(mutex_);
  opening_end_ = end;
}

void CacheClock::advance(const replication::Position& position, const BinlogPoint& end) {
  ++now_.number;
  now_.position = position;
  if (!fits(position)) now_.open = false;
  {
    const std::lock_guard lock(mutex_);
    logged_.push_back({now_.number, position, end});
    const std::size_t size = std::max<std::size_t>(1, position.mysql_set().ranges().size() / 4);
    while (logged_.size() > kLoggedMax / size)
      logged_.pop_front();
  }
  publish();
}

void CacheClock::set_current_as_of(Instant moment) {
  now_.current_as_of = moment;
  publish();
}

void CacheClock::publish() {
  const std::uint64_t version = version_.load(std::memory_order_relaxed);
  // Acquiring keeps the words from being written before the version is odd.
  version_.exchange(version + 1, std::memory_order_acq_rel);
  const std::size_t domains = now_.open ? now_.position.domain_count() : 0;
  const auto put = [this](std::size_t word, std::uint64_t value) {
    words_[word].store(value, std::memory_order_release);
  };
  const bool set = now_.open && !now_.position.mysql_set().empty();
  if (set) {
    const std::lock_guard lock(set_mutex_);
    set_ = now_.position;
  }
  put(0, (now_.open ? kOpen : 0) | (set ? kSet : 0) | std::uint64_t{domains} << kDomainsShift);
  put(1, now_.epoch);
  put(2, now_.number);
  put(3, static_cast<std::uint64_t>(now_.current_as_of.time_since_epoch().count()));
  for (std::size_t i = 0; i < domains; ++i) {
    const replication::Gtid& gtid = now_.position.at(i);
    put(4 + 2 * i, std::uint64_t{gtid.domain} << 32 | gtid.server);
    put(5 + 2 * i, gtid.sequence);
  }
  version_.store(version + 2, std::memory_order_release);
}

CacheClock::View CacheClock::read() const {
  std::array<std::uint64_t, kWords> words{};
  View view;
  for (;;) {
    const std::uint64_t version = version_.load(std::memory_order_acquire);
    if (version % 2 != 0) continue;
    // Acquiring keeps the second look at the version behind them.
    for (std::size_t i = 0; i < kWords; ++i)
      words[i] = words_[i].load(std::memory_order_acquire);
    view.position = {};
    if ((words[0] & kSet) != 0) {
      const std::lock_guard lock(set_mutex_);
      view.position = set_;
    }
    if (version_.load(std::memory_order_relaxed) == version) break;
  }
  view.open = (words[0] & kOpen) != 0;
  view.epoch = words[1];
  view.number = words[2];
  view.current_as_of = Instant(Duration(static_cast<Duration::rep>(words[3])));
  for (std::size_t i = 0; i < words[0] >> kDomainsShift; ++i) {
    const std::uint64_t ids = words[4 + 2 * i];
    view.position.add(
        {static_cast<std::uint32_t>(ids >> 32), static_cast<std::uint32_t>(ids), words[5 + 2 * i]});
  }
  return view;
}

void CacheClock::want_as_of(Instant moment) {
  const Instant::rep wanted = moment.time_since_epoch().count();
  Instant::rep before = wanted_as_of_.load(std::memory_order_relaxed);
  while (before < wanted && !wanted_as_of_.compare_exchange_weak(before, wanted)) {
  }
  if (before < wanted && !told_.exchange(true)) wanted_();
}

Instant CacheClock::wanted_as_of() const {
  return Instant(Duration(wanted_as_of_.load()));
}

// What a position covers grows along the log, so that the last one can be searched for. Under the
// mutex.
template <typename Covers>
CacheClock::Shown CacheClock::last_that(std::uint64_t epoch, Covers covers) const {
  if (epoch != epoch_) return {};
  const auto end = std::partition_point(logged_.begin(), logged_.end(), covers);
  if (end == logged_.begin()) return {};
  const Logged& last = *std::prev(end);
  return {last.number, last.position};
}

CacheClock::Shown CacheClock::covered_by(const replication::Position& position,
                                         std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  return last_that(epoch, [&](const Logged& logged) { return position.covers(logged.position); });
}

CacheClock::Shown CacheClock::covered_by(const BinlogPoint& shown, std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  if (!opening_end_) return {};
  return last_that(
      epoch, [&](const Logged& logged) { return std::max(logged.end, *opening_end_) <= shown; });
}

void CacheClock::learn(replication::ServerId server, const Shown& shown, std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch == epoch_ && known_[server.value()].number < shown.number)
    known_[server.value()] = shown;
}

CacheClock::Shown CacheClock::known(replication::ServerId server, std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  return epoch == epoch_ ? known_[server.value()] : Shown{};
}

}  // namespace understudy::backend
