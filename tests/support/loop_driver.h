#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::test {

// Runs the loop on this thread until the condition holds. Returns false after `limit`, which is
// there so that a broken test ends.
template <typename Condition>
bool run_until(net::Loop& loop, Condition condition, Duration limit = std::chrono::seconds(20)) {
  const Instant end = net::Loop::now() + limit;
  while (!condition()) {
    if (net::Loop::now() >= end) return false;
    loop.run_for_a_while(std::chrono::milliseconds(50));
  }
  return true;
}

// Handles what is ready without waiting for anything.
inline void run_what_is_ready(net::Loop& loop) {
  while (loop.run_for_a_while(Duration::zero())) {
  }
}

// Remembers what a stream said.
class RecordingHandler : public net::StreamHandler {
 public:
  void on_data(ByteView bytes) override { data.append(as_text(bytes)); }
  void on_closed(const Error& error) override { closed.push_back(error); }
  void on_drained() override { ++drained; }

  std::string data;
  std::vector<Error> closed;
  int drained = 0;
};

}  // namespace understudy::test
