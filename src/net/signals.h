#pragma once

#include <initializer_list>
#include <memory>

#include "base/unique_function.h"
#include "net/loop.h"

namespace understudy::net {

// Calls a function on the loop for every signal of a set (SIGTERM, SIGINT, SIGHUP, ...) that the
// process gets. While it exists the signals have no other effect. Loop thread only; one object per
// signal number in a process.
class Signals {
 public:
  Signals(Loop& loop, std::initializer_list<int> numbers,
          UniqueFunction<void(int number)> on_signal);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace understudy::net
