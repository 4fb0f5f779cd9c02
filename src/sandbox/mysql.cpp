#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "sandbox/flavour.h"
#include "sandbox/mysql_files.h"
#include "sandbox/process.h"
#include "sandbox/servers.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAdvice =
    "no MySQL server was found; tools/get_mysql.sh fetches one, --server-program names another";

// Where tools/get_mysql.sh puts a server.
fs::path fetched_server() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return fs::path(cache) / "understudy/mysql/mysqld";
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "/" : home) / ".cache/understudy/mysql/mysqld";
}

// MariaDB installs a program of this name, too.
bool is_mysql(const fs::path& program) {
  const auto output = run({program.string(), "--version"});
  return output.ok() && output->exit_status == 0 &&
         output->text.find("MariaDB") == std::string::npos;
}

std::string error_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string errors;
  for (std::string line; std::getline(lines, line);)
    if (line.find("[ERROR]") != std::string::npos) errors += " " + line;
  return errors.empty() ? " " + text : errors;
}

class MySql final : public Flavour {
 public:
  Result<fs::path> find_server(const fs::path& named) const override {
    if (!named.empty()) return named;
    if (fs::path fetched = fetched_server(); ::access(fetched.c_str(), X_OK) == 0) return fetched;
    auto installed = find_program("mysqld", "mysql-server-core");
    if (installed && is_mysql(*installed)) return installed;
    return make_error(ErrorKind::Unreachable, kAdvice);
  }

  std::string settings(const ServerPaths& server, const State& state, std::uint32_t index,
                       bool as_root) const override {
    return mysql_settings(server, state, index, as_root);
  }
  std::string accounts(const State& state) const override { return mysql_accounts(state); }

  Result<void> install(const fs::path& datadir, const fs::path& accounts,
                       const State& state) const override {
    // It need not survive a failure of power: nosync saves most of the time on a slow disk.
    std::vector<std::string> command{state.server_program,
                                     "--no-defaults",
                                     "--initialize-insecure",
                                     "--datadir=" + datadir.string(),
                                     "--tmpdir=" + datadir.parent_path().string(),
                                     "--init-file=" + accounts.string(),
                                     "--skip-log-bin",
                                     "--performance-schema=OFF",
                                     "--innodb-redo-log-capacity=64M",
                                     "--innodb-doublewrite=OFF",
                                     "--innodb-flush-method=nosync"};
    if (::geteuid() == 0) command.emplace_back("--user=root");
    auto output = run(command);
    if (!output) return output.error();
    if (output->exit_status != 0)
      return make_error(
          ErrorKind::Unreachable,
          fmt::format("{} --initialize-insecure failed with status {}:{}", state.server_program,
                      output->exit_status, error_lines(output->text)));
    std::error_code error;
    fs::remove(datadir / "auto.cnf", error);  // each server makes up a UUID of its own
    return {};
  }

  std::vector<std::string> primary_arguments(const State& state) const override {
    std::vector<std::string> arguments{"--read-only=0", "--super-read-only=0"};
    if (state.semi_sync) arguments.emplace_back("--rpl-semi-sync-source-enabled=1");
    return arguments;
  }
  // MySQL commits whatever is in its binary log.
  std::vector<std::string> replica_arguments() const override { return {}; }

  std::string open(const State& state) const override {
    std::string sql;
    if (state.semi_sync) sql += "SET GLOBAL rpl_semi_sync_source_enabled=1;\n";
    return sql + "SET GLOBAL read_only=0;\n";  // super_read_only goes with it
  }

  std::string replicate(const ServerPaths& primary, const State& state,
                        std::string_view /*position*/) const override {
    // The password goes encrypted by the source's RSA key. Without a retry count a replica gives
    // up after ten attempts.
    return fmt::format(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={}, "
        "SOURCE_USER='replication', SOURCE_PASSWORD='{}', SOURCE_AUTO_POSITION=1, "
        "GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=86400, "
        "SOURCE_HEARTBEAT_PERIOD=0.25;\n"
        "START REPLICA;\n",
        primary.port, state.replication_password);
  }

  std::string look() const override {
    return "SELECT @@read_only AS read_only, @@gtid_executed AS position\\G\n"
           "SHOW REPLICA STATUS\\G\n";
  }
  SeenServer read_look(const std::string& answer) const override {
    SeenServer seen{.answers = true};
    seen.writable = value_after(answer, "read_only: ") == "0";
    seen.position = value_after(answer, "position: ");
    const std::string port = value_after(answer, "Source_Port: ");
    std::from_chars(port.data(), port.data() + port.size(), seen.source_port);
    seen.replicates = value_after(answer, "Replica_IO_Running: ") == "Yes" &&
                      value_after(answer, "Replica_SQL_Running: ") == "Yes";
    seen.complaint = value_after(answer, "Last_IO_Error: ");
    return seen;
  }

  Result<std::string> copy_data(const ServerPaths& source, const ServerPaths& server,
                                const State& state) const override {
    std::error_code error;
    fs::remove(server.datadir, error);  // the plugin wants to make it itself
    auto cloned = run_sql(
        source, state, fmt::format("CLONE LOCAL DATA DIRECTORY '{}';\n", server.datadir.string()));
    if (!cloned) return cloned.error();
    return std::string();
  }
  // A replica's copy would replicate as that does.
  std::vector<std::string> copy_arguments() const override { return {"--skip-replica-start"}; }
  std::string after_copy() const override { return "RESET REPLICA ALL;\n"; }
};

}  // namespace

const Flavour& mysql() {
  static const MySql flavour;
  return flavour;
}

}  // namespace understudy::sandbox
