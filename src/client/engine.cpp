#include "client/engine.h"

#include "backend/settings.h"
#include "backend/tls_settings.h"
#include "control/settings.h"
#include "net/loop_thread.h"

namespace understudy::client {
Engine::Engine(EngineSettings settings)
    : settings_(std::move(settings)),
      tls_(backend::make_tls_source(settings_.config.backend_tls)),
      service_(backend::service_login(settings_.config, tls_)),
      login_(backend::make_login(settings_.user, settings_.password, tls_, service_->compression)),
      opener_(control_, control::link_targets(settings_.config), service_),
      monitor_(control_, opener_, events_, control::monitor_settings(settings_.config)),
      cache_(backend::make_shared_cache(settings_.config)),
      follower_(settings_.config, service_, cache_, events_, control_) {
  std::vector<std::shared_ptr<backend::ConnectionBudget>> budgets;
  for (std::size_t i = 0; i < settings_.config.servers.size(); ++i) {
    budgets.push_back(
        std::make_shared<backend::ConnectionBudget>(settings_.config.pool.max_per_server));
  }
  backend::DispatcherSettings dispatching =
      backend::dispatcher_settings(settings_.config, service_);
  dispatching.cache = cache_;
  dispatcher_ = std::make_unique<backend::Dispatcher>(worker_, std::move(dispatching),
                                                      monitor_.topology().current(), budgets);
  monitor_.topology().subscribe([this](const std::shared_ptr<const replication::Topology>& next) {
    // Until each server was asked once, statements wait: else the first reads of a short-lived
    // program would all go to whichever server answered first.
    if (!monitor_.complete()) return;
    if (cache_) follower_.set_topology(next);
    worker_.post([this, next] { dispatcher_->set_topology(next); });
    std::erase_if(subscriptions_, [](const auto& each) { return each.expired(); });
    for (const auto& each : subscriptions_)
      if (const auto subscription = each.lock()) subscription->set_topology(next);
  });
  if (cache_) follower_.start();
  monitor_.start();
  control_thread_ = net::run_in_thread(control_, "control");
  worker_thread_ = net::run_in_thread(worker_, "worker");
}

Engine::~Engine() {
  control_.stop();
  control_thread_.join();
  worker_.stop();
  worker_thread_.join();
  // Sessions that were on their way to be destroyed need the dispatcher for it.
  while (worker_.run_for_a_while({})) {
  }
}

std::shared_ptr<SubscriptionState> Engine::subscribe(feed::Request request, ChangeCallback callback,
                                                     ChangeErrorCallback on_error) {
  auto subscription = std::make_shared<SubscriptionState>(
      SubscriptionState::Logins{service_, login_}, std::move(request), std::move(callback),
      std::move(on_error));
  control_.post([this, weak = std::weak_ptr(subscription)] {
    const auto living = weak.lock();
    if (!living) return;
    subscriptions_.push_back(weak);
    if (monitor_.complete()) living->set_topology(monitor_.topology().current());
  });
  subscription->start();
  return subscription;
}

std::unique_ptr<backend::Session> Engine::make_session() {
  auto session = std::make_unique<backend::Session>(*dispatcher_, login_, settings_.reads);
  if (!settings_.schema.empty()) session->set_schema(settings_.schema);
  return session;
}

bool Engine::show_writes(backend::Session& session) const {
  if (writes_unknown_) return false;
  if (writes_.fresh()) return true;
  const Result<std::string> token = writes_.token(*dispatcher_->topology());
  return token && session.set_seen(*token).ok();
}

void Engine::note_writes(const Result<std::string>& token) {
  const replication::Topology& topology = *dispatcher_->topology();
  // The primary of this epoch has what was seen before; its positions say so.
  if (!writes_.comparable(topology)) writes_ = {};
  writes_unknown_ = !token || !writes_.adopt_token(*token, net::Loop::now(), topology);
}

}  // namespace understudy::client
