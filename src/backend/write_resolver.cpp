#include "backend/write_resolver.h"

#include <algorithm>

#include "protocol/server_errors.h"

namespace understudy::backend {
namespace {

using replication::Ambiguous;

constexpr Duration kLookAgain = std::chrono::milliseconds(5);
constexpr std::string_view kNotRead = "the new primary's binary log could not be read";
constexpr std::string_view kNotKept = "the new primary's binary log does not reach back to it";
constexpr std::string_view kNotComplete =
    "the new primary does not write all that it replicates to its binary log";
constexpr std::string_view kChangedAgain = "the primary has changed once more";
constexpr std::string_view kTooMany = "too many writes have been answered since it was sent";

}  // namespace

WriteResolver::WriteResolver(net::Loop& loop, Settings settings)
    : loop_(loop), settings_(std::move(settings)), timer_(loop) {}

void WriteResolver::start(std::vector<UnknownWrites::Entry> batch,
                          const replication::ServerView& primary) {
  give_up(kChangedAgain);
  timer_.cancel();
  connection_.reset();
  batch_ = std::move(batch);
  keep_last_epoch();
  if (batch_.empty()) return;
  target_ = {};
  target_.server = primary.id;
  target_.server_name = primary.name;
  target_.address = primary.address;
  target_.login = settings_.service;
  target_.track_session = false;
  target_.timeout = settings_.connect_timeout;
  deadline_ = net::Loop::now() + settings_.hold;
  if (mark_->watched_from.empty()) return give_up(kNotKept);
  look();
}

// Writes of an epoch before the last one met two primaries that are gone.
void WriteResolver::keep_last_epoch() {
  mark_.reset();
  for (const UnknownWrites::Entry& entry : batch_) {
    const auto& mark = entry.write->sent_after;
    const bool before =
        mark_ && mark->epoch == mark_->epoch && !mark->position.covers(mark_->position);
    if (!mark_ || mark->epoch > mark_->epoch || before) mark_ = mark;
  }
  std::erase_if(batch_, [this](const UnknownWrites::Entry& entry) {
    if (entry.write->sent_after->epoch == mark_->epoch) return false;
    settings_.writes->settle(entry, Ambiguous{kChangedAgain});
    return true;
  });
}

void WriteResolver::look() {
  attempt_ = ServerConnection::open(
      loop_, target_,
      [this](Result<std::unique_ptr<ServerConnection>> opened) { connected(std::move(opened)); });
}

void WriteResolver::connected(Result<std::unique_ptr<ServerConnection>> opened) {
  attempt_.reset();
  if (!opened.ok()) return look_again(opened.error());
  connection_ = std::move(opened).value();
  check_log();
}

void WriteResolver::check_log() {
  query_.start(*connection_, connection_->dialect().logs_all(), [this](Result<TextResult> result) {
    if (!result.ok()) return look_again(result.error());
    const bool all = result->rows.size() == 1 && result->rows[0][0] == "1";
    if (!all) return give_up(kNotComplete);
    check_filters();
  });
}

void WriteResolver::check_filters() {
  query_.start(*connection_, connection_->dialect().log_filters(),
               [this](Result<TextResult> result) {
                 if (!result.ok()) return look_again(result.error());
                 if (!connection_->dialect().without_filters(*result)) return give_up(kNotComplete);
                 check_rest();
               });
}

// What it has received of the old primary may still be on its way into its log.
void WriteResolver::check_rest() {
  query_.start(*connection_, connection_->dialect().replica_status(),
               [this](Result<TextResult> result) {
                 if (!result.ok()) return look_again(result.error());
                 check_rested(*result);
               });
}

void WriteResolver::check_rested(const TextResult& sources) {
  if (connection_->dialect().applies(sources)) {
    if (net::Loop::now() >= deadline_) return give_up(kNotRead);
    timer_.start(kLookAgain, [this] { check_rest(); });
    return;
  }
  read_log();
}

void WriteResolver::read_log() {
  BinlogReader::Options options;
  options.server = target_.server;
  options.server_name = target_.server_name;
  options.address = target_.address;
  options.login = target_.login;
  options.after = mark_->watched_from;
  options.timeout = std::max(deadline_ - net::Loop::now(), settings_.connect_timeout);
  reader_ = std::make_unique<BinlogReader>(loop_);
  reader_->start(std::move(options), [this](Result<BinlogReader::Transactions> transactions) {
    judge(std::move(transactions));
  });
}

void WriteResolver::judge(Result<BinlogReader::Transactions> transactions) {
  if (!transactions.ok()) {
    if (transactions.error().code == protocol::kErrorReadingBinlog) return give_up(kNotKept);
    return look_again(transactions.error());
  }
  const auto acknowledged = settings_.acknowledged->after(mark_->watched_from);
  if (!acknowledged) return give_up(kTooMany);
  std::vector<std::shared_ptr<const LostWrite>> writes;
  for (const UnknownWrites::Entry& entry : batch_)
    writes.push_back(entry.write);
  const std::vector<replication::WriteOutcome> outcomes =
      resolve(*mark_, *transactions, *acknowledged, writes);
  for (std::size_t i = 0; i < batch_.size(); ++i)
    settings_.writes->settle(batch_[i], outcomes[i]);
  batch_.clear();
  close_connection();
}

void WriteResolver::look_again(const Error& why) {
  const bool may_pass = why.kind == ErrorKind::Unreachable || why.kind == ErrorKind::Lost ||
                        why.kind == ErrorKind::Timeout;
  if (!may_pass || net::Loop::now() >= deadline_) return give_up(kNotRead);
  // Later, as with the end: the connection may be at work.
  timer_.start(kLookAgain, [this] {
    connection_.reset();
    look();
  });
}

void WriteResolver::give_up(std::string_view reason) {
  for (const UnknownWrites::Entry& entry : batch_)
    settings_.writes->settle(entry, Ambiguous{reason});
  batch_.clear();
  attempt_.reset();
  reader_.reset();
  close_connection();
}

void WriteResolver::close_connection() {
  timer_.start({}, [this] { connection_.reset(); });
}

}  // namespace understudy::backend
