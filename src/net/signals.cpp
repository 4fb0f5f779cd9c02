#include "net/signals.h"

#include <boost/asio/signal_set.hpp>
#include <utility>

#include "net/loop_core.h"

namespace understudy::net {

struct Signals::State : std::enable_shared_from_this<State> {
  State(Loop& loop, UniqueFunction<void(int)> callback)
      : set(loop.io_context()), on_signal(std::move(callback)) {}

  void wait() {
    set.async_wait([self = shared_from_this()](const boost::system::error_code& error, int number) {
      if (error || self->stopped) return;
      self->on_signal(number);
      if (!self->stopped) self->wait();
    });
  }

  boost::asio::signal_set set;
  UniqueFunction<void(int)> on_signal;
  bool stopped = false;
};

Signals::Signals(Loop& loop, std::initializer_list<int> numbers,
                 UniqueFunction<void(int)> on_signal)
    : state_(std::make_shared<State>(loop, std::move(on_signal))) {
  for (const int number : numbers) {
    boost::system::error_code error;
    state_->set.add(number, error);
    ASSERT(!error);
  }
  state_->wait();
}

Signals::~Signals() {
  state_->stopped = true;
  boost::system::error_code ignored;
  state_->set.cancel(ignored);
  state_->set.clear(ignored);
}

}  // namespace understudy::net
