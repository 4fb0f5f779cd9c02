#include "control/backend_link.h"

#include <optional>
#include <utility>

#include "backend/server_connection.h"
#include "net/timer.h"

namespace understudy::control {
namespace {

class BackendLink final : public Link {
 public:
  BackendLink(net::Loop& loop, std::unique_ptr<backend::ServerConnection> connection)
      : connection_(std::move(connection)), deliver_(loop) {
    connection_->on_idle_broken([this] {
      // Later: the connection is still at work while it calls.
      if (broken_) deliver_.start({}, [this] { std::exchange(broken_, nullptr)(); });
    });
  }

  void on_broken(UniqueFunction<void()> broken) override { broken_ = std::move(broken); }

  [[nodiscard]] const backend::Dialect& dialect() const override { return connection_->dialect(); }

  void ask(std::vector<std::string> statements, OnAnswers done) override {
    done_ = std::move(done);
    failure_.reset();
    answers_.assign(statements.size(), {});
    missing_ = statements.size();
    queries_.clear();
    if (connection_->broken()) {
      failure_ = make_error(ErrorKind::Lost, connection_->server_name() +
                                                 " closed the connection of the service account");
      finish();
      return;
    }
    for (std::size_t i = 0; i < statements.size(); ++i) {
      queries_.push_back(std::make_unique<backend::TextQuery>());
      queries_.back()->start(
          *connection_, statements[i],
          [this, i](Result<backend::TextResult> result) { take(i, std::move(result)); });
    }
  }

 private:
  void take(std::size_t index, Result<backend::TextResult> result) {
    if (result.ok()) {
      answers_[index] = std::move(result).value();
    } else if (!failure_) {
      failure_ = std::move(result).error();
    }
    if (--missing_ == 0) finish();
  }

  // Later: the callback may destroy this, and with it the query that is being called.
  void finish() {
    deliver_.start({}, [this] {
      OnAnswers done = std::move(done_);
      if (failure_) {
        done(std::move(*failure_));
      } else {
        done(std::move(answers_));
      }
    });
  }

  std::vector<std::unique_ptr<backend::TextQuery>> queries_;  // outlive the connection
  std::unique_ptr<backend::ServerConnection> connection_;
  net::Timer deliver_;
  OnAnswers done_;
  UniqueFunction<void()> broken_;
  Answers answers_;
  std::optional<Error> failure_;
  std::size_t missing_ = 0;
};

class BackendAttempt final : public LinkAttempt {
 public:
  [[nodiscard]] std::optional<replication::Flavour> greeted() const override {
    const std::string& version = attempt->server_version();
    if (version.empty()) return {};
    return backend::dialect_of_version(version).flavour();
  }

  std::unique_ptr<backend::ServerConnection::Attempt> attempt;
};

}  // namespace

BackendLinkOpener::BackendLinkOpener(net::Loop& loop, std::vector<LinkTarget> targets,
                                     std::shared_ptr<const backend::Login> login)
    : loop_(loop), targets_(std::move(targets)), login_(std::move(login)) {}

std::unique_ptr<LinkAttempt> BackendLinkOpener::open(replication::ServerId server, Duration timeout,
                                                     OnOpen done) {
  backend::ConnectOptions options;
  options.server = server;
  options.server_name = targets_[server.value()].name;
  options.address = targets_[server.value()].address;
  options.login = login_;
  options.track_session = false;
  options.timeout = timeout;
  auto attempt = std::make_unique<BackendAttempt>();
  attempt->attempt = backend::ServerConnection::open(
      loop_, std::move(options),
      [&loop = loop_,
       done = std::move(done)](Result<std::unique_ptr<backend::ServerConnection>> opened) mutable {
        if (!opened.ok()) {
          done(std::move(opened).error());
          return;
        }
        std::unique_ptr<Link> link = std::make_unique<BackendLink>(loop, std::move(opened).value());
        done(std::move(link));
      });
  return attempt;
}

}  // namespace understudy::control
