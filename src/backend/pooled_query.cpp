#include "backend/pooled_query.h"

namespace understudy::backend {

PooledQuery::~PooledQuery() {
  cancel();
}

void PooledQuery::cancel() {
  ticket_.reset();
  done_ = {};
  if (connection_) dispatcher_.pool(server_).discard(std::move(connection_));
}

void PooledQuery::start(replication::ServerId server, ConnectionWant want, std::string sql,
                        Done done) {
  server_ = server;
  sql_ = std::move(sql);
  done_ = std::move(done);
  Pool& pool = dispatcher_.pool(server_);
  if (auto connection = pool.try_take(want)) return ask(std::move(connection));
  ticket_ = pool.take(std::move(want), [this](Result<std::unique_ptr<ServerConnection>> result) {
    ticket_.reset();
    if (result.ok()) {
      ask(std::move(result).value());
    } else {
      finish(std::move(result).error());
    }
  });
}

void PooledQuery::ask(std::unique_ptr<ServerConnection> connection) {
  connection_ = std::move(connection);
  connection_->begin_use(dispatcher_.next_use());
  query_.start(*connection_, sql_, [this](Result<TextResult> result) {
    dispatcher_.pool(server_).give_back(std::move(connection_));
    finish(std::move(result));
  });
}

void PooledQuery::finish(Result<TextResult> result) {
  Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace understudy::backend
