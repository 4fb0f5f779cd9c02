#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "sandbox/flavour.h"
#include "sandbox/process.h"
#include "sandbox/roles.h"
#include "sandbox/sandbox.h"
#include "sandbox/state.h"

namespace understudy::sandbox {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "sandbox_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(SandboxTest, RunHandsOverInputAndEnvironmentAndCollectsOutput) {
  const auto output = run({"/bin/sh", "-c", "cat; echo $WORD >&2; exit 3"}, "in\n", {"WORD=out"});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->exit_status, 3);
  EXPECT_EQ(output->text, "in\nout\n");
}

TEST_F(SandboxTest, AProgramThatIsNotThereIsNamed) {
  EXPECT_FALSE(run({"/no/such/program"}).ok());
  const auto found = find_program("no-such-program", "its-package");
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error().message, HasSubstr("its-package"));
}

TEST_F(SandboxTest, AProcessIsKnownByItsArgument) {
  const auto pid = spawn_detached({"/bin/sleep", "60"}, directory_ / "log");
  ASSERT_TRUE(pid.ok());
  EXPECT_TRUE(
      wait_until(seconds(5), [&] { return process_state(*pid, "60") == ServerState::Running; }));
  EXPECT_EQ(process_state(*pid, "6"), ServerState::Dead) << "another program with that number";
  ::kill(*pid, SIGSTOP);
  EXPECT_TRUE(
      wait_until(seconds(5), [&] { return process_state(*pid, "60") == ServerState::Paused; }));
  ::kill(*pid, SIGKILL);
  EXPECT_TRUE(wait_until(seconds(5), [&] {
    return process_state(*pid, "60") == ServerState::Dead;
  })) << "a zombie is dead";
  EXPECT_EQ(::waitpid(*pid, nullptr, 0), *pid);
}

TEST_F(SandboxTest, AProcessIsKnownAsSoonAsItWasStarted) {
  for (int i = 0; i < 50; ++i) {
    const auto pid = spawn_detached({"/bin/sleep", "60"}, directory_ / "log");
    ASSERT_TRUE(pid.ok());
    EXPECT_EQ(process_state(*pid, "60"), ServerState::Running);
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
  }
}

