#include "base/destruction_watch.h"

namespace understudy {

WatchPoint::~WatchPoint() {
  for (DestructionWatch* watch = innermost_; watch != nullptr; watch = watch->outer_) {
    watch->point_ = nullptr;
  }
}

// Out of line: the compiler would take the pointer to a local object for one that is left behind.
DestructionWatch::DestructionWatch(WatchPoint& point) : point_(&point), outer_(point.innermost_) {
  point.innermost_ = this;
}

DestructionWatch::~DestructionWatch() {
  if (point_ != nullptr) point_->innermost_ = outer_;
}

}  // namespace understudy
