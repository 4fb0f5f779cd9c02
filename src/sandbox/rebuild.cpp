#include "sandbox/rebuild.h"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <system_error>

#include "sandbox/process.h"
#include "sandbox/servers.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackage = "mariadb-backup";

// The data that a server had, until the new ones are in use.
class OldData {
 public:
  explicit OldData(const ServerPaths& server)
      : datadir_(server.datadir), aside_(server.folder / "data.before") {}

  Result<void> move_aside() const {
    std::error_code error;
    fs::remove_all(aside_, error);
    fs::rename(datadir_, aside_, error);
    if (!error) fs::create_directory(datadir_, error);
    return error ? cannot("move aside", error) : Result<void>();
  }
  Result<void> restore() const {
    std::error_code error;
    fs::remove_all(datadir_, error);
    fs::rename(aside_, datadir_, error);
    return error ? cannot("restore", error) : Result<void>();
  }
  void remove() const {
    std::error_code ignored;
    fs::remove_all(aside_, ignored);
  }

 private:
  [[nodiscard]] Error cannot(const char* what, const std::error_code& error) const {
    return make_error(ErrorKind::Unreachable,
                      fmt::format("cannot {} {}: {}", what, datadir_.string(), error.message()));
  }
  const fs::path datadir_;
  const fs::path aside_;
};

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
  auto backup = find_program("mariadb-backup", kPackage);
  if (!backup) return backup.error();
  auto unpack = find_program("mbstream", kPackage);
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

Result<void> prepare_copy(const ServerPaths& server) {
  auto backup = find_program("mariadb-backup", kPackage);
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

Result<void> replace_data(const ServerPaths& server, const ServerPaths& source,
                          const ServerPaths& primary, const State& state) {
  if (auto copied = stream_copy(source, server, state); !copied) return copied;
  if (auto prepared = prepare_copy(server); !prepared) return prepared;
  if (auto launched = launch(server); !launched) return launched;
  if (auto ready = wait_ready(server); !ready) return ready;
  return wait_replicating(server, primary, state, position_of_copy(server));
}

}  // namespace

Result<void> rebuild_server(const ServerPaths& server, const ServerPaths& source,
                            const ServerPaths& primary, const State& state) {
  if (server.name == source.name || server.name == primary.name)
    return make_error(ErrorKind::Invalid,
                      fmt::format("{} cannot be rebuilt from itself", server.name));
  if (status_of(source).state != ServerState::Running)
    return make_error(ErrorKind::Invalid, fmt::format("{} is not running", source.name));
  end_all({server});
  const OldData old(server);
  if (auto moved = old.move_aside(); !moved) return moved;
  if (auto replaced = replace_data(server, source, primary, state); !replaced) {
    end_all({server});
    if (auto restored = old.restore(); !restored) return restored;
    return replaced;
  }
  old.remove();
  return {};
}

}  // namespace understudy::sandbox
