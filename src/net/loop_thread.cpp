#include "net/loop_thread.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace understudy::net {

void name_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.c_str());
}

std::thread run_in_thread(Loop& loop, std::string name, std::shared_ptr<const void> owner) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([&loop, name = std::move(name), owner = std::move(owner)] {
    name_thread(name);
    loop.run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace understudy::net
