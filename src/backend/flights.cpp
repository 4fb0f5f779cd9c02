#include "backend/flights.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"

namespace understudy::backend {

struct Flights::Waiter {
  net::Loop* loop = nullptr;
  Ended ended;  // loop thread only; empty once it was called or its place was given up
};

Flights::Place::Place(Place&& other) noexcept {
  *this = std::move(other);
}

Flights::Place& Flights::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  release();
  flights_ = std::exchange(other.flights_, nullptr);
  hash_ = other.hash_;
  waiter_ = std::exchange(other.waiter_, nullptr);
  stored_ = std::exchange(other.stored_, false);
  return *this;
}

void Flights::Place::release() {
  Flights* const flights = std::exchange(flights_, nullptr);
  if (flights == nullptr) return;
  // The function may own what owns this place, so nothing of it is used afterwards.
  if (const WaiterPtr waiter = std::exchange(waiter_, nullptr)) {
    flights->leave(hash_, waiter);
    const Ended dropped = std::exchange(waiter->ended, nullptr);
  } else {
    flights->end(hash_, std::exchange(stored_, false));
  }
}

Flights::Flights(std::size_t shards) : mask_(shards - 1), shards_(shards) {
  ASSERT(std::has_single_bit(shards));
}

Flights::~Flights() = default;

Flights::Place Flights::join(std::uint64_t hash, net::Loop& loop, Ended ended) {
  Place place;
  place.flights_ = this;
  place.hash_ = hash;
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  const auto [flight, leads] = shard.flights.try_emplace(hash);
  if (leads) return place;
  place.waiter_ = std::make_shared<Waiter>();
  place.waiter_->loop = &loop;
  place.waiter_->ended = std::move(ended);
  flight->second.push_back(place.waiter_);
  ++shard.waits;
  return place;
}

// Posts under the lock: a waiter whose place is still there keeps its loop alive, and it cannot
// give it up meanwhile. The leader's thread gives away its references, so the last one of a waiter
// is on the waiter's loop.
void Flights::end(std::uint64_t hash, bool stored) {
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  const auto flight = shard.flights.find(hash);
  for (WaiterPtr& waiter : flight->second) {
    net::Loop& loop = *waiter->loop;
    loop.post([waiter = std::move(waiter), stored] {
      if (!waiter->ended) return;
      Ended ended = std::exchange(waiter->ended, nullptr);
      ended(stored);
    });
  }
  shard.flights.erase(flight);
}

void Flights::leave(std::uint64_t hash, const WaiterPtr& waiter) {
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  const auto flight = shard.flights.find(hash);
  if (flight != shard.flights.end()) std::erase(flight->second, waiter);
}

std::uint64_t Flights::waits() const {
  std::uint64_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.waits;
  }
  return sum;
}

}  // namespace understudy::backend
