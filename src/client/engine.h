#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backend/dispatcher.h"
#include "backend/login.h"
#include "backend/session.h"
#include "client/subscription.h"
#include "config/config.h"
#include "control/backend_link.h"
#include "control/event_log.h"
#include "control/follower_thread.h"
#include "control/monitor.h"
#include "net/loop.h"
#include "routing/session_reads.h"

namespace understudy::client {

struct EngineSettings {
  config::Config config;
  std::string user;
  std::string password;
  std::string schema;
  backend::SessionOptions reads;
  std::uint32_t max_attempts = 5;
};

// What a Cluster runs on: the monitor on a control loop, sessions and connections on a worker loop,
// each with a thread. Made and destroyed on any thread that is not one of the two; sessions are
// destroyed before it, on the worker loop.
class Engine final {
 public:
  explicit Engine(EngineSettings settings);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] const EngineSettings& settings() const { return settings_; }
  // Any thread: runs `function` on the worker loop.
  void post(UniqueFunction<void()> function) { worker_.post(std::move(function)); }

  // Any thread but the two: see SubscriptionState::start().
  std::shared_ptr<SubscriptionState> subscribe(feed::Request request, ChangeCallback callback,
                                               ChangeErrorCallback on_error);

  // The rest on the worker loop only.

  [[nodiscard]] std::unique_ptr<backend::Session> make_session();
  // Makes a session's reads show all writes that were noted. False if they have to run on the
  // primary for that.
  bool show_writes(backend::Session& session) const;
  // Notes what a session has seen, as it told; an error leaves later reads to the primary.
  void note_writes(const Result<std::string>& token);

 private:
  EngineSettings settings_;
  const std::shared_ptr<const net::TlsSource> tls_;
  const std::shared_ptr<const backend::Login> service_;  // our own account
  const std::shared_ptr<const backend::Login> login_;

  net::Loop control_;
  std::vector<std::weak_ptr<SubscriptionState>> subscriptions_;  // control loop only
  control::EventLog events_;
  control::BackendLinkOpener opener_;
  control::Monitor monitor_;

  const std::shared_ptr<backend::SharedCache> cache_;  // null: there is none
  control::FollowerThread follower_;
  net::Loop worker_;
  std::unique_ptr<backend::Dispatcher> dispatcher_;
  routing::SessionReads writes_;  // of all sessions that the cluster's own calls made
  bool writes_unknown_ = false;   // one was not told

  std::thread control_thread_;
  std::thread worker_thread_;
};

}  // namespace understudy::client
