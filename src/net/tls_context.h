#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"

struct ssl_ctx_st;

namespace understudy::net {

// A PEM file and what it is called in messages ("understudy.toml:7: listen.tls.key"); without a
// path there is none.
struct TlsFile {
  std::string path;
  std::string name;
};

enum class TlsVersion : std::uint8_t { Tls12, Tls13 };

// What we show to clients, and what we want of them.
struct TlsServerSettings {
  TlsFile certificate;  // with its chain, the own one first
  TlsFile key;
  TlsFile ca;  // who may have signed a client's certificate; without it clients are asked for none
  TlsVersion minimum = TlsVersion::Tls12;
};

enum class TlsVerify : std::uint8_t {
  None,       // any certificate: protects from those who only listen
  Authority,  // signed by the CA
  Name,       // and for the host that was connected to
};

// What we want of a server, and what we show to it if it asks.
struct TlsClientSettings {
  TlsFile certificate;
  TlsFile key;
  TlsFile ca;  // without it those that the system trusts
  TlsVersion minimum = TlsVersion::Tls12;
  TlsVerify verify = TlsVerify::Name;
};

// Certificates and rules as OpenSSL wants them. Immutable; any thread may use it. Connections that
// were made with it outlive it.
class TlsContext {
 public:
  // Reads the files. Error: Invalid, "NAME: what is wrong" of the first file that is.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsServerSettings& settings);
  static Result<std::shared_ptr<const TlsContext>> make(const TlsClientSettings& settings);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] ssl_ctx_st* handle() const { return handle_; }
  [[nodiscard]] bool for_server() const { return for_server_; }
  [[nodiscard]] bool checks_names() const { return checks_names_; }

 private:
  TlsContext(ssl_ctx_st* handle, bool for_server) : handle_(handle), for_server_(for_server) {}

  ssl_ctx_st* const handle_;
  const bool for_server_;
  bool checks_names_ = false;
};

// What new connections use; nothing at first. Any thread.
class TlsSource {
 public:
  struct Rules {
    std::shared_ptr<const TlsContext> context;  // null: no TLS
    bool required = false;                      // without TLS there is no connection
  };

  [[nodiscard]] Rules current() const {
    const std::lock_guard lock(mutex_);
    return rules_;
  }
  // For renewed certificates too; connections that exist go on with the old ones.
  void replace(Rules rules) {
    const std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
  }

 private:
  mutable std::mutex mutex_;  // once a connection
  Rules rules_;               // guarded by mutex_
};

}  // namespace understudy::net