TEST_F(SandboxTest, StateSurvivesAndIsPrivate) {
  EXPECT_FALSE(load_state(directory_).value().has_value());
  State state;
  state.flavour = "mysql";
  state.server_program = "/somewhere/mysqld";
  state.replicas = 4;
  state.port = 9000;
  state.semi_sync = true;
  state.service_password = "s";
  state.replication_password = "r";
  ASSERT_TRUE(save_state(directory_, state).ok());
  const State loaded = load_state(directory_).value().value();
  EXPECT_EQ(&flavour_of(loaded), &mysql());
  EXPECT_EQ(loaded.programs_folder(), "/somewhere");
  EXPECT_EQ(loaded.server_count(), 5U);
  EXPECT_EQ(loaded.port, 9000);
  EXPECT_EQ(loaded.service_password, "s");
  EXPECT_EQ(std::filesystem::status(directory_ / "sandbox.json").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_TRUE(write_file(directory_ / "sandbox.json", "{").ok());
  EXPECT_THAT(load_state(directory_).error().message, HasSubstr("damaged"));
}

TEST_F(SandboxTest, EveryServerStartsReadOnlyUnlessItIsToldOtherwise) {
  State state;
  const auto servers = servers_of(directory_, state);
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(servers[2].name, "db3");
  EXPECT_EQ(servers[2].port, 7313);
  state.semi_sync = true;
  for (std::uint32_t index = 0; index < servers.size(); ++index) {
    for (const Flavour* flavour : {&mariadb(), &mysql()}) {
      const std::string text = flavour->settings(servers[index], state, index, index == 1);
      EXPECT_THAT(text, HasSubstr("\nread_only=1\n"));
      EXPECT_EQ(text.find("user=root") != std::string::npos, index == 1);
    }
    EXPECT_THAT(mariadb().settings(servers[index], state, index, false),
                HasSubstr("rpl_semi_sync_master_enabled=0\n"));
    const std::string of_mysql = mysql().settings(servers[index], state, index, false);
    EXPECT_THAT(of_mysql, HasSubstr("\nsuper_read_only=1\n"));
    EXPECT_THAT(of_mysql, HasSubstr("rpl_semi_sync_source_enabled=0\n"));
  }
}

TEST_F(SandboxTest, APrimaryStartsOpenAndWithItsSideOfSemiSync) {
  State state;
  EXPECT_THAT(mariadb().primary_arguments(state), ElementsAre("--read-only=0"));
  EXPECT_THAT(mysql().primary_arguments(state),
              ElementsAre("--read-only=0", "--super-read-only=0"));
  state.semi_sync = true;
  EXPECT_THAT(mariadb().primary_arguments(state),
              ElementsAre("--read-only=0", "--rpl-semi-sync-master-enabled=1"));
  EXPECT_THAT(mysql().primary_arguments(state), ElementsAre("--read-only=0", "--super-read-only=0",
                                                            "--rpl-semi-sync-source-enabled=1"));
}

struct LookCase {
  const char* name;
  const Flavour& (*flavour)();
  const char* answer;
  SeenServer expected;
};

class LookTest : public testing::TestWithParam<LookCase> {};

TEST_P(LookTest, AServerSaysWhatItIs) {
  const SeenServer seen = GetParam().flavour().read_look(GetParam().answer);
  const SeenServer& expected = GetParam().expected;
  EXPECT_TRUE(seen.answers);
  EXPECT_EQ(seen.writable, expected.writable);
  EXPECT_EQ(seen.source_port, expected.source_port);
  EXPECT_EQ(seen.position, expected.position);
  EXPECT_EQ(seen.replicates, expected.replicates);
  EXPECT_EQ(seen.complaint, expected.complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Flavours, LookTest,
    testing::Values(
        LookCase{"FreshMariaDb", &mariadb, "read_only: 0\n position: \n", {.writable = true}},
        LookCase{"MariaDbReplica",
                 &mariadb,
                 "read_only: 1\nposition: 0-1-5\nMaster_Port: 7311\nSlave_IO_Running: Yes\n"
                 "Slave_SQL_Running: Yes\nLast_IO_Error: \n",
                 {.source_port = 7311, .position = "0-1-5", .replicates = true}},
        LookCase{"MySqlPrimary",
                 &mysql,
                 "read_only: 0\nposition: 2031890a-ea45-11f1-939c-02fc00000001:1-5\n",
                 {.writable = true, .position = "2031890a-ea45-11f1-939c-02fc00000001:1-5"}},
        LookCase{"MySqlReplicaThatHearsNothing",
                 &mysql,
                 "read_only: 1\nposition: \nSource_Port: 7311\nReplica_IO_Running: Connecting\n"
                 "Replica_SQL_Running: Yes\nLast_IO_Error: refused\n",
                 {.source_port = 7311, .complaint = "refused"}}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

TEST_F(SandboxTest, ThePrimaryIsTheOneThatTheOthersFollow) {
  const auto servers = servers_of(directory_, State());
  const SeenServer alone{.answers = true};
  const SeenServer open{.answers = true, .writable = true};
  const SeenServer of_db2{.answers = true, .source_port = 7312};
  EXPECT_EQ(find_primary(servers, {open, of_db2, of_db2}), 0U);
  EXPECT_EQ(find_primary(servers, {open, alone, of_db2}), 1U) << "db1 is an old primary";
  EXPECT_EQ(find_primary(servers, {alone, open, alone}), 1U);
  EXPECT_EQ(find_primary(servers, {alone, alone, alone}), 0U);
  EXPECT_EQ(find_primary(servers, {{}, alone, of_db2}), 1U) << "db1 does not answer";
  EXPECT_EQ(find_primary(servers, {of_db2, of_db2, of_db2}), std::nullopt);
}

TEST_F(SandboxTest, AReplicaStartsFromAPositionIfThereIsOne) {
  const State state;
  const auto servers = servers_of(directory_, state);
  EXPECT_THAT(mariadb().replicate(servers[0], state, ""), StartsWith("CHANGE MASTER TO"));
  EXPECT_THAT(mariadb().replicate(servers[0], state, "0-1-7"),
              StartsWith("SET GLOBAL gtid_slave_pos='0-1-7';\nCHANGE MASTER TO"));
}

TEST_F(SandboxTest, EachServerHasItsTemporaryTablesToItself) {
  const State state;
  for (const ServerPaths& server : servers_of(directory_, state)) {
    const std::string own = "tmpdir=" + (directory_ / server.name).string() + "\n";
    EXPECT_THAT(mariadb().settings(server, state, 0, false), HasSubstr(own));
    EXPECT_THAT(mysql().settings(server, state, 0, false), HasSubstr(own));
  }
}

TEST_F(SandboxTest, WrongOptionsSayWhatToDo) {
  const auto refused = [&](const UpOptions& options) {
    return up(directory_, options).error().message;
  };
  UpOptions options;
  options.flavour = "oracle";
  EXPECT_THAT(refused(options), HasSubstr("mariadb or mysql"));
  options = {};
  options.server_program = directory_ / "missing";
  EXPECT_THAT(refused(options), HasSubstr("missing is no program"));
  options = {};
  options.replicas = 99;
  EXPECT_THAT(refused(options), HasSubstr("at most 15"));
  options = {};
  options.port = 80;
  EXPECT_THAT(refused(options), HasSubstr("out of range"));
  State state;
  ASSERT_TRUE(save_state(directory_, state).ok());
  options = {};
  options.replicas = 1;
  EXPECT_THAT(refused(options), HasSubstr("2 replicas from port 7311"));
  options = {};
  options.flavour = "mysql";
  EXPECT_THAT(refused(options), HasSubstr("a mariadb sandbox"));
}

TEST_F(SandboxTest, WhatIsNoSandboxIsSaid) {
  EXPECT_THAT(sandbox::status(directory_).error().message, HasSubstr("sandbox up"));
  EXPECT_FALSE(down(directory_ / "missing").ok());
  ASSERT_TRUE(save_state(directory_, State()).ok());
  EXPECT_EQ(sandbox::status(directory_).value().at(0).state, ServerState::Dead);
  EXPECT_THAT(signal(directory_, "db9", ServerSignal::Kill).error().message,
              HasSubstr("db1 to db3"));
  EXPECT_THAT(signal(directory_, "db1", ServerSignal::Kill).error().message,
              HasSubstr("not running"));
  EXPECT_TRUE(down(directory_).ok());
}

}  // namespace
}  // namespace understudy::sandbox
