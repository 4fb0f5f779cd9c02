#include "control/order_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/server_errors.h"

namespace understudy::control {

using failover::Action;
using failover::ActionKind;
using failover::OrderResult;

namespace {

bool ends_connections(ActionKind kind) {
  return kind == ActionKind::StopReceiving || kind == ActionKind::CutClients;
}

}  // namespace

// One order under way.
class OrderRunner::Run {
 public:
  Run(OrderRunner& runner, failover::Order order)
      : runner_(runner), order_(std::move(order)), deadline_(runner.loop_), later_(runner.loop_) {}

  [[nodiscard]] replication::ServerId server() const { return order_.server; }

  void start() {
    deadline_at_ = net::Loop::now() + order_.timeout;
    deadline_.start(order_.timeout, [this] {
      end(make_error(ErrorKind::Timeout,
                     fmt::format("{} was not done within {} ms", to_text(action().kind),
                                 to_ms(order_.timeout))));
    });
    attempt_ = runner_.opener_.open(order_.server,
                                    std::min(order_.timeout, runner_.settings_.connect_timeout),
                                    [this](Result<std::unique_ptr<Link>> opened) {
                                      attempt_.reset();
                                      if (!opened.ok()) return end(std::move(opened).error());
                                      link_ = std::move(opened).value();
                                      next_action();
                                    });
  }

 private:
  [[nodiscard]] const Action& action() const { return order_.actions[done_]; }

  void next_action() {
    if (ended_) return;
    if (done_ == order_.actions.size()) return end({});
    if (ends_connections(action().kind)) return select_connections();
    const auto server = action().source.value();
    const backend::SourceAccess access{
        runner_.settings_.addresses[server], runner_.settings_.service_user,
        runner_.settings_.service_password, runner_.settings_.heartbeat};
    const Duration left = std::max<Duration>(deadline_at_ - net::Loop::now(), {});
    run_all(link_->dialect().statements(action(), access, left), 0);
  }

  void run_all(std::vector<std::string> statements, std::size_t index) {
    if (index == statements.size()) {
      ++done_;
      return next_action();
    }
    std::vector<std::string> one = {statements[index]};
    link_->ask(std::move(one), [this, statements = std::move(statements),
                                index](Result<Link::Answers> answers) mutable {
      if (!answers.ok()) return end(std::move(answers).error());
      if (action().kind == ActionKind::WaitApplied && !reached(answers->front()))
        return end(make_error(ErrorKind::Timeout, "the position was not applied in time"));
      run_all(std::move(statements), index + 1);
    });
  }

  [[nodiscard]] bool reached(const backend::TextResult& answer) const {
    return answer.rows.size() == 1 && answer.rows[0].size() == 1 && answer.rows[0][0] &&
           link_->dialect().wait_succeeded(*answer.rows[0][0]);
  }

  void select_connections() {
    link_->ask({link_->dialect().select_connections(action().kind, runner_.settings_.service_user)},
               [this](Result<Link::Answers> answers) {
                 if (!answers.ok()) return end(std::move(answers).error());
                 std::vector<std::string> ids;
                 for (const auto& row : answers->front().rows)
                   if (!row.empty() && row[0]) ids.push_back(*row[0]);
                 kill_all(std::move(ids));
               });
  }

  void kill_all(std::vector<std::string> ids) {
    if (ids.empty()) {
      ++done_;
      return next_action();
    }
    std::vector<std::string> one = {link_->dialect().kill(ids.back())};
    ids.pop_back();
    link_->ask(std::move(one), [this, ids = std::move(ids)](Result<Link::Answers> answers) mutable {
      const bool gone = !answers.ok() && answers.error().code == protocol::kErrorUnknownThread;
      if (!answers.ok() && !gone) return end(std::move(answers).error());
      kill_all(std::move(ids));
    });
  }

  // Later: a callback of the link or the attempt is running, and this is destroyed with them.
  void end(std::optional<Error> error) {
    if (std::exchange(ended_, true)) return;
    deadline_.cancel();
    OrderResult result{done_, std::move(error)};
    later_.start({}, [this, result = std::move(result)] { runner_.ended(order_.id, result); });
  }

  OrderRunner& runner_;
  const failover::Order order_;
  std::size_t done_ = 0;
  bool ended_ = false;
  Instant deadline_at_{};
  std::unique_ptr<LinkAttempt> attempt_;
  std::unique_ptr<Link> link_;
  net::Timer deadline_;
  net::Timer later_;
};

OrderRunner::OrderRunner(net::Loop& loop, LinkOpener& opener, OrderRunnerSettings settings,
                         Done done)
    : loop_(loop), opener_(opener), settings_(std::move(settings)), done_(std::move(done)) {}

OrderRunner::~OrderRunner() = default;

void OrderRunner::run(failover::Order order) {
  const failover::OrderId id = order.id;
  auto& run = runs_[id];
  run = std::make_unique<Run>(*this, std::move(order));
  run->start();
}

void OrderRunner::ended(failover::OrderId id, const OrderResult& result) {
  // Moved out first: the timer that calls this belongs to it.
  const std::unique_ptr<Run> run = std::move(runs_.at(id));
  runs_.erase(id);
  done_(id, run->server(), result);
}

}  // namespace understudy::control
