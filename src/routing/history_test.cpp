// Random histories over a small model of a cluster, step by step in milliseconds: a primary that
// commits, replicas that apply with delays and stalls, a monitor whose answers are old when they
// arrive, and sessions that read and write. What each read shows is compared with what it owes.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/random.h"
#include "replication/topology_builder.h"
#include "routing/route.h"
#include "routing/test_cluster.h"

namespace understudy::routing {
namespace {

using replication::Position;
using replication::ServerId;
using replication::ServerObservation;
using replication::Topology;
using replication::TopologyBuilder;
using testing::at;

constexpr std::size_t kDomains = 2;
constexpr int kServers = 4;  // the first is the primary
constexpr std::int64_t kSteps = 6000;

using Counts = std::array<std::uint64_t, kDomains>;

bool covers(const Counts& left, const Counts& right) {
  return left[0] >= right[0] && left[1] >= right[1];
}

Position to_position(const Counts& counts) {
  Position position;
  for (std::uint32_t domain = 0; domain < kDomains; ++domain) {
    if (counts[domain] > 0) position.add({domain, 1, counts[domain]});
  }
  return position;
}

Counts to_counts(const Position& position) {
  Counts counts{};
  for (std::size_t i = 0; i < position.domain_count(); ++i)
    counts[position.at(i).domain] = position.at(i).sequence;
  return counts;
}

// Writes become logged, then visible, then counted as applied, a step apart: the order that the
// positions of real servers have.
struct Server {
  Counts logged{};
  Counts visible{};
  Counts applied{};
  std::int64_t stalled_until = 0;
  // The probe under way.
  std::int64_t sent = -1;
  std::int64_t answers_at = 0;
  Position read_applied;
  Position read_logged;
  bool has_read = false;
};

struct Session {
  SessionReads reads;
  Counts owed{};  // the most that it has been shown or has written
  enum class State { Idle, Waiting, Running } state = State::Idle;
  Request request;
  Route route;
  std::int64_t started = 0;
  std::int64_t next = 0;
  Counts shown{};
  std::size_t written_domain = 0;
};

class History {
 public:
  History(std::uint64_t seed, std::size_t domains)
      : random_(seed), domains_(domains), builder_(settings()), topology_(builder_.build()) {
    options_.balance = static_cast<Balance>(random_.below(3));
    options_.wait = std::chrono::milliseconds(50);
  }

  void run() {
    for (now_ = 1; now_ <= kSteps && !::testing::Test::HasFatalFailure(); ++now_) {
      replicate();
      probe();
      visible_then_.push_back(servers_[0].visible);
      for (Session& session : sessions_)
        step(session);
    }
  }

  int replica_reads = 0;
  int primary_reads = 0;
  int waits = 0;

 private:
  static replication::TopologySettings settings() {
    replication::TopologySettings settings;
    settings.cluster = "main";
    for (int i = 0; i < kServers; ++i) {
      settings.servers.emplace_back();
      settings.servers.back().name = "db" + std::to_string(i + 1);
    }
    settings.max_lag = std::chrono::milliseconds(400);
    settings.probe_timeout = std::chrono::seconds(10);
    return settings;
  }

  void replicate() {
    Server& primary = servers_[0];
    primary.visible = primary.logged;
    if (random_.below(3) == 0) ++primary.logged[random_.below(domains_)];
    for (int i = 1; i < kServers; ++i) {
      Server& server = servers_[static_cast<std::size_t>(i)];
      if (now_ < server.stalled_until) continue;
      if (random_.below(400) == 0) {
        server.stalled_until = now_ + static_cast<std::int64_t>(random_.below(600));
        continue;
      }
      server.applied = server.visible;
      server.visible = server.logged;
      for (std::size_t domain = 0; domain < domains_; ++domain) {
        const std::uint64_t missing = primary.visible[domain] - server.logged[domain];
        if (missing > 0) server.logged[domain] += random_.below(missing + 1);
      }
    }
  }

  void probe() {
    for (int i = 0; i < kServers; ++i) {
      Server& server = servers_[static_cast<std::size_t>(i)];
      if (server.sent < 0) {
        if (random_.below(20) != 0) continue;
        server.sent = now_;
        server.answers_at = now_ + 1 + static_cast<std::int64_t>(random_.below(12));
        server.has_read = false;
      }
      if (!server.has_read && (random_.below(3) == 0 || now_ == server.answers_at)) {
        server.has_read = true;
        if (i > 0) server.read_applied = to_position(server.applied);
        server.read_logged = to_position(server.logged);
      }
      if (now_ == server.answers_at) answer(i, server);
    }
  }

  void answer(int index, Server& server) {
    ServerObservation observation;
    observation.sent = at(server.sent);
    observation.answered = at(now_);
    observation.server_id = static_cast<std::uint32_t>(index + 1);
    observation.read_only = index > 0;
    observation.applied = server.read_applied;
    observation.logged = server.read_logged;
    if (index > 0) {
      observation.sources.emplace_back();
      observation.sources.back().source_server_id = 1;
      observation.sources.back().io_running = observation.sources.back().sql_running = true;
    }
    builder_.feed(ServerId(static_cast<std::uint16_t>(index)), observation, at(now_));
    topology_ = builder_.build();
    server.sent = -1;
  }

