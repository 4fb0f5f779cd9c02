#include "app/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <random>

#include "app/cores.h"
#include "app/logging.h"
#include "backend/settings.h"
#include "backend/tls_settings.h"
#include "config/parse.h"
#include "control/settings.h"
#include "protocol/constants.h"

namespace understudy::app {
namespace {

constexpr Duration kLoginTimeout = std::chrono::seconds(10);
constexpr Duration kDrainLookInterval = std::chrono::milliseconds(20);
// The largest max_allowed_packet that servers allow; smaller limits are theirs to enforce.
constexpr std::size_t kPacketBytesMax = std::size_t{1} << 30;
constexpr const char* kUnknownServerVersion = "5.5.5-10.11.0-MariaDB";

control::AccountsSettings accounts_settings(const config::Config& config) {
  control::AccountsSettings settings;
  settings.timeout = config.monitor.timeout;
  settings.service_user = config.service.user;
  return settings;
}

using TlsSources = std::vector<std::shared_ptr<net::TlsSource>>;

TlsSources listener_tls(const config::Config& config) {
  TlsSources sources;
  for (const config::Listener& listener : config.listen.addresses)
    sources.push_back(backend::make_tls_source(listener.tls));
  return sources;
}

std::uint32_t compression_offered(const config::OfferedCompression& offered) {
  return (offered.zlib ? protocol::kCompress : 0) | (offered.zstd ? protocol::kZstdCompression : 0);
}

proxy::ProxySettings proxy_settings(const config::Config& config, control::Monitor& monitor,
                                    std::shared_ptr<const backend::Login> service,
                                    const TlsSources& tls,
                                    std::shared_ptr<backend::Acknowledged> acknowledged,
                                    std::shared_ptr<backend::SharedCache> cache) {
  proxy::ProxySettings settings;
  settings.worker.dispatcher = backend::dispatcher_settings(config, std::move(service));
  settings.worker.dispatcher.acknowledged = std::move(acknowledged);
  settings.worker.dispatcher.cache = std::move(cache);
  settings.worker.dispatcher.hurry = [&monitor](Duration period) { monitor.hurry(period); };
  settings.worker.login_timeout = kLoginTimeout;
  settings.worker.login.secrets = std::make_shared<backend::VerifiedSecrets>();
  settings.worker.login.key = std::make_shared<backend::PasswordKey>();
  settings.worker.login.checker = std::make_shared<backend::PasswordChecker>();
  settings.worker.login.decoy_salt = std::random_device()();
  settings.worker.login.tls = settings.worker.dispatcher.service->tls;
  settings.worker.login.compression = settings.worker.dispatcher.service->compression;
  settings.worker.packet_bytes_max = kPacketBytesMax;
  settings.worker.server_version = kUnknownServerVersion;
  settings.worker_count = config.listen.workers != 0 ? config.listen.workers : usable_cores();
  settings.max_connections_per_server = config.pool.max_per_server;
  for (std::size_t i = 0; i < config.listen.addresses.size(); ++i) {
    const config::Listener& listener = config.listen.addresses[i];
    proxy::ListenerOptions options{backend::session_options(config.reads), tls[i], nullptr,
                                   compression_offered(listener.compression)};
    if (!listener.proxy_protocol_networks.empty())
      options.proxy_networks =
          std::make_shared<const std::vector<Network>>(listener.proxy_protocol_networks);
    if (listener.consistency) options.session.consistency = backend::to_sql(*listener.consistency);
    settings.listeners.push_back({listener.address, options});
  }
  return settings;
}

}  // namespace

Server::Server(config::Config config, std::string config_file)
    : config_(std::move(config)),
      config_file_(std::move(config_file)),
      listener_tls_(listener_tls(config_)),
      backend_tls_(backend::make_tls_source(config_.backend_tls)),
      service_(backend::service_login(config_, backend_tls_)),
      opener_(control_, control::link_targets(config_), service_),
      monitor_(control_, opener_, events_, control::monitor_settings(config_)),
      accounts_(control_, opener_, monitor_.topology(), accounts_settings(config_)),
      acknowledged_(std::make_shared<backend::Acknowledged>()),
      cache_(backend::make_shared_cache(config_)),
      follower_(config_, service_, cache_, events_, control_),
      proxy_(control_,
             proxy_settings(config_, monitor_, service_, listener_tls_, acknowledged_, cache_),
             monitor_.topology().current()),
      hooks_(control_, events_, config_.hooks),
      rebuilder_(control_, events_, config_),
      failover_(control_, monitor_, opener_, events_, control::failover_settings(config_),
                writer_control(), hooks_, rebuilder_),
      changes_(config_.changes.enabled ? std::make_unique<control::ChangeService>(
                                             follower_.loop(), follower_.follower(), config_,
                                             service_, cache_ == nullptr)
                                       : nullptr),
      admin_api_(monitor_, accounts_, proxy_, failover_, events_, cache_.get(), changes_.get()),
      drain_timer_(control_) {}

Server::~Server() = default;

Result<void> Server::run() {
  for (const std::string& setting : config::unsupported_settings(config_))
    spdlog::warn("setting_without_effect {}", setting);
  events_.on_event(
      [](const control::Event& event) { spdlog::info("{}", control::to_text(event)); });
  signals_ =
      std::make_unique<net::Signals>(control_, std::initializer_list<int>{SIGTERM, SIGINT, SIGHUP},
                                     [this](int number) { on_signal(number); });
  if (Result<void> started = proxy_.start(); !started) return started;
  auto admin = admin::AdminServer::start(control_, config_.listen.admin, admin_api_);
  if (!admin) return admin.error();
  admin_server_ = std::move(admin).value();
  publish_to_workers();
  if (cache_ || changes_) follower_.start();
  failover_.start();
  monitor_.start();
  accounts_.start();
  for (const Address& address : proxy_.addresses())
    spdlog::info("listening address={}", to_string(address));
  spdlog::info("listening admin={}", to_string(admin_server_->address()));
  control_.run();
  proxy_.stop();
  follower_.stop();
  spdlog::info("stopped");
  return {};
}

void Server::publish_to_workers() {
  monitor_.topology().subscribe(
      [this](const std::shared_ptr<const replication::Topology>& topology) {
        proxy_.set_topology(topology);
        if (cache_) follower_.set_topology(topology);
        if (changes_) changes_->set_topology(topology);
      });
  accounts_.table().subscribe([this](const std::shared_ptr<const backend::AccountTable>& accounts) {
    proxy_.set_accounts(accounts);
  });
}

control::WriterControl Server::writer_control() {
  control::WriterControl writers;
  writers.count = [this] {
    const auto sessions = proxy_.sessions_on_primary(monitor_.topology().current()->revision);
    // A worker that does not know of the last snapshot yet may still begin a statement.
    return static_cast<std::size_t>(sessions.value_or(1));
  };
  writers.cut = [this] { proxy_.cut_primary(); };
  writers.acknowledged = [this] {
    return acknowledged_->in_epoch(monitor_.topology().current()->epoch);
  };
  return writers;
}

void Server::on_signal(int number) {
  if (number == SIGHUP) return reload();
  if (draining_) return control_.stop();  // asked twice: at once
  drain();
}

void Server::drain() {
  draining_ = true;
  admin_api_.set_draining();
  spdlog::info("draining clients={}", proxy_.client_count());
  proxy_.drain();
  stop_when_drained(net::Loop::now() + kDrainMax);
}

void Server::stop_when_drained(Instant deadline) {
  const std::size_t clients = proxy_.client_count();
  if (clients == 0) return control_.stop();
  if (net::Loop::now() >= deadline) {
    spdlog::warn("drain_timed_out clients={}", clients);
    return control_.stop();
  }
  drain_timer_.start(kDrainLookInterval, [this, deadline] { stop_when_drained(deadline); });
}

void Server::reload() {
  Result<config::Config> config = control::load_config(config_file_);
  if (!config) {
    spdlog::error("reload_failed error=\"{}\"", config.error().message);
    return;
  }
  if (const Result<void> renewed = renew_tls(*config); !renewed) {
    spdlog::error("reload_failed error=\"{}\"", renewed.error().message);
    return;
  }
  configure_log(config->log);
  spdlog::info("reloaded file={} applied=log,tls; other changes need a restart", config_file_);
}

Result<void> Server::renew_tls(const config::Config& config) {
  std::vector<std::pair<net::TlsSource*, net::TlsSource::Rules>> renewed;
  const auto& listeners = config_.listen.addresses;
  for (const config::Listener& listener : config.listen.addresses) {
    const auto running = std::ranges::find(listeners, listener.address, &config::Listener::address);
    if (running == listeners.end()) continue;
    auto rules = backend::tls_rules(listener.tls);
    if (!rules) return rules.error();
    const auto place = static_cast<std::size_t>(running - listeners.begin());
    renewed.emplace_back(listener_tls_[place].get(), std::move(rules).value());
  }
  auto rules = backend::tls_rules(config.backend_tls);
  if (!rules) return rules.error();
  renewed.emplace_back(backend_tls_.get(), std::move(rules).value());
  for (auto& [source, changed] : renewed)
    source->replace(std::move(changed));
  return {};
}

}  // namespace understudy::app
