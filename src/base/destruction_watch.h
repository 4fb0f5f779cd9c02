#pragma once

namespace understudy {

// For an object whose callbacks may destroy it: it holds a WatchPoint, and a function that calls
// out opens a DestructionWatch on it first. One thread.
class DestructionWatch;

class WatchPoint {
 public:
  WatchPoint() = default;
  ~WatchPoint();
  WatchPoint(const WatchPoint&) = delete;
  WatchPoint& operator=(const WatchPoint&) = delete;

 private:
  friend class DestructionWatch;
  DestructionWatch* innermost_ = nullptr;
};

class DestructionWatch {
 public:
  explicit DestructionWatch(WatchPoint& point);
  ~DestructionWatch();
  DestructionWatch(const DestructionWatch&) = delete;
  DestructionWatch& operator=(const DestructionWatch&) = delete;

  // True once the object that holds the point is gone.
  [[nodiscard]] bool destroyed() const { return point_ == nullptr; }

 private:
  friend class WatchPoint;
  WatchPoint* point_;
  DestructionWatch* outer_;
};

}  // namespace understudy
