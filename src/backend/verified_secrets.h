#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "backend/account_table.h"

namespace understudy::backend {

// Passwords that clients have proved, by account: what lets the next client in by a proof of it
// alone, and logs in to servers that want it. In memory only, and overwritten when forgotten. Any
// thread.
class VerifiedSecrets {
 public:
  static constexpr std::size_t kAccountsMax = 100'000;

  VerifiedSecrets() = default;
  ~VerifiedSecrets();
  VerifiedSecrets(const VerifiedSecrets&) = delete;
  VerifiedSecrets& operator=(const VerifiedSecrets&) = delete;

  // Nothing once the account's stored hash is another one.
  [[nodiscard]] std::optional<std::string> find(const Account& account) const;
  void keep(const Account& account, const std::string& password);
  // Forgets those of accounts that are not like this any more.
  void retain(const AccountTable& accounts);

 private:
  mutable std::mutex mutex_;                              // once a login
  std::unordered_map<std::string, std::string> secrets_;  // guarded by mutex_
};

}  // namespace understudy::backend