  void step(Session& session) {
    switch (session.state) {
      case Session::State::Idle:
        if (now_ >= session.next) begin(session);
        return;
      case Session::State::Waiting:
        wait(session);
        return;
      case Session::State::Running:
        finish(session);
        return;
    }
  }

  void begin(Session& session) {
    if (!topology_.primary) return;
    session.request = Request();
    session.request.now = at(now_);
    session.started = now_;
    session.request.read = random_.below(6) != 0;
    const std::uint64_t dice = random_.below(8);
    session.request.consistency = dice == 0   ? Consistency::Strong
                                  : dice == 1 ? Consistency::Eventual
                                  : dice <= 3 ? Consistency::Bounded
                                              : Consistency::Session;
    session.request.max_lag = std::chrono::milliseconds(random_.below(200));
    send(session);
  }

  void send(Session& session) {
    session.route = route(session.request, topology_, session.reads, options_, load_);
    ASSERT_TRUE(session.route.found) << to_text(session.route.reason);
    load_.begin(session.route.target);
    session.state =
        session.route.wait_for.empty() ? Session::State::Running : Session::State::Waiting;
    if (session.state == Session::State::Waiting) {
      ++waits;
      ASSERT_NE(session.route.target, *topology_.primary) << "a wait on the primary never ends";
    } else {
      execute(session);
    }
  }

  void wait(Session& session) {
    const Server& server = servers_[session.route.target.value()];
    if (covers(server.applied, to_counts(session.route.wait_for))) {
      load_.learn(session.route.target, session.route.wait_for, topology_.epoch);
      execute(session);
      return;
    }
    if (at(now_) - at(session.started) < options_.wait) return;
    load_.end(session.route.target);
    session.request.excluded.add(session.route.target);
    session.request.now = at(now_);
    session.started = now_;
    send(session);
  }

  // The moment at which the server looks at its data.
  void execute(Session& session) {
    Server& server = servers_[session.route.target.value()];
    session.state = Session::State::Running;
    if (!session.request.read) {
      const std::size_t domain = random_.below(domains_);
      session.written_domain = domain;
      session.shown[domain] = ++server.logged[domain];
      // It is answered when it is visible, and with it all that was logged before.
      server.visible[domain] = server.logged[domain];
    } else {
      session.shown = server.visible;
      (session.route.target == *topology_.primary ? primary_reads : replica_reads) += 1;
      check(session);
    }
  }

  void check(const Session& session) {
    switch (session.request.consistency) {
      case Consistency::Session:
        ASSERT_TRUE(covers(session.shown, session.owed))
            << "step " << now_ << ": a read went back in time; " << to_text(session.route.reason);
        return;
      case Consistency::Strong:
        ASSERT_EQ(session.route.target, *topology_.primary);
        return;
      case Consistency::Bounded: {
        const std::int64_t bound = to_ms(session.request.max_lag);
        const auto then = std::max<std::int64_t>(session.started - bound, 1);
        ASSERT_TRUE(covers(session.shown, visible_then_[static_cast<std::size_t>(then - 1)]))
            << "step " << now_ << ": older than " << bound << " ms; "
            << to_text(session.route.reason);
        return;
      }
      case Consistency::Eventual:
        return;
    }
  }

  void finish(Session& session) {
    load_.end(session.route.target, std::chrono::microseconds(100 + random_.below(900)));
    if (!session.request.read) {
      const std::size_t domain = session.written_domain;
      Position written;
      written.add({static_cast<std::uint32_t>(domain), 1, session.shown[domain]});
      session.reads.note_write(written, session.route.target, at(now_), topology_);
      session.owed[domain] = std::max(session.owed[domain], session.shown[domain]);
    } else if (session.route.tracked) {
      session.reads.note_read(session.route.target, at(now_), topology_);
      for (std::size_t i = 0; i < kDomains; ++i)
        session.owed[i] = std::max(session.owed[i], session.shown[i]);
    }
    session.state = Session::State::Idle;
    session.next = now_ + static_cast<std::int64_t>(random_.below(60));
  }

  Random random_;
  std::size_t domains_;
  TopologyBuilder builder_;
  Topology topology_;
  Options options_;
  Load load_;
  std::array<Server, kServers> servers_;
  std::array<Session, 8> sessions_;
  std::vector<Counts> visible_then_;  // of the primary, by step
  std::int64_t now_ = 0;
};

class HistoryTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(HistoryTest, ReadsAreNeverOlderThanAsked) {
  int replica_reads = 0;
  int primary_reads = 0;
  int waits = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed, GetParam());
    history.run();
    if (HasFatalFailure()) return;
    replica_reads += history.replica_reads;
    primary_reads += history.primary_reads;
    waits += history.waits;
  }
  // The rules are of no use if everything runs on the primary.
  EXPECT_GT(replica_reads, primary_reads);
  EXPECT_GT(waits, 1000);
}

INSTANTIATE_TEST_SUITE_P(Domains, HistoryTest, ::testing::Values(1u, 2u));

}  // namespace
}  // namespace understudy::routing
