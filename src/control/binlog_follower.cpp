#include "control/binlog_follower.h"

#include <algorithm>

#include "protocol/server_errors.h"

namespace understudy::control {
namespace {

using replication::BinlogEvent;
using Edge = replication::TransactionScope::Edge;

constexpr Duration kRetryMin = std::chrono::milliseconds(10);
constexpr Duration kRetryMax = std::chrono::milliseconds(500);

}  // namespace

BinlogFollower::BinlogFollower(net::Loop& loop, Settings settings)
    : loop_(loop), settings_(std::move(settings)), again_(loop) {}

BinlogFollower::~BinlogFollower() = default;

void BinlogFollower::add(FollowerSink& sink) {
  sinks_.push_back(&sink);
  if (following_) sink.on_started(position_, epoch_);
}

void BinlogFollower::remove(FollowerSink& sink) {
  std::erase(sinks_, &sink);
}

const replication::ServerView* BinlogFollower::source() const {
  return stream_ ? topology_->find(server_) : nullptr;
}

void BinlogFollower::set_topology(replication::TopologyPtr topology) {
  topology_ = std::move(topology);
  const bool same = stream_ && topology_->epoch == epoch_ && topology_->primary == server_;
  if (same || (stream_ && !topology_->primary)) return;
  if (stream_) stop("the primary has changed");
  retry_ = {};
  connect();
}

void BinlogFollower::connect() {
  again_.cancel();
  const replication::ServerView* const primary = topology_ ? topology_->usable_primary() : nullptr;
  if (primary == nullptr || stream_) return;
  server_ = primary->id;
  epoch_ = topology_->epoch;
  if (!resume_) resume_ = primary->position;
  position_ = *resume_;
  scope_.reset();
  first_file_.clear();
  backend::BinlogStream::Options options;
  options.server = primary->id;
  options.server_name = primary->name;
  options.address = primary->address;
  options.login = settings_.login;
  options.after = position_;
  options.heartbeat = settings_.heartbeat;
  options.connect_timeout = settings_.connect_timeout;
  stream_ = std::make_unique<backend::BinlogStream>(
      loop_, std::move(options), static_cast<backend::BinlogStreamHandler&>(*this));
}

// The server begins with the format of its log and its GTID list, whatever was asked for.
void BinlogFollower::note_started() {
  following_ = true;
  problem_.clear();
  retry_ = {};
  settings_.report("binlog_following", {{"server", topology_->find(server_)->name},
                                        {"epoch", std::to_string(epoch_)},
                                        {"position", to_string(position_)}});
  for (FollowerSink* sink : sinks_)
    sink->on_started(position_, epoch_);
}

void BinlogFollower::on_event(const BinlogEvent& event) {
  // The first event names the file. Only the next one shows that the position was not refused.
  if (!following_ && first_file_.empty()) {
    if (const auto* rotate = std::get_if<replication::RotateEvent>(&event.body)) {
      first_file_ = rotate->file;
      return;
    }
  }
  if (!following_) {
    note_started();
    tell_first_file();
  }
  const Edge edge = scope_.take(event);
  for (FollowerSink* sink : sinks_)
    sink->on_event(event);
  if (edge == Edge::None || edge == Edge::Begun) return;
  position_.add(scope_.gtid());
  resume_ = position_;
  for (FollowerSink* sink : sinks_)
    sink->on_transaction(scope_.gtid(), edge, position_);
}

void BinlogFollower::tell_first_file() {
  if (first_file_.empty()) return;
  BinlogEvent event;
  event.body = replication::RotateEvent{0, first_file_};
  for (FollowerSink* sink : sinks_)
    sink->on_event(event);
}

void BinlogFollower::on_ended(const Error& why) {
  if (following_ || problem_ != why.message)
    settings_.report("binlog_lost",
                     {{"server", topology_->find(server_)->name}, {"error", why.message}});
  const bool no_such_position =
      why.kind == ErrorKind::Server && why.code == protocol::kErrorReadingBinlog;
  stop(why.message);
  if (no_such_position) lost_track(why.message);
  retry_ = std::clamp(retry_ * 2, kRetryMin, kRetryMax);
  again_.start(retry_, [this] { connect(); });
}

// Goes on from where the primary is now.
void BinlogFollower::lost_track(const std::string& why) {
  resume_.reset();
  for (FollowerSink* sink : sinks_)
    sink->on_gap(why);
}

void BinlogFollower::stop(const std::string& why) {
  stream_.reset();
  problem_ = why;
  if (!std::exchange(following_, false)) return;
  for (FollowerSink* sink : sinks_)
    sink->on_interrupted(why);
}

}  // namespace understudy::control
