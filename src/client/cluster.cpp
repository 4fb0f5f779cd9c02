#include "understudy/cluster.h"

#include <stdexcept>
#include <utility>

#include "client/engine.h"
#include "client/session_handle.h"
#include "client/settings.h"
#include "client/subscription.h"
#include "client/transaction_state.h"

namespace understudy {
namespace {

using client::SessionHandle;

std::shared_ptr<client::Engine> make_engine(Result<client::EngineSettings> settings) {
  if (!settings) throw ConfigurationError(settings.error().message);
  return std::make_shared<client::Engine>(std::move(settings).value());
}

}  // namespace

QueryResult Transaction::run(std::string_view sql, const std::vector<Value>& parameters) {
  return state_.execute(sql, parameters);
}

Cluster::Cluster(const ClusterOptions& options)
    : engine_(make_engine(client::settings_from_options(options))) {}

Cluster Cluster::from_file(const std::string& path) {
  return Cluster(make_engine(client::settings_from_file(path)));
}

Cluster Cluster::from_file(const std::string& path, std::string_view user,
                           std::string_view password, std::string_view schema) {
  Result<client::EngineSettings> settings = client::settings_from_file(path);
  if (settings) {
    settings->user = user;
    settings->password = password;
    settings->schema = schema;
  }
  return Cluster(make_engine(std::move(settings)));
}

QueryResult Cluster::run_write(std::string_view sql, const std::vector<Value>& parameters) {
  return SessionHandle(engine_, SessionHandle::Scope::Shared).write(sql, parameters);
}

QueryResult Cluster::run_read(const std::optional<ReadOptions>& options, std::string_view sql,
                              const std::vector<Value>& parameters) {
  return SessionHandle(engine_, SessionHandle::Scope::Shared).read(options, sql, parameters);
}

void Cluster::run_transaction(const std::function<void(Transaction&)>& body) {
  SessionHandle(engine_, SessionHandle::Scope::Shared).transaction(body);
}

Subscription Cluster::subscribe(std::string_view tables, std::string_view from,
                                ChangeCallback callback, ChangeErrorCallback on_error) {
  feed::Request request;
  auto named = feed::parse_tables(tables);
  if (!named) throw std::invalid_argument(named.error().message);
  request.selection.tables = std::move(named).value();
  auto start = feed::parse_start(from);
  if (!start) throw std::invalid_argument(start.error().message);
  request.start = std::move(start).value();
  return Subscription(
      engine_->subscribe(std::move(request), std::move(callback), std::move(on_error)));
}

Session Cluster::session() {
  return Session(std::make_unique<SessionHandle>(engine_, SessionHandle::Scope::Own));
}

Subscription::Subscription(std::shared_ptr<client::SubscriptionState> state)
    : state_(std::move(state)) {}

Subscription::~Subscription() {
  cancel();
}

Subscription::Subscription(Subscription&& other) noexcept = default;

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void Subscription::cancel() {
  if (state_) state_->cancel();
}

Session::Session(std::unique_ptr<SessionHandle> handle) : handle_(std::move(handle)) {}
Session::~Session() = default;
Session::Session(Session&& other) noexcept = default;
Session& Session::operator=(Session&& other) noexcept = default;

QueryResult Session::run_write(std::string_view sql, const std::vector<Value>& parameters) {
  return handle_->write(sql, parameters);
}

QueryResult Session::run_read(const std::optional<ReadOptions>& options, std::string_view sql,
                              const std::vector<Value>& parameters) {
  return handle_->read(options, sql, parameters);
}

void Session::run_transaction(const std::function<void(Transaction&)>& body) {
  handle_->transaction(body);
}

std::string Session::token() {
  return handle_->token();
}

void Session::set_token(std::string_view token) {
  handle_->set_token(token);
}

}  // namespace understudy
