#include "control/event_log.h"

#include <gtest/gtest.h>

namespace understudy::control {
namespace {

TEST(EventLogTest, KeepsTheLastOnesAndTellsTheObserver) {
  EventLog log(3);
  int told = 0;
  log.on_event([&](const Event&) { ++told; });
  for (int i = 0; i < 5; ++i)
    log.add("event", {{"number", std::to_string(i)}});
  EXPECT_EQ(told, 5);
  ASSERT_EQ(log.events().size(), 3u);
  EXPECT_EQ(to_text(log.events().front()), "event number=2");
  EXPECT_EQ(log.events().front().id, 3u);
}

TEST(EventLogTest, QuotesWhatIsNoSingleWord) {
  const Event event{1,
                    {},
                    "server_down",
                    {{"server", "db 1"}, {"reason", "it said \"no\"\nand left"}, {"empty", ""}}};
  EXPECT_EQ(to_text(event),
            "server_down server=\"db 1\" reason=\"it said \\\"no\\\" and left\" empty=\"\"");
}

TEST(EventLogTest, NamesWhatChangedBetweenSnapshots) {
  replication::Topology before;
  before.epoch = 1;
  before.primary = replication::ServerId(0);
  before.servers.resize(2);
  before.servers[0].name = "db1";
  before.servers[1].id = replication::ServerId(1);
  before.servers[1].name = "db2";
  before.servers[0].health = before.servers[1].health = replication::Health::Up;
  replication::Topology after = before;
  EventLog log;
  add_changes(log, before, after);
  EXPECT_TRUE(log.events().empty());

  after.epoch = 2;
  after.primary = replication::ServerId(1);
  after.servers[0].health = replication::Health::Down;
  after.servers[0].reason = "refused";
  add_changes(log, before, after);
  ASSERT_EQ(log.events().size(), 2u);
  EXPECT_EQ(to_text(log.events()[0]), "primary_changed server=db2 epoch=2");
  EXPECT_EQ(to_text(log.events()[1]), "server_down server=db1 reason=refused");

  replication::Topology none = after;
  none.primary.reset();
  none.no_primary_reason = "nobody";
  add_changes(log, after, none);
  EXPECT_EQ(to_text(log.events().back()), "primary_lost server=db2 reason=nobody");
}

}  // namespace
}  // namespace understudy::control
