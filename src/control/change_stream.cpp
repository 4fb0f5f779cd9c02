#include "control/change_stream.h"

#include <algorithm>
#include <utility>

#include "protocol/server_errors.h"

namespace understudy::control {
namespace {

constexpr Duration kConnectTimeout = std::chrono::seconds(5);
constexpr Duration kRetryMin = std::chrono::milliseconds(20);
constexpr Duration kRetryMax = std::chrono::seconds(1);

}  // namespace

ChangeStream::ChangeStream(net::Loop& loop, std::shared_ptr<const backend::Login> login,
                           ChangeStreamHandler& handler)
    : loop_(loop), login_(std::move(login)), handler_(handler), again_(loop) {}

ChangeStream::~ChangeStream() = default;

void ChangeStream::start(replication::TopologyPtr topology, replication::Position after) {
  topology_ = std::move(topology);
  after_ = std::move(after);
  connect();
}

void ChangeStream::set_topology(replication::TopologyPtr topology) {
  topology_ = std::move(topology);
  const bool same = stream_ && topology_->epoch == epoch_ && topology_->primary == server_;
  if (same || (stream_ && !topology_->primary)) return;
  // A former primary may still have a log, which is not the cluster's any more.
  if (stream_) interrupt();
  connect();
}

void ChangeStream::interrupt() {
  stream_.reset();
  if (std::exchange(started_, false)) after_ = handler_.on_stream_interrupted();
}

void ChangeStream::connect() {
  again_.cancel();
  const replication::ServerView* const primary = topology_ ? topology_->usable_primary() : nullptr;
  if (primary == nullptr || stream_) return;
  server_ = primary->id;
  epoch_ = topology_->epoch;
  backend::BinlogStream::Options options;
  options.server = primary->id;
  options.server_name = primary->name;
  options.address = primary->address;
  options.login = login_;
  options.after = after_;
  options.connect_timeout = kConnectTimeout;
  stream_ = std::make_unique<backend::BinlogStream>(loop_, std::move(options), *this);
  if (paused_) stream_->pause();
}

void ChangeStream::pause() {
  paused_ = true;
  if (stream_) stream_->pause();
}

void ChangeStream::resume() {
  paused_ = false;
  if (stream_) stream_->resume();
}

void ChangeStream::on_event(const replication::BinlogEvent& event) {
  if (!started_) {
    // Before anything of its log a server that refuses the position says so.
    if (std::holds_alternative<replication::RotateEvent>(event.body)) return;
    started_ = true;
    retry_ = {};
    const DestructionWatch watch(life_);
    const backend::BinlogStream* const stream = stream_.get();
    handler_.on_stream_started();
    if (watch.destroyed() || stream_.get() != stream) return;
  }
  handler_.on_stream_event(event);
}

void ChangeStream::on_ended(const Error& why) {
  if (why.kind == ErrorKind::Server || why.kind == ErrorKind::Malformed ||
      why.kind == ErrorKind::Exhausted) {
    return handler_.on_stream_failed(
        why, why.kind == ErrorKind::Server && why.code == protocol::kErrorReadingBinlog);
  }
  interrupt();
  retry_ = std::clamp(retry_ * 2, kRetryMin, kRetryMax);
  again_.start(retry_, [this] { connect(); });
}

}  // namespace understudy::control
