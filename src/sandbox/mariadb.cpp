#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "sandbox/flavour.h"
#include "sandbox/mariadb_backup.h"
#include "sandbox/mariadb_files.h"
#include "sandbox/process.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

// What went wrong, without the advice around it; everything if no line says so.
std::string error_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string errors;
  for (std::string line; std::getline(lines, line);)
    if (line.find("ERROR") != std::string::npos) errors += " " + line;
  return errors.empty() ? " " + text : errors;
}

class MariaDb final : public Flavour {
 public:
  Result<fs::path> find_server(const fs::path& named) const override {
    if (!named.empty()) return named;
    return find_program("mariadbd", "mariadb-server-core");
  }

  std::string settings(const ServerPaths& server, const State& state, std::uint32_t index,
                       bool as_root) const override {
    return mariadb_settings(server, state, index, as_root);
  }
  std::string accounts(const State& state) const override { return mariadb_accounts(state); }

  Result<void> install(const fs::path& datadir, const fs::path& accounts,
                       const State& state) const override {
    auto program =
        find_program("mariadb-install-db", "mariadb-server-core", state.programs_folder());
    if (!program) return program.error();
    std::vector<std::string> command{program->string(),
                                     "--no-defaults",
                                     "--datadir=" + datadir.string(),
                                     "--tmpdir=" + datadir.parent_path().string(),
                                     "--auth-root-authentication-method=socket",
                                     "--skip-test-db",
                                     "--skip-name-resolve",
                                     "--innodb-log-file-size=32M",
                                     "--innodb-flush-log-at-trx-commit=0",
                                     "--extra-file=" + accounts.string()};
    if (::geteuid() == 0) command.emplace_back("--user=root");
    auto output = run(command);
    if (!output) return output.error();
    if (output->exit_status == 0) return {};
    return make_error(ErrorKind::Unreachable,
                      fmt::format("mariadb-install-db failed with status {}:{}",
                                  output->exit_status, error_lines(output->text)));
  }

  std::vector<std::string> primary_arguments(const State& state) const override {
    std::vector<std::string> arguments{"--read-only=0"};
    if (state.semi_sync) arguments.emplace_back("--rpl-semi-sync-master-enabled=1");
    return arguments;
  }
  std::vector<std::string> replica_arguments() const override { return {"--init-rpl-role=SLAVE"}; }

  std::string open(const State& state) const override {
    std::string sql;
    if (state.semi_sync) sql += "SET GLOBAL rpl_semi_sync_master_enabled=1;\n";
    return sql + "SET GLOBAL read_only=0;\n";
  }

  std::string replicate(const ServerPaths& primary, const State& state,
                        std::string_view position) const override {
    std::string sql;
    if (!position.empty()) sql = fmt::format("SET GLOBAL gtid_slave_pos='{}';\n", position);
    return sql + fmt::format(
                     "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, "
                     "MASTER_USER='replication', MASTER_PASSWORD='{}', MASTER_USE_GTID=slave_pos, "
                     "MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=0.25;\n"
                     "START SLAVE;\n",
                     primary.port, state.replication_password);
  }

  std::string look() const override {
    return "SELECT @@read_only AS read_only, @@gtid_binlog_pos AS position\\G\n"
           "SHOW SLAVE STATUS\\G\n";
  }
  SeenServer read_look(const std::string& answer) const override {
    SeenServer seen{.answers = true};
    seen.writable = value_after(answer, "read_only: ") == "0";
    seen.position = value_after(answer, "position: ");
    const std::string port = value_after(answer, "Master_Port: ");
    std::from_chars(port.data(), port.data() + port.size(), seen.source_port);
    seen.replicates = value_after(answer, "Slave_IO_Running: ") == "Yes" &&
                      value_after(answer, "Slave_SQL_Running: ") == "Yes";
    seen.complaint = value_after(answer, "Last_IO_Error: ");
    return seen;
  }

  Result<std::string> copy_data(const ServerPaths& source, const ServerPaths& server,
                                const State& state) const override {
    return back_up(source, server, state);
  }
  std::vector<std::string> copy_arguments() const override { return {}; }
  std::string after_copy() const override { return {}; }
};

}  // namespace

const Flavour& mariadb() {
  static const MariaDb flavour;
  return flavour;
}

}  // namespace understudy::sandbox
