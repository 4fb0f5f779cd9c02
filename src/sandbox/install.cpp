#include "sandbox/install.h"

#include <fmt/format.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <system_error>

#include "sandbox/process.h"
#include "sandbox/server_files.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

Error cannot(const char* what, const fs::path& path, const std::error_code& error) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("cannot {} {}: {}", what, path.string(), error.message()));
}

// What went wrong, without the advice around it; everything if no line says so.
std::string error_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string errors;
  for (std::string line; std::getline(lines, line);)
    if (line.find("ERROR") != std::string::npos) errors += " " + line;
  return errors.empty() ? " " + text : errors;
}

Result<void> install_template(const fs::path& datadir, const fs::path& accounts) {
  auto program = find_program("mariadb-install-db", "mariadb-server-core");
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
                    fmt::format("mariadb-install-db failed with status {}:{}", output->exit_status,
                                error_lines(output->text)));
}

Result<void> copy_server(const fs::path& from, const ServerPaths& server, const State& state,
                         std::uint32_t index) {
  std::error_code error;
  fs::create_directories(server.folder, error);
  if (error) return cannot("create", server.folder, error);
  fs::remove_all(server.datadir, error);
  fs::copy(from, server.datadir, fs::copy_options::recursive, error);
  if (error) return cannot("fill", server.datadir, error);
  return write_file(server.settings, settings_text(server, state, index, ::geteuid() == 0));
}

}  // namespace

Result<void> install(const fs::path& directory, const State& state,
                     const std::vector<ServerPaths>& servers) {
  const fs::path datadir = directory / "template";
  const fs::path accounts = directory / "accounts.sql";
  std::error_code error;
  fs::remove_all(datadir, error);
  if (auto written = write_file(accounts, accounts_sql(state)); !written) return written;
  if (auto installed = install_template(datadir, accounts); !installed) return installed;
  for (std::uint32_t index = 0; index < servers.size(); ++index)
    if (auto copied = copy_server(datadir, servers[index], state, index); !copied) return copied;
  fs::remove_all(datadir, error);
  fs::remove(accounts, error);
  return {};
}

}  // namespace understudy::sandbox
