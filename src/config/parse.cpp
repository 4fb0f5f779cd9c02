#include "config/parse.h"

#include <fmt/format.h>

#include <array>

#include "config/limits.h"
#include "config/parse_cache.h"
#include "config/parse_listen.h"
#include "config/parse_servers.h"
#include "config/parse_tls.h"
#include "config/table_reader.h"

namespace understudy::config {
namespace {

template <typename T>
using Word = std::pair<std::string_view, T>;

constexpr std::array kConsistencies{Word<Consistency>{"eventual", Consistency::Eventual},
                                    Word<Consistency>{"bounded", Consistency::Bounded},
                                    Word<Consistency>{"session", Consistency::Session},
                                    Word<Consistency>{"strong", Consistency::Strong}};
constexpr std::array kBalances{Word<Balance>{"least_outstanding", Balance::LeastOutstanding},
                               Word<Balance>{"round_robin", Balance::RoundRobin},
                               Word<Balance>{"latency", Balance::Latency}};
constexpr std::array kPrimaryReads{Word<PrimaryReads>{"fallback", PrimaryReads::Fallback},
                                   Word<PrimaryReads>{"always", PrimaryReads::Always},
                                   Word<PrimaryReads>{"never", PrimaryReads::Never}};
constexpr std::array kModes{Word<Mode>{"automatic", Mode::Automatic},
                            Word<Mode>{"manual", Mode::Manual}};
constexpr std::array kLongTransactions{Word<LongTransactions>{"abort", LongTransactions::Abort},
                                       Word<LongTransactions>{"cut", LongTransactions::Cut}};
constexpr std::array kLevels{
    Word<LogLevel>{"debug", LogLevel::Debug}, Word<LogLevel>{"info", LogLevel::Info},
    Word<LogLevel>{"warn", LogLevel::Warn}, Word<LogLevel>{"error", LogLevel::Error}};
constexpr std::array kFormats{Word<LogFormat>{"text", LogFormat::Text},
                              Word<LogFormat>{"json", LogFormat::Json}};

void read_cluster(TableReader& top, Config& config) {
  const toml::table* table = top.table("cluster");
  if (table == nullptr) return;
  TableReader reader(*table, "cluster", top.problems());
  reader.string("name", config.cluster_name);
  if (config.cluster_name.empty() || config.cluster_name.size() > limits::kNameBytesMax)
    reader.problem("name", fmt::format("write 1 to {} characters", limits::kNameBytesMax));
  if (const toml::table* etcd = reader.table("etcd")) {
    TableReader etcd_reader(*etcd, "cluster.etcd", top.problems());
    etcd_reader.strings("endpoints", config.etcd_endpoints, limits::kServersMax);
    etcd_reader.finish();
  }
  reader.finish();
}

void read_reads(TableReader& top, Reads& reads) {
  const toml::table* table = top.table("reads");
  if (table == nullptr) return;
  TableReader reader(*table, "reads", top.problems());
  reader.word<Consistency>("consistency", reads.consistency, kConsistencies);
  reader.duration("max_lag", reads.max_lag, limits::kTimeoutMin);
  reader.duration("wait", reads.wait);
  reader.word<Balance>("balance", reads.balance, kBalances);
  reader.string("zone", reads.zone);
  reader.word<PrimaryReads>("primary_reads", reads.primary_reads, kPrimaryReads);
  reader.finish();
}

void read_pool(TableReader& top, Pool& pool) {
  const toml::table* table = top.table("pool");
  if (table == nullptr) return;
  TableReader reader(*table, "pool", top.problems());
  if (reader.integer("max_per_server", pool.max_per_server, limits::kPoolMax) &&
      pool.max_per_server == 0)
    reader.problem("max_per_server", fmt::format("write 1 to {}", limits::kPoolMax));
  reader.duration("idle_timeout", pool.idle_timeout, limits::kTimeoutMin);
  reader.duration("wait", pool.wait);
  reader.finish();
}

void read_monitor(TableReader& top, Monitor& monitor) {
  const toml::table* table = top.table("monitor");
  if (table == nullptr) return;
  TableReader reader(*table, "monitor", top.problems());
  reader.duration("interval", monitor.interval, limits::kMonitorIntervalMin);
  reader.duration("timeout", monitor.timeout, limits::kTimeoutMin);
  reader.finish();
}

void read_failover(TableReader& top, Failover& failover) {
  const toml::table* table = top.table("failover");
  if (table == nullptr) return;
  TableReader reader(*table, "failover", top.problems());
  reader.word<Mode>("mode", failover.mode, kModes);
  reader.duration("after", failover.after, limits::kTimeoutMin);
  reader.duration("hold", failover.hold);
  reader.boolean("replay", failover.replay);
  reader.word<Mode>("rejoin", failover.rejoin, kModes);
  reader.duration("min_interval", failover.min_interval);
  reader.duration("drain", failover.drain);
  reader.word<LongTransactions>("long_transactions", failover.long_transactions, kLongTransactions);
  reader.string("save_dir", failover.save_dir);
  reader.finish();
}

void read_hooks(TableReader& top, Hooks& hooks) {
  const toml::table* table = top.table("hooks");
  if (table == nullptr) return;
  TableReader reader(*table, "hooks", top.problems());
  reader.string("before_failover", hooks.before_failover);
  reader.string("after_failover", hooks.after_failover);
  reader.string("before_switchover", hooks.before_switchover);
  reader.string("after_switchover", hooks.after_switchover);
  reader.duration("timeout", hooks.timeout, limits::kTimeoutMin);
  reader.string("rebuild", hooks.rebuild);
  reader.duration("rebuild_timeout", hooks.rebuild_timeout, limits::kTimeoutMin);
  reader.finish();
}

void read_changes(TableReader& top, Changes& changes) {
  const toml::table* table = top.table("changes");
  if (table == nullptr) return;
  TableReader reader(*table, "changes", top.problems());
  reader.boolean("enabled", changes.enabled);
  reader.size("buffer", changes.buffer_bytes, limits::kChangesBufferMin, limits::kChangesBufferMax);
  reader.integer("max_subscribers", changes.max_subscribers, limits::kSubscribersMax);
  reader.finish();
}

void read_log(TableReader& top, Log& log) {
  const toml::table* table = top.table("log");
  if (table == nullptr) return;
  TableReader reader(*table, "log", top.problems());
  reader.word<LogLevel>("level", log.level, kLevels);
  reader.word<LogFormat>("format", log.format, kFormats);
  reader.finish();
}

void read_password_file(TableReader& reader, const std::string& path, const FileReader& read_file,
                        std::string& password) {
  Result<std::string> content = read_file(path);
  if (!content) {
    reader.problem("password_file", content.error().message);
    return;
  }
  password = std::move(content).value();
  // Editors and `echo` end a file with a line break; a password does not.
  while (!password.empty() && (password.back() == '\n' || password.back() == '\r'))
    password.pop_back();
}

void read_service(TableReader& top, Service& service, const EnvironmentLookup& environment,
                  const FileReader& read_file) {
  const toml::table* table = top.table("service");
  if (table == nullptr) {
    top.problem("service",
                "missing; add [service] with user and password, the account that "
                "Understudy itself uses on every server");
    return;
  }
  TableReader reader(*table, "service", top.problems());
  if (!reader.string("user", service.user) || service.user.empty())
    reader.problem("user", "missing; write the name of the service account");
  std::string path;
  std::string variable;
  const bool plain = reader.string("password", service.password);
  const bool file = reader.string("password_file", path);
  const bool env = reader.string("password_env", variable);
  reader.finish();
  if (int{plain} + int{file} + int{env} != 1) {
    reader.problem("password", "write exactly one of password, password_file and password_env");
    return;
  }
  if (top.problems().any()) return;
  if (file) read_password_file(reader, path, read_file, service.password);
  if (env) {
    auto value = environment(variable);
    if (!value)
      reader.problem("password_env", fmt::format("the environment has no variable {}", variable));
    service.password = value.value_or("");
  }
}

Config read_top(const toml::table& table, Problems& problems, const EnvironmentLookup& environment,
                const FileReader& read_file) {
  Config config;
  TableReader top(table, "", problems);
  read_servers(top, config.servers);
  read_cluster(top, config);
  read_listen(top, config.listen, kConsistencies);
  read_backend(top, config.backend_tls, config.backend_compression);
  read_reads(top, config.reads);
  read_pool(top, config.pool);
  read_monitor(top, config.monitor);
  read_failover(top, config.failover);
  read_hooks(top, config.hooks);
  read_cache(top, config.cache);
  read_changes(top, config.changes);
  read_log(top, config.log);
  read_service(top, config.service, environment, read_file);
  top.finish();
  return config;
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file_name,
                            const EnvironmentLookup& environment, const FileReader& read_file) {
  Problems problems(file_name);
  if (text.size() > limits::kFileBytesMax) {
    problems.add(1, "", fmt::format("larger than {} bytes", limits::kFileBytesMax));
    return problems.first();
  }
  try {
    const toml::table table = toml::parse(text, file_name);
    Config config = read_top(table, problems, environment, read_file);
    if (problems.any()) return problems.first();
    return config;
  } catch (const toml::parse_error& error) {
    problems.add(error.source().begin.line, "", error.description());
    return problems.first();
  }
}

std::vector<std::string> unsupported_settings(const Config& config) {
  std::vector<std::string> found;
  for (const Listener& listener : config.listen.addresses) {
    if (listener.user_limit == 0) continue;
    found.emplace_back("listen.user_limit: this version does not limit a user's connections");
    break;
  }
  if (!config.etcd_endpoints.empty())
    found.emplace_back("cluster.etcd: this version takes no lease; it never promotes a server");
  return found;
}

std::string_view to_string(Consistency consistency) {
  for (const auto& [name, value] : kConsistencies)
    if (value == consistency) return name;
  return "";
}

std::optional<Consistency> parse_consistency(std::string_view word) {
  for (const auto& [name, value] : kConsistencies)
    if (name == word) return value;
  return std::nullopt;
}

}  // namespace understudy::config
