#include "control/account_query.h"

#include <fmt/format.h>

#include <utility>

namespace understudy::control {

AccountQuery::AccountQuery(net::Loop& loop, const replication::ServerView& server,
                           std::shared_ptr<const backend::Login> login, Duration timeout,
                           std::vector<std::string> statements, Done done)
    : statements_(std::move(statements)), done_(std::move(done)), deadline_(loop) {
  backend::ConnectOptions target;
  target.server = server.id;
  target.server_name = server.name;
  target.address = server.address;
  target.login = std::move(login);
  target.track_session = false;
  target.timeout = timeout;
  deadline_.start(timeout, [this, name = server.name] {
    finish(make_error(ErrorKind::Timeout, fmt::format("server {} does not answer", name)));
  });
  attempt_ = backend::ServerConnection::open(
      loop, std::move(target), [this](Result<std::unique_ptr<backend::ServerConnection>> opened) {
        if (!opened.ok()) return finish(std::move(opened).error());
        connection_ = std::move(opened).value();
        next();
      });
}

void AccountQuery::next() {
  if (answers_.size() == statements_.size()) return finish(std::move(answers_));
  query_.start(*connection_, statements_[answers_.size()],
               [this](Result<backend::TextResult> answer) {
                 if (!answer.ok()) return finish(std::move(answer).error());
                 answers_.push_back(std::move(answer).value());
                 next();
               });
}

void AccountQuery::finish(Result<Answers> result) {
  deadline_.cancel();
  if (Done done = std::exchange(done_, {})) done(std::move(result));
}

}  // namespace understudy::control
