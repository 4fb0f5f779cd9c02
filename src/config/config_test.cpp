#include <gmock/gmock.h>

#include "config/config.h"
#include "config/parse.h"
#include "config/units.h"

namespace understudy::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kShortest = R"(servers = ["127.0.0.1:7311", "127.0.0.1:7312"]
[service]
user = "understudy"
password = "secret"
)";

Result<Config> parse(std::string_view text) {
  return parse_config(
      text, "u.toml",
      [](const std::string& name) -> std::optional<std::string> {
        if (name == "DB_PASSWORD") return "from-env";
        return std::nullopt;
      },
      [](const std::string& path) -> Result<std::string> {
        if (path == "/run/secret") return std::string("from-file\n");
        return make_error(ErrorKind::Invalid, path + ": no such file");
      });
}

TEST(ConfigTest, ShortestFormHasAllDefaults) {
  const Config config = parse(kShortest).value();
  ASSERT_EQ(config.servers.size(), 2U);
  EXPECT_EQ(config.servers[0].name, "db1");
  EXPECT_EQ(config.servers[1].name, "db2");
  EXPECT_EQ(config.servers[1].address.port, 7312);
  EXPECT_EQ(config.cluster_name, "main");
  EXPECT_EQ(config.service.password, "secret");
  ASSERT_EQ(config.listen.addresses.size(), 1U);
  EXPECT_EQ(to_string(config.listen.addresses[0].address), "127.0.0.1:7306");
  EXPECT_EQ(to_string(config.listen.admin), "127.0.0.1:7307");
  EXPECT_EQ(config.reads.consistency, Consistency::Session);
  EXPECT_EQ(config.reads.max_lag, seconds(5));
  EXPECT_EQ(config.pool.max_per_server, 200U);
  EXPECT_EQ(config.monitor.interval, milliseconds(250));
  EXPECT_EQ(config.failover.hold, seconds(10));
  EXPECT_TRUE(unsupported_settings(config).empty());
}

TEST(ConfigTest, EveryKeyIsRead) {
  const Config config = parse(R"(
[cluster]
name = "shop"
[listen]
address = "unix:/tmp/u.sock"
admin = "127.0.0.1:9"
user_limit = 50
[listen.tls]
certificate = "c.pem"
key = "k.pem"
ca = "ca.pem"
required = true
[[server]]
name = "a"
address = "[::1]:3306"
zone = "eu-west"
weight = 7
priority = 0
tags = ["analytics"]
[service]
user = "u"
password_env = "DB_PASSWORD"
[reads]
consistency = "bounded"
max_lag = "500ms"
wait = "0s"
balance = "latency"
zone = "eu-west"
primary_reads = "never"
[pool]
max_per_server = 3
idle_timeout = "2m"
wait = "1h"
[monitor]
interval = "50ms"
timeout = "100ms"
[failover]
mode = "manual"
after = "3s"
hold = "4s"
replay = false
rejoin = "manual"
[cache]
enabled = true
size = "2GiB"
[changes]
enabled = false
buffer = "1MiB"
max_subscribers = 7
[cluster.etcd]
endpoints = ["http://127.0.0.1:2379"]
[log]
level = "debug"
format = "json"
)")
                            .value();
  EXPECT_EQ(config.cluster_name, "shop");
  const Listener& listener = config.listen.addresses.at(0);
  EXPECT_EQ(listener.address.unix_path, "/tmp/u.sock");
  EXPECT_EQ(listener.user_limit, 50U);
  EXPECT_TRUE(listener.tls.required);
  EXPECT_EQ(listener.tls.ca.path, "ca.pem");
  const Server& server = config.servers.at(0);
  EXPECT_EQ(server.zone, "eu-west");
  EXPECT_EQ(server.weight, 7U);
  EXPECT_EQ(server.priority, 0U);
  EXPECT_THAT(server.tags, testing::ElementsAre("analytics"));
  EXPECT_EQ(config.service.password, "from-env");
  EXPECT_EQ(config.reads.consistency, Consistency::Bounded);
  EXPECT_EQ(config.reads.max_lag, milliseconds(500));
  EXPECT_EQ(config.reads.wait, seconds(0));
  EXPECT_EQ(config.reads.balance, Balance::Latency);
  EXPECT_EQ(config.reads.primary_reads, PrimaryReads::Never);
  EXPECT_EQ(config.pool.idle_timeout, std::chrono::minutes(2));
  EXPECT_EQ(config.failover.mode, Mode::Manual);
  EXPECT_FALSE(config.failover.replay);
  EXPECT_EQ(config.failover.rejoin, Mode::Manual);
  EXPECT_EQ(config.cache.size_bytes, std::uint64_t{2} << 30);
  EXPECT_FALSE(config.changes.enabled);
  EXPECT_EQ(config.changes.buffer_bytes, 1U << 20);
  EXPECT_EQ(config.changes.max_subscribers, 7U);
  EXPECT_EQ(config.log.level, LogLevel::Debug);
  EXPECT_EQ(config.log.format, LogFormat::Json);
  EXPECT_EQ(unsupported_settings(config).size(), 2U);
}

