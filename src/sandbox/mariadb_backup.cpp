#include "sandbox/mariadb_backup.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "sandbox/process.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackage = "mariadb-backup";

// Whether mariadb-backup ended well; it says so in the last line. Error: its last words.
Result<void> check_backup(const std::string& step, const std::string& log) {
  if (log.find("completed OK!") != std::string::npos) return {};
  const std::size_t end = log.find_last_not_of("\n ");
  if (end == std::string::npos)
    return make_error(ErrorKind::Unreachable, fmt::format("{}: it says nothing", step));
  const std::size_t line = log.rfind('\n', end);
  const std::size_t begin = line == std::string::npos ? 0 : line + 1;
  return make_error(ErrorKind::Unreachable,
                    fmt::format("{}: {}", step, log.substr(begin, end + 1 - begin)));
}

// Streams a copy of a running server's data into `target`, which is empty. The password goes in a
// file that only its owner can read.
Result<void> stream_copy(const ServerPaths& source, const ServerPaths& server, const State& state) {
  auto backup = find_program("mariadb-backup", kPackage, state.programs_folder());
  if (!backup) return backup.error();
  auto unpack = find_program("mbstream", kPackage, state.programs_folder());
  if (!unpack) return unpack.error();
  const fs::path options = server.folder / "backup.cnf";
  const fs::path log = server.folder / "backup.log";
  const std::string text =
      fmt::format("[mariadb-backup]\nuser=understudy\npassword={}\nsocket={}\ndatadir={}\n",
                  state.service_password, source.socket.string(), source.datadir.string());
  if (auto written = write_file(options, text); !written) return written;
  auto output = run({"/bin/sh", "-c",
                     R"("$1" --defaults-file="$3" --backup --stream=xbstream --target-dir="$5" )"
                     R"(2>"$4" | "$2" -x -C "$5")",
                     "sh", backup->string(), unpack->string(), options.string(), log.string(),
                     server.datadir.string()});
  std::error_code ignored;
  fs::remove(options, ignored);
  if (!output) return output.error();
  if (output->exit_status != 0)
    return make_error(ErrorKind::Unreachable, fmt::format("mbstream: {}", output->text));
  std::ifstream file(log);
  return check_backup("mariadb-backup --backup", {std::istreambuf_iterator<char>(file), {}});
}

Result<void> prepare_copy(const ServerPaths& server, const State& state) {
  auto backup = find_program("mariadb-backup", kPackage, state.programs_folder());
  if (!backup) return backup.error();
  auto output = run(
      {backup->string(), "--no-defaults", "--prepare", "--target-dir=" + server.datadir.string()});
  if (!output) return output.error();
  return check_backup("mariadb-backup --prepare", output->text);
}

// The GTIDs of the last transactions in the copy: the third word of this file. Empty if the source
// has never written to its binary log.
std::string position_of_copy(const ServerPaths& server) {
  std::ifstream file(server.datadir / "xtrabackup_binlog_info");
  std::string log, offset, position;
  file >> log >> offset >> position;
  return position;
}

}  // namespace

Result<std::string> back_up(const ServerPaths& source, const ServerPaths& server,
                            const State& state) {
  if (auto copied = stream_copy(source, server, state); !copied) return copied.error();
  if (auto prepared = prepare_copy(server, state); !prepared) return prepared.error();
  return position_of_copy(server);
}

}  // namespace understudy::sandbox
