#include "backend/seen_query.h"

#include "routing/route.h"

namespace understudy::backend {

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
  query_.start(
      server, std::move(want),
      dialect_of(dispatcher_.topology()->find(server)->flavour).visible_position(),
      [done = std::move(done)](Result<TextResult> result) mutable {
        if (!result.ok()) return done(std::move(result).error());
        if (result->rows.size() != 1 || result->rows[0].size() != 1)
          return done(make_error(ErrorKind::Malformed, "the server did not say its position"));
        done(replication::Position::parse(result->rows[0][0].value_or("")));
      });
}

}  // namespace understudy::backend
