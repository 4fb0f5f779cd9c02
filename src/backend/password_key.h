#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct evp_pkey_st;

namespace understudy::backend {

// The RSA key with which clients encrypt a password that they send without TLS. Made anew in each
// process, on a thread of its own, as it takes a while. Any thread.
class PasswordKey {
 public:
  PasswordKey();
  ~PasswordKey();
  PasswordKey(const PasswordKey&) = delete;
  PasswordKey& operator=(const PasswordKey&) = delete;

  // Begins to make it, once. Until then there is none.
  void prepare();

  // The public part in PEM; empty if it was not prepared. Waits for what prepare() began.
  [[nodiscard]] std::string_view pem() const;
  // Nothing for bytes that were not encrypted with this key.
  [[nodiscard]] std::optional<Bytes> decrypt(ByteView bytes) const;

 private:
  struct Made;
  [[nodiscard]] const Made* made() const;

  mutable std::mutex mutex_;
  std::shared_future<std::unique_ptr<const Made>> made_;  // guarded by mutex_
};

// With somebody else's key (OAEP); nothing if `pem` is none, or too small for `bytes`.
std::optional<Bytes> encrypt_password(std::string_view pem, ByteView bytes);

}  // namespace understudy::backend
