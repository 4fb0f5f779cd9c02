#pragma once

#include <cstddef>
#include <vector>

#include "base/spare_buffers.h"

namespace understudy::net {

// Collects what is written while the loop handles a batch of events, so that it goes out in one
// send per stream at the end of the batch. All reading comes before all writing then: the kernel's
// long paths stay in the caches, and a peer that is woken finds more than one answer (measured with
// 64 clients of `./dev bench canned`, both builds in turn: a sixth less CPU a query than writing at
// the end of each handler call). Private to src/net.
class Unsent {
 public:
  class Writer {
   public:
    virtual ~Writer() = default;
    // Calls no handler; what it writes to a stream goes out at once.
    virtual void flush() = 0;
  };

  // A batch; what was written in it has been sent when this is destroyed.
  class Turn {
   public:
    explicit Turn(Unsent& unsent) : unsent_(unsent) { unsent_.collecting_ = true; }
    ~Turn() { unsent_.flush(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Unsent& unsent_;
  };

  // False outside of a batch, where nothing would be flushed later.
  [[nodiscard]] bool collecting() const { return collecting_; }

  // Once until it is flushed or removed.
  void add(Writer& writer) { writers_.push_back(&writer); }
  void remove(Writer& writer);

  [[nodiscard]] SpareBuffers& buffers() { return buffers_; }

 private:
  void flush();

  bool collecting_ = false;
  std::vector<Writer*> writers_;  // null: removed
  SpareBuffers buffers_;
};

}  // namespace understudy::net
