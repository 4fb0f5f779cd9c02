#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/unique_function.h"
#include "net/loop.h"

namespace understudy::backend {

// Where those meet who miss the same answer at once: the first is the leader and asks the server,
// the others wait until it has ended and look again. Any thread. Flights go by the key's hash
// alone: two keys with one hash wait for each other and find nothing, which costs time only.
//
//   auto flight = flights.join(hash, loop, [this](bool stored) { look_again(stored); });
//   if (flight.leads()) …look once more (the last leader may have ended between the miss and
//                          join()), ask the server, insert the answer, flight.set_stored()
class Flights {
  struct Waiter;

 public:
  // `stored`: the leader has put an answer into the cache. If it has not, looking again together
  // would have the waiters ask the server one after another: better each for itself.
  using Ended = UniqueFunction<void(bool stored)>;

  // A place in a flight, empty after a move. Must not outlive its Flights.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    // The leader's ends the flight, on any thread. A waiter's is given up on its loop's thread:
    // it is not called any more, even if its turn is on the way; may happen in the call itself.
    ~Place() { release(); }

    [[nodiscard]] bool leads() const { return flights_ != nullptr && waiter_ == nullptr; }
    [[nodiscard]] bool waits() const { return waiter_ != nullptr; }
    void set_stored() { stored_ = true; }
    void release();

   private:
    friend class Flights;
    Flights* flights_ = nullptr;
    std::uint64_t hash_ = 0;
    std::shared_ptr<Waiter> waiter_;  // null: the leader
    bool stored_ = false;
  };

  // `shards` is a power of two.
  explicit Flights(std::size_t shards);
  ~Flights();
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  // For a waiter `ended` runs once on `loop`, never inside this call nor inside the leader's
  // release(), and is destroyed on its thread. A leader's is dropped.
  Place join(std::uint64_t hash, net::Loop& loop, Ended ended);

  // How many joined a flight that was under way.
  [[nodiscard]] std::uint64_t waits() const;

 private:
  using WaiterPtr = std::shared_ptr<Waiter>;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, std::vector<WaiterPtr>> flights;  // guarded by mutex
    std::uint64_t waits = 0;                                            // guarded by mutex
  };
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 32 & mask_]; }
  void end(std::uint64_t hash, bool stored);
  void leave(std::uint64_t hash, const WaiterPtr& waiter);

  const std::size_t mask_;
  std::vector<Shard> shards_;
};

}  // namespace understudy::backend
