#include "control/rebuilder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <utility>

namespace understudy::control {
namespace {

constexpr Duration kSaveTimeout = std::chrono::minutes(10);

// Everything comes in variables, so that nothing has to be quoted. The statements that
// mariadb-binlog writes can be run as they are (BINLOG); the rows are readable in comments beside
// them. A file that is not whole does not keep its name. A log may end before them: a disk that was
// full took the numbers and not the events.
constexpr std::string_view kSave = R"(set -e
umask 077
if [ -n "$SOCKET" ]; then to="--protocol=socket --socket=$SOCKET"; else
  to="--protocol=tcp --host=$HOST --port=$PORT"; fi
first=$(mariadb --no-defaults $to --user="$SERVICE_USER" -N -B -e 'SHOW BINARY LOGS' |
  head -n 1 | cut -f 1)
[ -n "$first" ] || { echo 'it shows no binary log'; exit 1; }
words=$(mariadb-binlog --no-defaults $to --user="$SERVICE_USER" --read-from-remote-server \
  --to-last-log --verbose ${COMMON:+--start-position=$COMMON} --result-file="$FILE.part" \
  "$first" 2>&1) || case $words in
    *'never reached expected GTID state'*)
      echo "-- The binary log ends at $COMMON: what came after was never written to it." \
        > "$FILE.part" ;;
    *) echo "$words"; exit 1 ;;
  esac
mv "$FILE.part" "$FILE"
)";

// Of MySQL, where a log is read by the GTIDs themselves.
constexpr std::string_view kSaveMySql = R"(set -e
umask 077
if [ -n "$SOCKET" ]; then to="--protocol=socket --socket=$SOCKET"; else
  to="--protocol=tcp --host=$HOST --port=$PORT"; fi
first=$(mysql --no-defaults $to --user="$SERVICE_USER" -N -B -e 'SHOW BINARY LOGS' |
  head -n 1 | cut -f 1)
[ -n "$first" ] || { echo 'it shows no binary log'; exit 1; }
mysqlbinlog --no-defaults $to --user="$SERVICE_USER" --read-from-remote-server --to-last-log \
  --verbose --include-gtids="$EXTRA" --result-file="$FILE.part" "$first"
mv "$FILE.part" "$FILE"
)";

std::string words_of(const Result<CommandResult>& result) {
  if (!result.ok()) return result.error().message;
  return fmt::format("exit status {}: {}", result->exit_status, one_line(result->output));
}

bool succeeded(const Result<CommandResult>& result) {
  return result.ok() && result->exit_status == 0;
}

}  // namespace

struct Rebuilder::Job {
  DivergedServer diverged;
  std::unique_ptr<RunningCommand> command;
};

Rebuilder::Rebuilder(net::Loop& loop, EventLog& events, const config::Config& config)
    : loop_(loop), events_(events), config_(config) {}

Rebuilder::~Rebuilder() = default;

void Rebuilder::rebuild(DivergedServer diverged) {
  std::unique_ptr<Job>& job = jobs_[diverged.server.name];
  if (job) return;
  job = std::make_unique<Job>();
  job->diverged = std::move(diverged);
  save(*job);
}

std::string Rebuilder::new_file(const DivergedServer& diverged) const {
  const auto now = std::chrono::system_clock::now();
  const std::string name =
      fmt::format("{}-{}-{:%Y%m%dT%H%M%SZ}.sql", diverged.cluster, diverged.server.name,
                  fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  return (std::filesystem::path(config_.failover.save_dir) / name).string();
}

void Rebuilder::save(Job& job) {
  const Address& address = job.diverged.server.address;
  const std::string file = new_file(job.diverged);
  CommandRequest request;
  request.command = job.diverged.flavour == replication::Flavour::MySql ? kSaveMySql : kSave;
  request.timeout = kSaveTimeout;
  request.environment = {{"HOST", address.host},
                         {"PORT", fmt::to_string(address.port)},
                         {"SOCKET", address.is_unix() ? address.unix_path : ""},
                         {"SERVICE_USER", config_.service.user},
                         {"MYSQL_PWD", config_.service.password},
                         {"COMMON", job.diverged.common},
                         {"EXTRA", job.diverged.extra},
                         {"FILE", file}};
  job.command = std::make_unique<RunningCommand>(
      loop_, request,
      [this, &job, file](const Result<CommandResult>& result) { saved(job, result, file); });
}

void Rebuilder::saved(Job& job, const Result<CommandResult>& result, const std::string& file) {
  if (!succeeded(result))
    return fail(job, "its transactions could not be saved: " + words_of(result));
  events_.add(
      "extra_transactions_saved",
      {{"server", job.diverged.server.name}, {"gtids", job.diverged.extra}, {"file", file}});
  copy(job);
}

void Rebuilder::copy(Job& job) {
  const DivergedServer& diverged = job.diverged;
  const auto request =
      rebuild_command(config_.hooks, {diverged.cluster, diverged.epoch,
                                      "it has transactions of its own: " + diverged.extra,
                                      diverged.server, diverged.source, diverged.primary});
  if (!request) {
    events_.add("rebuild_needed",
                {{"server", diverged.server.name},
                 {"reason", "it has transactions of its own, and hooks.rebuild is not set"}});
    return end(job);
  }
  events_.add("rebuild_started",
              {{"server", diverged.server.name}, {"source", diverged.source.name}});
  job.command = std::make_unique<RunningCommand>(
      loop_, *request, [this, &job](const Result<CommandResult>& result) { copied(job, result); });
}

void Rebuilder::copied(Job& job, const Result<CommandResult>& result) {
  if (!succeeded(result)) return fail(job, words_of(result));
  events_.add("rebuild_done", {{"server", job.diverged.server.name}});
  end(job);
}

void Rebuilder::fail(Job& job, const std::string& why) {
  events_.add("rebuild_failed", {{"server", job.diverged.server.name}, {"reason", why}});
  end(job);
}

// Its command is calling.
void Rebuilder::end(Job& job) {
  const auto found = jobs_.find(job.diverged.server.name);
  loop_.post([gone = std::move(found->second)] {});
  jobs_.erase(found);
}

}  // namespace understudy::control
