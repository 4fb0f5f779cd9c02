#pragma once

#include <memory>

#include "backend/login.h"
#include "base/result.h"
#include "config/config.h"
#include "net/tls_context.h"

// From the configuration to what TLS is made of. Reads the files.
namespace understudy::backend {

// Error: Invalid, "FILE:LINE: KEY: what is wrong".
Result<net::TlsSource::Rules> tls_rules(const config::Tls& tls);
Result<net::TlsSource::Rules> tls_rules(const config::BackendTls& tls);

// The error of the first of them that has one.
Result<void> check_tls(const config::Config& config);

// The same for files that check_tls() has found to be right; should that have changed meanwhile,
// there is no connection.
std::shared_ptr<net::TlsSource> make_tls_source(const config::Tls& tls);
std::shared_ptr<net::TlsSource> make_tls_source(const config::BackendTls& tls);

protocol::Compression to_protocol(config::Compression compression);

// Our own account, at every server.
std::shared_ptr<const Login> service_login(const config::Config& config,
                                           std::shared_ptr<const net::TlsSource> tls);

}  // namespace understudy::backend
