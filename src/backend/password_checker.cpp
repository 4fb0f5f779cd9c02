#include "backend/password_checker.h"

#include <utility>

#include "net/loop_thread.h"

namespace understudy::backend {

PasswordChecker::PasswordChecker() : thread_(net::run_in_thread(loop_, "passwords")) {}

PasswordChecker::~PasswordChecker() {
  stop();
}

void PasswordChecker::check(protocol::PasswordCheck check, net::Loop& loop,
                            UniqueFunction<void(bool)> done) {
  loop_.post([check = std::move(check), &loop, done = std::move(done)]() mutable {
    loop.post([right = check.run(), done = std::move(done)]() mutable { done(right); });
  });
}

void PasswordChecker::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

}  // namespace understudy::backend
