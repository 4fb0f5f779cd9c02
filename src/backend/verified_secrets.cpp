#include "backend/verified_secrets.h"

#include <openssl/crypto.h>

#include <unordered_set>

namespace understudy::backend {
namespace {

std::string key_of(const Account& account) {
  std::string key = account.user;
  for (const std::string* part : {&account.host, &account.plugin, &account.auth_hash})
    key.append(1, '\0').append(*part);
  return key;
}

void overwrite(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

}  // namespace

VerifiedSecrets::~VerifiedSecrets() {
  for (auto& [key, secret] : secrets_)
    overwrite(secret);
}

std::optional<std::string> VerifiedSecrets::find(const Account& account) const {
  const std::lock_guard lock(mutex_);
  const auto found = secrets_.find(key_of(account));
  return found == secrets_.end() ? std::nullopt : std::optional(found->second);
}

void VerifiedSecrets::keep(const Account& account, const std::string& password) {
  const std::lock_guard lock(mutex_);
  if (secrets_.size() >= kAccountsMax) {
    overwrite(secrets_.begin()->second);
    secrets_.erase(secrets_.begin());
  }
  secrets_.try_emplace(key_of(account), password);
}

void VerifiedSecrets::retain(const AccountTable& accounts) {
  std::unordered_set<std::string> living;
  for (const Account& account : accounts.accounts())
    living.insert(key_of(account));
  const std::lock_guard lock(mutex_);
  for (auto entry = secrets_.begin(); entry != secrets_.end();) {
    if (living.contains(entry->first)) {
      ++entry;
    } else {
      overwrite(entry->second);
      entry = secrets_.erase(entry);
    }
  }
}

}  // namespace understudy::backend
