#include "backend/tls_settings.h"

namespace understudy::backend {
namespace {

net::TlsFile to_net(const config::FileSetting& file) {
  return {file.path, file.origin};
}

net::TlsVersion to_net(config::TlsVersion version) {
  return version == config::TlsVersion::Tls13 ? net::TlsVersion::Tls13 : net::TlsVersion::Tls12;
}

net::TlsVerify to_net(config::TlsVerify verify) {
  switch (verify) {
    case config::TlsVerify::None:
      return net::TlsVerify::None;
    case config::TlsVerify::Ca:
      return net::TlsVerify::Authority;
    case config::TlsVerify::Full:
      return net::TlsVerify::Name;
  }
  return net::TlsVerify::Name;
}

std::shared_ptr<net::TlsSource> make_source(const Result<net::TlsSource::Rules>& rules) {
  auto source = std::make_shared<net::TlsSource>();
  source->replace(rules.ok() ? *rules : net::TlsSource::Rules{nullptr, true});
  return source;
}

}  // namespace

Result<net::TlsSource::Rules> tls_rules(const config::Tls& tls) {
  if (!tls.enabled()) return net::TlsSource::Rules();
  auto context = net::TlsContext::make(net::TlsServerSettings{
      to_net(tls.certificate), to_net(tls.key), to_net(tls.ca), to_net(tls.minimum_version)});
  if (!context) return context.error();
  return net::TlsSource::Rules{std::move(context).value(), tls.required};
}

Result<net::TlsSource::Rules> tls_rules(const config::BackendTls& tls) {
  if (!tls.enabled) return net::TlsSource::Rules();
  auto context = net::TlsContext::make(
      net::TlsClientSettings{to_net(tls.certificate), to_net(tls.key), to_net(tls.ca),
                             to_net(tls.minimum_version), to_net(tls.verify)});
  if (!context) return context.error();
  return net::TlsSource::Rules{std::move(context).value(), tls.required};
}

Result<void> check_tls(const config::Config& config) {
  for (const config::Listener& listener : config.listen.addresses)
    if (const auto rules = tls_rules(listener.tls); !rules) return rules.error();
  if (const auto rules = tls_rules(config.backend_tls); !rules) return rules.error();
  return {};
}

std::shared_ptr<net::TlsSource> make_tls_source(const config::Tls& tls) {
  return make_source(tls_rules(tls));
}

std::shared_ptr<net::TlsSource> make_tls_source(const config::BackendTls& tls) {
  return make_source(tls_rules(tls));
}

protocol::Compression to_protocol(config::Compression compression) {
  if (compression == config::Compression::Zlib) return protocol::Compression::Zlib;
  return compression == config::Compression::Zstd ? protocol::Compression::Zstd
                                                  : protocol::Compression::None;
}

std::shared_ptr<const Login> service_login(const config::Config& config,
                                           std::shared_ptr<const net::TlsSource> tls) {
  return make_login(config.service.user, config.service.password, std::move(tls),
                    to_protocol(config.backend_compression));
}

}  // namespace understudy::backend
