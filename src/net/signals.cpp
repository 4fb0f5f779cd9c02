#include "net/signals.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <thread>
#include <utility>

#include "net/loop_core.h"

namespace understudy::net {

// Asio waits for them on a thread of its own. Shared with what that thread posts.
struct Signals::State : std::enable_shared_from_this<State> {
  State(Loop& on, UniqueFunction<void(int)> callback)
      : loop(on), set(context), on_signal(std::move(callback)) {}

  void wait() {
    set.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      loop.post([self = shared_from_this(), number] {
        if (!self->stopped) self->on_signal(number);
      });
      wait();
    });
  }

  Loop& loop;
  boost::asio::io_context context;
  boost::asio::signal_set set;
  UniqueFunction<void(int)> on_signal;
  bool stopped = false;  // loop thread only
  std::thread thread;
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
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

Signals::~Signals() {
  state_->stopped = true;
  state_->context.stop();
  state_->thread.join();
  boost::system::error_code ignored;
  state_->set.clear(ignored);
}

}  // namespace understudy::net
