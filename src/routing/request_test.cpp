// What one statement may ask of the route: a tag, a zone, a server, no primary.
#include <gmock/gmock.h>

#include <map>

#include "routing/route_fixture.h"

namespace understudy::routing {
namespace {

using replication::Health;
using testing::at;
using testing::db;
using testing::RouteTest;
using testing::sequence;

TEST_F(RouteTest, ATagPicksAmongItsServers) {
  Request request = read(Consistency::Eventual);
  request.tag = "analytics";
  EXPECT_EQ(go(request).reason, Reason::UnknownTag);
  EXPECT_EQ(explain(go(request), request, topology_).kind, ErrorKind::Invalid);
  server(3).tags = {"analytics"};
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{3, 10}}));
  server(3).health = Health::Down;
  EXPECT_EQ(go(request).target, db(1));
}

TEST_F(RouteTest, AServerWithoutWeightAnswersOnlyWhatAsksForItsTag) {
  server(3).tags = {"analytics"};
  server(3).weight = 0;
  EXPECT_EQ(spread(read(Consistency::Eventual), 10), (std::map<int, int>{{2, 10}}));
  Request request = read(Consistency::Eventual);
  request.tag = "analytics";
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{3, 10}}));
  server(2).tags = {"analytics"};
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{2, 5}, {3, 5}}));
}

TEST_F(RouteTest, ARequestMayPreferAZone) {
  options_.zone = "west";
  server(3).zone = "west";
  server(2).zone = "east";
  Request request = read(Consistency::Eventual);
  request.zone = "east";
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{2, 10}}));
  request.zone = "north";
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{2, 5}, {3, 5}})) << "nobody is there";
}

TEST_F(RouteTest, ARequestMayRefuseThePrimary) {
  Request request = read(Consistency::Eventual);
  sql::Hints hints;
  hints.replica = true;
  request.apply(hints);
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{2, 5}, {3, 5}}));
  options_.primary_reads = PrimaryReads::Always;
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{2, 5}, {3, 5}}));
  set_replicas(Health::Down);
  EXPECT_EQ(go(request).reason, Reason::NoReplicaAllowed);
}

TEST_F(RouteTest, SaysHowOldTheAnswerMayBe) {
  Request request = read(Consistency::Eventual);
  request.now = at(90);
  server(2).covers_primary_as_of = server(3).covers_primary_as_of = at(50);
  EXPECT_EQ(go(request).staleness, Duration(std::chrono::milliseconds(40)));
  server(2).covers_primary_as_of = server(3).covers_primary_as_of = std::nullopt;
  EXPECT_EQ(go(request).staleness, std::nullopt);
  request.consistency = Consistency::Strong;
  EXPECT_EQ(go(request).staleness, Duration::zero());
}

TEST_F(RouteTest, AHintNamesTheServer) {
  Request request = read(Consistency::Session);
  sql::Hints hints;
  hints.server = "db3";
  request.apply(hints);
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{3, 10}}));
  reads_.note_write(sequence(20), db(1), at(5), topology_);
  EXPECT_EQ(go(request).wait_for, sequence(20)) << "even there its own writes are seen";
  server(3).health = Health::Down;
  server(3).reason = "connection refused";
  EXPECT_EQ(go(request).reason, Reason::ServerUnusable);
  EXPECT_THAT(explain(go(request), request, topology_).message,
              ::testing::HasSubstr("connection refused"));
  request.server = "db9";
  EXPECT_EQ(go(request).reason, Reason::UnknownServer);
}

}  // namespace
}  // namespace understudy::routing
