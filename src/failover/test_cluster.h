#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "failover/operation.h"

// Servers db1, db2, ... for the tests of this folder, and a desk that remembers what it is told.
namespace understudy::failover {

inline ServerId db(int number) {
  return ServerId(static_cast<std::uint16_t>(number - 1));
}

inline Duration ms(int milliseconds) {
  return std::chrono::milliseconds(milliseconds);
}

// Milliseconds since the test began.
inline Instant at(int milliseconds) {
  return Instant{} + std::chrono::hours(1) + ms(milliseconds);
}

inline Position pos(std::string_view text) {
  return Position::parse(text).value();
}

inline PlannerSettings three_servers() {
  PlannerSettings settings;
  for (int i = 1; i <= 3; ++i) {
    replication::ServerSettings server;
    server.name = fmt::format("db{}", i);
    server.address.host = "127.0.0.1";
    server.address.port = static_cast<std::uint16_t>(3300 + i);
    settings.detector.servers.push_back(std::move(server));
  }
  settings.detector.after = ms(2000);
  settings.min_interval = ms(60000);
  settings.drain = ms(3000);
  return settings;
}

// What a probe that was sent at `when` found.
inline ServerObservation answer(int server, int when) {
  ServerObservation seen;
  seen.sent = at(when);
  seen.answered = at(when) + ms(1);
  seen.server_id = static_cast<std::uint32_t>(server);
  seen.binlog = true;
  seen.log_replica_updates = true;
  return seen;
}

// A primary with db1's transactions up to `sequence`.
inline ServerObservation leading(int server, int when, int sequence = 10) {
  ServerObservation seen = answer(server, when);
  const replication::Gtid last{0, static_cast<std::uint32_t>(server),
                               static_cast<std::uint64_t>(sequence)};
  seen.logged.add(last);
  seen.binlog_state.add(last);
  return seen;
}

// A replica of `source` that has received and applied db1's transactions up to those.
inline ServerObservation following_one(int server, int source, int when, int received = 10,
                                       int applied = 10) {
  ServerObservation seen = answer(server, when);
  seen.read_only = true;
  const replication::Gtid last{0, 1, static_cast<std::uint64_t>(applied)};
  seen.applied.add(last);
  seen.logged.add(last);
  seen.binlog_state.add(last);
  replication::ReplicaStatus status;
  status.source_host = "127.0.0.1";
  status.source_port = static_cast<std::uint16_t>(3300 + source);
  status.source_server_id = static_cast<std::uint32_t>(source);
  status.io_running = true;
  status.sql_running = true;
  status.using_gtid = true;
  status.received.add({0, 1, static_cast<std::uint64_t>(received)});
  status.heartbeat_period = ms(500);
  status.heartbeats = static_cast<std::uint64_t>(when / 500);
  seen.sources.push_back(std::move(status));
  return seen;
}

inline ServerObservation lost_source(ServerObservation seen) {
  seen.sources.front().io_running = false;
  seen.sources.front().io_connecting = true;
  return seen;
}

inline ServerObservation failed(int when, ErrorKind kind = ErrorKind::Unreachable) {
  ServerObservation seen;
  seen.sent = at(when);
  seen.answered = at(when) + ms(1);
  seen.failure = make_error(kind, kind == ErrorKind::Timeout ? "no answer" : "refused");
  return seen;
}

// A healthy cluster, or one whose primary db1 has just died.
inline void observe_healthy(Detector& detector, int when) {
  detector.set_primary(db(1));
  detector.observe(db(1), leading(1, when));
  detector.observe(db(2), following_one(2, 1, when));
  detector.observe(db(3), following_one(3, 1, when));
}
inline void observe_dead_primary(Detector& detector, int when) {
  detector.observe(db(1), failed(when));
  detector.observe(db(2), lost_source(following_one(2, 1, when + 5)));
  detector.observe(db(3), lost_source(following_one(3, 1, when + 5)));
}

class FakeDesk final : public Desk {
 public:
  explicit FakeDesk(PlannerSettings settings = three_servers())
      : settings_(std::move(settings)), detector_(settings_.detector) {}

  [[nodiscard]] const Detector& detector() const override { return detector_; }
  [[nodiscard]] const PlannerSettings& settings() const override { return settings_; }
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] const Position& acknowledged() const override { return acknowledged_; }
  [[nodiscard]] const Position& promised() const override { return promised_; }
  [[nodiscard]] std::size_t writers() const override { return writers_; }
  OrderId give(ServerId server, std::vector<Action> actions, Duration timeout) override {
    Order order;
    order.id = ++last_id_;
    order.server = server;
    order.actions = std::move(actions);
    order.timeout = timeout;
    open_.push_back(std::move(order));
    return last_id_;
  }
  void look(ServerId server) override { looks_.push_back(server); }
  void appoint(ServerId server) override {
    did(fmt::format("appoint db{}", server.value() + 1));
    detector_.set_primary(server);
  }
  void close_primary(bool closed) override { did(closed ? "hold" : "release"); }
  void cut_writers() override { did("cut"); }
  void note(std::string event, Fields fields) override {
    std::string text = std::move(event);
    for (const auto& [key, value] : fields)
      text += fmt::format(" {}={}", key, value);
    notes_.push_back(std::move(text));
  }

  void did(std::string what) { done_.push_back(std::move(what)); }

  // "db2: start_applying stop_receiving", for each order that has no result yet.
  [[nodiscard]] std::vector<std::string> open() const {
    std::vector<std::string> texts;
    for (const Order& order : open_)
      texts.push_back(text(order));
    return texts;
  }
  [[nodiscard]] static std::string text(const Order& order) {
    std::string text = fmt::format("db{}:", order.server.value() + 1);
    for (const Action& action : order.actions)
      text += fmt::format(" {}", to_text(action.kind));
    return text;
  }
  // Takes the oldest open order of a server.
  Order take(ServerId server) {
    for (auto each = open_.begin(); each != open_.end(); ++each) {
      if (each->server != server) continue;
      Order order = std::move(*each);
      open_.erase(each);
      return order;
    }
    return {};
  }
  [[nodiscard]] std::string notes() const { return fmt::format("{}", fmt::join(notes_, "\n")); }

  PlannerSettings settings_;
  Detector detector_;
  Instant now_ = at(0);
  Position acknowledged_;
  Position promised_;
  std::size_t writers_ = 0;
  std::vector<Order> open_;
  std::vector<ServerId> looks_;
  std::vector<std::string> notes_;
  // What was decided or done, in order.
  std::vector<std::string> done_;

 private:
  OrderId last_id_ = 0;
};

inline OrderResult done(const Order& order) {
  OrderResult result;
  result.done = order.actions.size();
  return result;
}
inline OrderResult not_done(ErrorKind kind = ErrorKind::Lost) {
  OrderResult result;
  result.error = make_error(kind, "broken");
  return result;
}

}  // namespace understudy::failover
