#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/event_log.h"
#include "control/link.h"
#include "control/publisher.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology_builder.h"

namespace understudy::control {

struct MonitorSettings {
  replication::TopologySettings topology;  // its probe_timeout is the monitor's too
  Duration interval = std::chrono::milliseconds(250);
  std::string service_user;  // for messages
};

// Watches every server over one connection each and publishes what it finds: a new snapshot after
// each probe. Lives on the control loop.
//
// The replicas are asked as soon as the primary has answered: their positions then cover what the
// primary had just said, which is what bounded reads need. A server whose connection broke is
// connected anew with each probe; one that refuses the service account is asked less and less often
// (up to kBackoffMax), so that it does not block our address.
class Monitor {
 public:
  static constexpr Duration kHurryMin = std::chrono::milliseconds(5);
  static constexpr Duration kHurryFor = std::chrono::seconds(2);
  static constexpr Duration kBackoffMax = std::chrono::seconds(5);

  // `opener` and `events` outlive the monitor.
  Monitor(net::Loop& loop, LinkOpener& opener, EventLog& events, MonitorSettings settings);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  void start();
  // The first snapshot knows only the configuration.
  [[nodiscard]] Publisher<replication::Topology>& topology() { return publisher_; }
  // True once a probe of every server has ended, well or not.
  [[nodiscard]] bool complete() const;

  // Called with what each probe found, before the snapshot that it leads to.
  using OnObservation =
      UniqueFunction<void(replication::ServerId, const replication::ServerObservation&)>;
  void on_observation(OnObservation observer) { observer_ = std::move(observer); }

  // Probes a server now, with its replica status; once more if a probe is under way.
  void look(replication::ServerId server);
  // See TopologyBuilder; publishes at once.
  void appoint(replication::ServerId server);
  void set_primary_closed(bool closed);

  // Takes a server out of use for new work, and back. Error: Invalid, no server of that name.
  Result<void> drain(std::string_view server);
  Result<void> resume(std::string_view server);

  // Probes every `period` (at least kHurryMin) for the next kHurryFor: sessions wait for a
  // position. Any thread; cheap when it is repeated.
  void hurry(Duration period);

 private:
  struct Watch;

  void probe(Watch& watch);
  void ask(Watch& watch);
  void answered(Watch& watch, const Link::Answers& answers);
  [[nodiscard]] std::optional<Error> other_flavour(const Watch& watch) const;
  void failed(Watch& watch, Error error);
  void ended(Watch& watch, const replication::ServerObservation& observation);
  void probe_replicas();
  void publish();
  Result<void> set_drained(std::string_view server, bool drained);
  [[nodiscard]] Duration period(Instant now) const;
  [[nodiscard]] Duration delay_after(const Watch& watch, Instant now) const;

  net::Loop& loop_;
  LinkOpener& opener_;
  EventLog& events_;
  const MonitorSettings settings_;
  replication::TopologyBuilder builder_;
  Publisher<replication::Topology> publisher_;
  std::vector<std::unique_ptr<Watch>> watches_;
  OnObservation observer_;
  // Tells functions posted to the loop that the monitor is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  // Any thread.
  std::atomic<Duration::rep> hurry_period_{0};
  std::atomic<Duration::rep> hurry_until_{0};
};

}  // namespace understudy::control
