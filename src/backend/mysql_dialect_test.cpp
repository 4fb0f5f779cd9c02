#include <gtest/gtest.h>

#include "backend/dialect.h"
#include "backend/text_query.h"

namespace understudy::backend {
namespace {

constexpr const char* kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

TextResult one(std::string value) {
  return {{"value"}, {{std::move(value)}}};
}
std::string gtids(std::string_view numbers) {
  return std::string(kUuid) + ":" + std::string(numbers);
}

TEST(DialectTest, IsFoundByTheVersionThatAServerGreetsWith) {
  struct Row {
    const char* version;
    replication::Flavour flavour;
  };
  for (const Row& row :
       {Row{"5.5.5-10.11.19-MariaDB-0+deb12u1", replication::Flavour::MariaDb},
        Row{"11.8.2-MariaDB-log", replication::Flavour::MariaDb},
        Row{"9.7.4-2", replication::Flavour::MySql}, Row{"8.4.6", replication::Flavour::MySql}})
    EXPECT_EQ(dialect_of_version(row.version).flavour(), row.flavour) << row.version;
}

TEST(MySqlDialectTest, AWaitNeverLastsForEver) {
  const auto position = replication::Position::parse(gtids("7")).value();
  const std::string set = gtids("7");
  EXPECT_EQ(mysql_dialect().wait_for_position(position, std::chrono::milliseconds(1500)),
            "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', 1.500)");
  EXPECT_EQ(mysql_dialect().wait_for_position(position, {}),
            "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', 0.001)");
  EXPECT_TRUE(mysql_dialect().wait_succeeded("0"));
  EXPECT_FALSE(mysql_dialect().wait_succeeded("1"));
}

TEST(MySqlDialectTest, CommitsAreShownWhenNobodyOwnsThemAnyMore) {
  struct Row {
    std::string before;
    std::string now;
    bool shows;
  };
  for (const Row& row : {Row{"", "", true}, Row{"", gtids("7"), true}, Row{gtids("7"), "", true},
                         Row{gtids("7"), gtids("8"), true}, Row{gtids("7:8"), gtids("8"), false},
                         Row{gtids("7"), gtids("7"), false}}) {
    const auto before = mysql_dialect().read_commits_under_way(one(row.before));
    ASSERT_TRUE(before.ok());
    const auto shows = mysql_dialect().shows(*before, one(row.now));
    ASSERT_TRUE(shows.ok());
    EXPECT_EQ(*shows, row.shows) << row.before << " then " << row.now;
  }
  EXPECT_FALSE(mysql_dialect().read_commits_under_way({}).ok());
  EXPECT_FALSE(mysql_dialect().read_commits_under_way(one("nonsense")).ok());
}

TEST(MySqlDialectTest, FollowsBySourceAndAutoPosition) {
  failover::Action follow(failover::ActionKind::Follow);
  const SourceAccess access{{"10.0.0.1", 3306, ""}, "svc", "it's", std::chrono::milliseconds(250)};
  const auto kept = mysql_dialect().statements(follow, access, {});
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0], "STOP REPLICA");
  EXPECT_EQ(kept[1].find("SOURCE_USER"), std::string::npos) << "it keeps what it has";
  EXPECT_NE(kept[1].find("SOURCE_AUTO_POSITION=1"), std::string::npos);
  follow.keeps_relay_log = true;
  const auto applying = mysql_dialect().statements(follow, access, {});
  ASSERT_EQ(applying.size(), 3u);
  EXPECT_EQ(applying[0], "STOP REPLICA IO_THREAD");
  EXPECT_EQ(applying[1].find("SOURCE_AUTO_POSITION"), std::string::npos) << "it refuses that";
  follow.keeps_relay_log = false;
  follow.fresh = true;
  const auto fresh = mysql_dialect().statements(follow, access, {});
  ASSERT_EQ(fresh.size(), 2u);
  EXPECT_NE(fresh[0].find(R"(SOURCE_PASSWORD='it\'s')"), std::string::npos);
  EXPECT_NE(fresh[0].find("SOURCE_AUTO_POSITION=1"), std::string::npos);
}

TEST(MySqlDialectTest, AsksForCascadesWhereTheyAreNotLogged) {
  EXPECT_NE(mysql_dialect().cascades().find("innodb_native_foreign_keys"), std::string::npos);
  EXPECT_EQ(mariadb_dialect().cascades().find("innodb_native_foreign_keys"), std::string::npos);
}

TEST(MySqlDialectTest, CarriesWhatIsTheSessions) {
  for (const char* name : {"sql_mode", "transaction_isolation", "time_zone", "autocommit"})
    EXPECT_TRUE(mysql_dialect().carried(name)) << name;
  for (const char* name : {"timestamp", "last_insert_id", "session_track_gtids", "gtid_next"})
    EXPECT_FALSE(mysql_dialect().carried(name)) << name;
}

}  // namespace
}  // namespace understudy::backend
