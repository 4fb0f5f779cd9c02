#include "backend/commit_barrier.h"

#include <algorithm>

namespace understudy::backend {
namespace {

// How soon the primary is asked again when it does not show everything yet.
constexpr Duration kAskAgain = std::chrono::milliseconds(1);

}  // namespace

CommitBarrier::CommitBarrier(net::Loop& loop, std::shared_ptr<const Login> service,
                             Duration connect_timeout)
    : loop_(loop), service_(std::move(service)), connect_timeout_(connect_timeout), next_(loop) {}

CommitBarrier::~CommitBarrier() {
  for (Waiter& waiter : waiters_)
    if (waiter.ticket != nullptr) waiter.ticket->barrier_ = nullptr;
}

bool CommitBarrier::passed(replication::ServerId primary, Instant moment) const {
  return target_.login && target_.server == primary && passed_at_ > moment;
}

std::unique_ptr<CommitBarrier::Ticket> CommitBarrier::wait(const replication::ServerView& primary,
                                                           Done done) {
  turn_to(primary);
  const auto place = waiters_.insert(waiters_.end(), Waiter{std::move(done)});
  auto ticket = std::make_unique<Ticket>(*this, place);
  place->ticket = ticket.get();
  if (!in_round_) begin_round();
  return ticket;
}

// Whoever waits for another primary asks again there by the topology that told of the change.
void CommitBarrier::turn_to(const replication::ServerView& primary) {
  if (target_.login && target_.server == primary.id) return;
  target_.server = primary.id;
  target_.server_name = primary.name;
  target_.address = primary.address;
  target_.login = service_;
  target_.track_session = false;
  target_.timeout = connect_timeout_;
  attempt_.reset();
  connection_.reset();
  passed_at_ = {};
  in_round_ = false;
  next_.cancel();
}

void CommitBarrier::begin_round() {
  in_round_ = true;
  ++round_;
  round_began_ = net::Loop::now();
  for (Waiter& waiter : waiters_)
    waiter.round = round_;
  if (connection_ && !connection_->broken()) return ask();
  connection_.reset();
  attempt_ = ServerConnection::open(
      loop_, target_,
      [this](Result<std::unique_ptr<ServerConnection>> opened) { connected(std::move(opened)); });
}

void CommitBarrier::connected(Result<std::unique_ptr<ServerConnection>> opened) {
  attempt_.reset();
  if (!opened.ok()) return end_round(std::move(opened).error());
  connection_ = std::move(opened).value();
  ask();
}

void CommitBarrier::ask() {
  const Dialect& dialect = connection_->dialect();
  logged_.reset();
  logged_query_.start(*connection_, dialect.commits_under_way(),
                      [this, &dialect](Result<TextResult> answer) {
                        logged_ = answer.ok() ? dialect.read_commits_under_way(*answer)
                                              : Result<CommitsUnderWay>(std::move(answer).error());
                      });
  ask_shown();
}

void CommitBarrier::ask_shown() {
  // Later: the connection is still at work while it calls.
  shown_query_.start(
      *connection_, connection_->dialect().shown_commits(), [this](Result<TextResult> shown) {
        next_.start({}, [this, shown = std::move(shown)]() mutable { answered(std::move(shown)); });
      });
}

void CommitBarrier::answered(Result<TextResult> answer) {
  if (!logged_->ok()) return end_round(logged_->error());
  if (!answer.ok()) return end_round(std::move(answer).error());
  const Result<bool> shows = connection_->dialect().shows(**logged_, *answer);
  if (!shows.ok()) return end_round(shows.error());
  if (!*shows) {
    next_.start(kAskAgain, [this] { ask_again(); });
    return;
  }
  passed_at_ = round_began_;
  end_round({});
}

// The connection may have been lost in between.
void CommitBarrier::ask_again() {
  if (!connection_->broken()) return ask_shown();
  end_round(
      make_error(ErrorKind::Lost, "the primary closed the connection of the service account"));
}

void CommitBarrier::end_round(const Result<void>& result) {
  in_round_ = false;
  if (!result.ok() && result.error().kind != ErrorKind::Server) connection_.reset();
  // Those who are called may wait anew, which begins the next round, or end the wait of others.
  const std::uint64_t ended = round_;
  while (true) {
    const auto waiter = std::ranges::find(waiters_, ended, &Waiter::round);
    if (waiter == waiters_.end()) break;
    Done done = std::move(waiter->done);
    waiter->ticket->barrier_ = nullptr;
    waiters_.erase(waiter);
    done(result);
  }
  if (!in_round_ && !waiters_.empty()) begin_round();
}

CommitBarrier::Ticket::~Ticket() {
  if (barrier_ != nullptr) barrier_->waiters_.erase(place_);
}

}  // namespace understudy::backend
