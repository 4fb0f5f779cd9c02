#include "net/loop_thread.h"

#include <csignal>
#include <utility>

namespace understudy::net {

std::thread run_in_thread(Loop& loop) {
  return run_in_thread(loop, nullptr);
}

std::thread run_in_thread(Loop& loop, std::shared_ptr<const void> owner) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([&loop, owner = std::move(owner)] { loop.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace understudy::net