TEST(ConfigTest, WhatIsCached) {
  const Cache defaults = parse(kShortest).value().cache;
  EXPECT_FALSE(defaults.enabled);
  EXPECT_EQ(defaults.max_result_bytes, 1U << 20);
  EXPECT_TRUE(defaults.tables.empty());
  const Cache cache = parse(std::string(kShortest) + R"([cache]
enabled = true
tables = ["shop.product", "blog.*", "*"]
max_result = "64KiB"
[[cache.rule]]
tables = ["shop.*"]
users = ["report"]
statement = "SELECT %"
cache = false
[[cache.rule]]
cache = true
)")
                          .value()
                          .cache;
  EXPECT_TRUE(cache.enabled);
  EXPECT_EQ(cache.max_result_bytes, 65536U);
  EXPECT_THAT(cache.tables, testing::ElementsAre("shop.product", "blog.*", "*"));
  ASSERT_EQ(cache.rules.size(), 2U);
  EXPECT_THAT(cache.rules[0].tables, testing::ElementsAre("shop.*"));
  EXPECT_THAT(cache.rules[0].users, testing::ElementsAre("report"));
  EXPECT_EQ(cache.rules[0].statement, "SELECT %");
  EXPECT_FALSE(cache.rules[0].cache);
  EXPECT_TRUE(cache.rules[1].cache);
  EXPECT_TRUE(cache.rules[1].tables.empty());
}

TEST(ConfigTest, FailoverAndItsCommands) {
  const Config defaults = parse(kShortest).value();
  EXPECT_EQ(defaults.failover.min_interval, seconds(60));
  EXPECT_EQ(defaults.failover.drain, seconds(10));
  EXPECT_EQ(defaults.failover.long_transactions, LongTransactions::Abort);
  EXPECT_EQ(defaults.failover.save_dir, "");
  EXPECT_EQ(defaults.hooks.rebuild, "");
  EXPECT_EQ(defaults.hooks.timeout, seconds(30));
  const Config config = parse(std::string(kShortest) + R"([failover]
min_interval = "0s"
drain = "3s"
long_transactions = "cut"
save_dir = "/var/lib/understudy"
[hooks]
before_failover = "bf"
after_failover = "af"
before_switchover = "bs"
after_switchover = "as"
timeout = "5s"
rebuild = "copy \"$UNDERSTUDY_SERVER\""
rebuild_timeout = "2h"
)")
                            .value();
  EXPECT_EQ(config.failover.min_interval, seconds(0));
  EXPECT_EQ(config.failover.drain, seconds(3));
  EXPECT_EQ(config.failover.long_transactions, LongTransactions::Cut);
  EXPECT_EQ(config.failover.save_dir, "/var/lib/understudy");
  EXPECT_EQ(config.hooks.before_failover, "bf");
  EXPECT_EQ(config.hooks.after_failover, "af");
  EXPECT_EQ(config.hooks.before_switchover, "bs");
  EXPECT_EQ(config.hooks.after_switchover, "as");
  EXPECT_EQ(config.hooks.timeout, seconds(5));
  EXPECT_EQ(config.hooks.rebuild, "copy \"$UNDERSTUDY_SERVER\"");
  EXPECT_EQ(config.hooks.rebuild_timeout, std::chrono::hours(2));
}

