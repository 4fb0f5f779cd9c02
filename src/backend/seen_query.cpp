#include "backend/seen_query.h"

#include "routing/route.h"

namespace understudy::backend {

SeenQuery::~SeenQuery() {
  cancel();
}

void SeenQuery::cancel() {
  ticket_.reset();
  done_ = {};
  if (connection_) dispatcher_.pool(server_).discard(std::move(connection_));
}

void SeenQuery::start_on_primary(ConnectionWant want, Done done) {
  const replication::Topology& topology = *dispatcher_.topology();
  const replication::ServerView* primary = topology.usable_primary();
  if (primary == nullptr) {
    routing::Route none;
    none.reason = topology.primary ? routing::Reason::PrimaryDown : routing::Reason::NoPrimary;
    done(routing::explain(none, {}, topology));
    return;
  }
  // A closed one answers as well: the question is none of a client's.
  start(primary->id, std::move(want), std::move(done));
}

void SeenQuery::start(replication::ServerId server, ConnectionWant want, Done done) {
  server_ = server;
  done_ = std::move(done);
  ticket_ = dispatcher_.pool(server_).take(
      std::move(want), [this](Result<std::unique_ptr<ServerConnection>> result) {
        ticket_.reset();
        if (result.ok()) {
          ask(std::move(result).value());
        } else {
          finish(std::move(result).error());
        }
      });
}

void SeenQuery::ask(std::unique_ptr<ServerConnection> connection) {
  connection_ = std::move(connection);
  connection_->begin_use();
  const std::string statement = connection_->dialect().visible_position();
  query_.start(*connection_, statement, [this](Result<TextResult> result) {
    dispatcher_.pool(server_).give_back(std::move(connection_));
    if (!result.ok()) return finish(std::move(result).error());
    if (result->rows.size() != 1 || result->rows[0].size() != 1)
      return finish(make_error(ErrorKind::Malformed, "the server did not say its position"));
    finish(replication::Position::parse(result->rows[0][0].value_or("")));
  });
}

void SeenQuery::finish(Result<replication::Position> result) {
  Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace understudy::backend
