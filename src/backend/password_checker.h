#pragma once

#include <thread>

#include "base/unique_function.h"
#include "net/loop.h"
#include "protocol/password_exchange.h"

namespace understudy::backend {

// A thread on which passwords are compared with what servers store: some of these hashes are meant
// to take milliseconds, for which nobody else shall wait. Any thread, but for stop().
class PasswordChecker {
 public:
  PasswordChecker();
  ~PasswordChecker();  // stops
  PasswordChecker(const PasswordChecker&) = delete;
  PasswordChecker& operator=(const PasswordChecker&) = delete;

  // Calls `done` on `loop`, once, with whether the password is right. The loop lives until stop().
  void check(protocol::PasswordCheck check, net::Loop& loop, UniqueFunction<void(bool)> done);

  // Ends the thread. What was not checked yet is forgotten.
  void stop();

 private:
  net::Loop loop_;
  std::thread thread_;
};

}  // namespace understudy::backend