TEST(ConfigTest, SeveralAddressesInheritWhatTheyDoNotSet) {
  const Config config = parse(std::string(kShortest) + R"([listen]
user_limit = 9
address = ["127.0.0.1:1", {address = "127.0.0.1:2", consistency = "strong", user_limit = 4}]
)")
                            .value();
  ASSERT_EQ(config.listen.addresses.size(), 2U);
  EXPECT_EQ(config.listen.addresses[0].user_limit, 9U);
  EXPECT_FALSE(config.listen.addresses[0].consistency.has_value());
  EXPECT_EQ(config.listen.addresses[1].user_limit, 4U);
  EXPECT_EQ(config.listen.addresses[1].consistency, Consistency::Strong);
}

TEST(ConfigTest, WorkersFollowTheMachineUnlessWritten) {
  EXPECT_EQ(parse(kShortest).value().listen.workers, 0U);
  EXPECT_EQ(parse(std::string(kShortest) + "[listen]\nworkers = 3\n").value().listen.workers, 3U);
}

TEST(ConfigTest, PasswordFileLosesItsLineBreak) {
  const Config config =
      parse("servers = [\"h:1\"]\n[service]\nuser = \"u\"\npassword_file = \"/run/secret\"\n")
          .value();
  EXPECT_EQ(config.service.password, "from-file");
}

struct BadCase {
  const char* name;
  std::string text;  // appended to the shortest configuration, whose next line is 5
  const char* start;
  const char* part;
};

class BadConfigTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadConfigTest, NamesFileLineAndKey) {
  const auto result = parse(std::string(kShortest) + GetParam().text);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::Invalid);
  EXPECT_THAT(result.error().message, StartsWith(GetParam().start));
  EXPECT_THAT(result.error().message, HasSubstr(GetParam().part));
  EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadConfigTest,
    testing::Values(
        BadCase{"UnknownKey", "[reads]\nmax_lagg = \"5s\"\n",
                "u.toml:6: reads.max_lagg: ", "did you mean max_lag?"},
        BadCase{"UnknownTable", "[raeds]\n", "u.toml:5: raeds: unknown key", "reads"},
        BadCase{"WrongType", "[reads]\nzone = 5\n", "u.toml:6: reads.zone: is a number", "string"},
        BadCase{"NumberForDuration", "[reads]\nmax_lag = 5\n",
                "u.toml:6: reads.max_lag: ", "\"250ms\""},
        BadCase{"WrongUnit", "[pool]\nwait = \"5 parsecs\"\n", "u.toml:6: pool.wait: ", "unit"},
        BadCase{"HugeDuration", "[pool]\nwait = \"9000h\"\n", "u.toml:6: pool.wait: ", "range"},
        BadCase{"TinyInterval", "[monitor]\ninterval = \"0s\"\n",
                "u.toml:6: monitor.interval: ", "\"5ms\""},
        BadCase{"WrongSize", "[cache]\nsize = \"256MB\"\n", "u.toml:6: cache.size: ", "MiB"},
        BadCase{"WrongWord", "[reads]\nconsistency = \"strict\"\n",
                "u.toml:6: reads.consistency: \"strict\" is not known", "\"strong\""},
        BadCase{"WrongDrain", "[failover]\ndrain = 10\n",
                "u.toml:6: failover.drain: ", "\"250ms\""},
        BadCase{"WrongLongTransactions", "[failover]\n\nlong_transactions = \"kill\"\n",
                "u.toml:7: failover.long_transactions: \"kill\" is not known", "\"cut\""},
        BadCase{"UnknownHook", "[hooks]\nbefore_failovr = \"x\"\n",
                "u.toml:6: hooks.before_failovr: ", "did you mean before_failover?"},
        BadCase{"HookIsNoList", "[hooks]\nrebuild = [\"a\", \"b\"]\n",
                "u.toml:6: hooks.rebuild: is a list", "string"},
        BadCase{"NoHookTimeout", "[hooks]\ntimeout = \"0s\"\n",
                "u.toml:6: hooks.timeout: ", "range"},
        BadCase{"NotABoolean", "[cache]\nenabled = \"yes\"\n",
                "u.toml:6: cache.enabled: ", "true or false"},
        BadCase{"TableWithoutSchema", "[cache]\ntables = [\"product\"]\n",
                "u.toml:6: cache.tables: \"product\" is not understood", "schema.table"},
        BadCase{"AnySchemasTable", "[cache]\ntables = [\"*.product\"]\n",
                "u.toml:6: cache.tables: \"*.product\"", "schema.*"},
        BadCase{"WrongMaxResult", "[cache]\nmax_result = \"0KiB\"\n",
                "u.toml:6: cache.max_result: ", "range"},
        BadCase{"RuleIsNoTable", "[cache]\nrule = [1]\n",
                "u.toml:6: cache.rule: ", "[[cache.rule]]"},
        BadCase{"RuleWithOneBracket", "[cache.rule]\ncache = true\n",
                "u.toml:5: cache.rule: ", "[[cache.rule]]"},
        BadCase{"ChangesBuffer", "[changes]\nbuffer = \"1KiB\"\n",
                "u.toml:6: changes.buffer: ", "range"},
        BadCase{"RuleDoesNotDecide", "[[cache.rule]]\nusers = [\"a\"]\n",
                "u.toml:5: cache.rule.cache: missing", "true"},
        BadCase{"RuleForNobody", "[[cache.rule]]\ncache = true\nusers = []\n",
                "u.toml:7: cache.rule.users: is empty", "leave"},
        BadCase{"RuleForNothing", "[[cache.rule]]\ncache = true\nstatement = \"\"\n",
                "u.toml:7: cache.rule.statement: ", "SELECT %"},
        BadCase{"UnknownKeyOfRule", "[[cache.rule]]\ncache = true\nuser = [\"a\"]\n",
                "u.toml:7: cache.rule.user: unknown key", "did you mean users?"},
        BadCase{"NegativeNumber", "[pool]\nmax_per_server = -1\n",
                "u.toml:6: pool.max_per_server: ", "whole number"},
        BadCase{"EmptyPool", "[pool]\nmax_per_server = 0\n",
                "u.toml:6: pool.max_per_server: ", "write 1"},
        BadCase{"NoWorkers", "[listen]\nworkers = 0\n", "u.toml:6: listen.workers: ", "write 1"},
        BadCase{"ManyWorkers", "[listen]\nworkers = 1025\n", "u.toml:6: listen.workers: ", "1024"},
        BadCase{"BothForms", "[[server]]\nname = \"x\"\naddress = \"h:1\"\n",
                "u.toml:5: server: ", "not both"},
        BadCase{"OpenAdmin", "[listen]\nadmin = \"0.0.0.0:7307\"\n",
                "u.toml:6: listen.admin: ", "loopback"},
        BadCase{"BadListen", "[listen]\naddress = \"nonsense\"\n",
                "u.toml:6: listen.address: ", ""},
        BadCase{"SameListenTwice", "[listen]\naddress = [\"h:1\",\n\"h:1\"]\n",
                "u.toml:7: listen.address: ", "twice"},
        BadCase{"NoListen", "[listen]\naddress = []\n", "u.toml:6: listen.address: ", "write 1"},
        BadCase{"Syntax", "[reads\n", "u.toml:5: ", ""},
        BadCase{"TableIsNoTable", "[[reads]]\n", "u.toml:5: reads: is a list", "[reads]"}),
    [](const auto& test) { return test.param.name; });

