#include "backend/query_killer.h"

#include <fmt/format.h>

namespace understudy::backend {

void QueryKiller::kill(const replication::ServerView& server, std::uint32_t thread_id,
                       Scope scope) {
  Target& target = targets_[static_cast<std::uint32_t>(server.id.value())];
  if (target.waiting.size() >= kWaitingMax) return;
  target.waiting.push_back(
      fmt::format("KILL {} {}", scope == Scope::Query ? "QUERY" : "CONNECTION", thread_id));
  if (target.busy) return;
  target.busy = true;
  if (target.connection && !target.connection->broken()) return next(target);
  connect(target, server);
}

void QueryKiller::connect(Target& target, const replication::ServerView& server) {
  ConnectOptions options;
  options.server = server.id;
  options.server_name = server.name;
  options.address = server.address;
  options.login = service_;
  options.track_session = false;
  options.timeout = connect_timeout_;
  target.connection.reset();
  target.attempt = ServerConnection::open(
      loop_, std::move(options), [this, &target](Result<std::unique_ptr<ServerConnection>> opened) {
        target.attempt.reset();
        if (opened.ok()) {
          target.connection = std::move(opened).value();
          return next(target);
        }
        target.waiting.clear();
        target.busy = false;
      });
}

void QueryKiller::next(Target& target) {
  target.busy = !target.waiting.empty();
  if (!target.busy) return;
  const std::string statement = std::move(target.waiting.front());
  target.waiting.pop_front();
  // That a connection is gone already (1094) is what was wanted.
  target.query.start(*target.connection, statement, [this, &target](const Result<TextResult>&) {
    if (!target.connection->broken()) return next(target);
    target.waiting.clear();
    target.busy = false;
  });
}

}  // namespace understudy::backend