struct BadServersCase {
  const char* name;
  const char* text;
  const char* start;
  const char* part;
};

class BadServersTest : public testing::TestWithParam<BadServersCase> {};

TEST_P(BadServersTest, NamesFileLineAndKey) {
  const auto result = parse(GetParam().text);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, StartsWith(GetParam().start));
  EXPECT_THAT(result.error().message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadServersTest,
    testing::Values(
        BadServersCase{"NoService", "servers = [\"h:1\"]\n", "u.toml:1: service: missing",
                       "[service]"},
        BadServersCase{"NoServers", "[service]\nuser=\"u\"\npassword=\"\"\n",
                       "u.toml:1: servers: ", "name 1"},
        BadServersCase{"NoPassword", "servers=[\"h:1\"]\n[service]\nuser=\"u\"\n",
                       "u.toml:2: service.password: ", "exactly one"},
        BadServersCase{"TwoPasswords",
                       "servers=[\"h:1\"]\n[service]\nuser=\"u\"\npassword=\"a\"\n"
                       "password_env=\"B\"\n",
                       "u.toml:4: service.password: ", "exactly one"},
        BadServersCase{"NoSuchVariable",
                       "servers=[\"h:1\"]\n[service]\nuser=\"u\"\npassword_env=\"NOPE\"\n",
                       "u.toml:4: service.password_env: ", "NOPE"},
        BadServersCase{"NoSuchFile",
                       "servers=[\"h:1\"]\n[service]\nuser=\"u\"\npassword_file=\"/x\"\n",
                       "u.toml:4: service.password_file: ", "/x"},
        BadServersCase{"TwoOfOneName",
                       "[[server]]\nname=\"a\"\naddress=\"h:1\"\n[[server]]\nname=\"a\"\n"
                       "address=\"h:2\"\n[service]\nuser=\"u\"\npassword=\"\"\n",
                       "u.toml:5: server.name: two servers are called a", "own name"},
        BadServersCase{"TwoOfOneAddress",
                       "[[server]]\nname=\"a\"\naddress=\"h:1\"\n[[server]]\nname=\"b\"\n"
                       "address=\"h:1\"\n[service]\nuser=\"u\"\npassword=\"\"\n",
                       "u.toml:6: server.address: h:1 is the address of two servers", "a and b"},
        BadServersCase{"SameAddressInShortForm",
                       "servers=[\"h:1\",\n\"h:1\"]\n[service]\nuser=\"u\"\npassword=\"\"\n",
                       "u.toml:2: servers: h:1", "db1 and db2"},
        BadServersCase{"NoName", "[[server]]\naddress=\"h:1\"\n", "u.toml:1: server.name: missing",
                       ""},
        BadServersCase{"NameWithSpace", "[[server]]\nname=\"a b\"\naddress=\"h:1\"\n",
                       "u.toml:2: server.name: ", "letters"},
        BadServersCase{"NoAddress", "[[server]]\nname=\"a\"\n", "u.toml:1: server.address: missing",
                       ""},
        BadServersCase{"OneBracket", "[server]\nname=\"a\"\n", "u.toml:1: server: ", "[[server]]"}),
    [](const auto& test) { return test.param.name; });

TEST(UnitsTest, DurationsNeedANumberAndAUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("2m"), seconds(120));
  EXPECT_EQ(parse_duration("0s"), seconds(0));
  for (const char* bad :
       {"", "5", "s", "-1s", "1.5s", "5 s", "5S", "99999999999999999999s", "9999999999999h", "5sx"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  for (const char* text : {"250ms", "5s", "2m", "1h", "0s", "7us"})
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
}

TEST(UnitsTest, SizesAreBytesOrBinaryUnits) {
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("1KiB"), 1024U);
  EXPECT_EQ(parse_size("256MiB"), 256U << 20);
  for (const char* bad : {"", "MiB", "1MB", "-1", "1 KiB", "99999999999GiB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

}  // namespace
}  // namespace understudy::config
