#include "control/readiness.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "control/server_words.h"

namespace understudy::control {
namespace {

using replication::Role;

constexpr std::uint64_t kSemiSyncTimeoutMin = 10000;  // milliseconds; the server's default

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

class Readiness {
 public:
  Readiness(const std::string& name, Role role, std::string_view user, const FailoverFacts& facts)
      : name_(name), role_(role), user_(user), facts_(facts), words_(words_of(facts.flavour)) {
    for (const auto& row : facts.settings.rows) {
      if (row.size() >= 3)
        settings_[lower(row[0].value_or(""))] = {row[1].value_or(""), row[2].value_or("")};
    }
  }

  std::vector<Finding> run() {
    starts_read_only();
    semi_sync();
    durability();
    histories();
    mysql_history();
    change_feed();
    rights();
    cache();
    bypass();
    return std::move(findings_);
  }

 private:
  struct Setting {
    std::string value;
    std::string origin;  // "CONFIG", "COMMAND-LINE", "SQL", "COMPILE-TIME"
  };

  void add(Severity severity, std::string what, std::string mend) {
    findings_.push_back({severity, name_, std::move(what), std::move(mend)});
  }

  [[nodiscard]] const Setting* setting(std::string_view name) const {
    const auto found = settings_.find(name);
    return found == settings_.end() ? nullptr : &found->second;
  }
  // It is known, and is another than this.
  [[nodiscard]] bool differs(std::string_view name, std::string_view wanted) const {
    const Setting* const found = setting(name);
    return found != nullptr && found->value != wanted;
  }

  // A primary that was killed and comes back has to wait until it is compared.
  void starts_read_only() {
    const Setting* const read_only = setting("read_only");
    if (read_only == nullptr || read_only->origin == "COMMAND-LINE") return;
    const std::string mend = fmt::format("set {} in the server's configuration", words_.read_only);
    if (read_only->origin == "SQL") {
      add(Severity::Note, "read_only was set while it ran: how it starts cannot be seen",
          mend + ", unless it is there");
    } else if (read_only->value != "ON") {
      add(Severity::Warning, "it starts writable: a primary that was replaced would take writes",
          mend + "; Understudy opens the primary");
    }
  }

  [[nodiscard]] std::string semi_sync_name(std::string_view side, std::string_view what) const {
    return fmt::format("rpl_semi_sync_{}_{}", side, what);
  }

  void semi_sync() {
    if (settings_.empty()) return;
    if (setting(semi_sync_name(words_.source, "enabled")) == nullptr)
      return add(Severity::Warning,
                 "it has no semi-sync: a failover may lose what was acknowledged",
                 "install semi-sync replication on every server");
    const std::string replica = semi_sync_name(words_.replica, "enabled");
    const std::string own =
        role_ == Role::Primary ? semi_sync_name(words_.source, "enabled") : replica;
    if (differs(own, "ON")) {
      add(Severity::Warning, "semi-sync is off: a failover may lose what was acknowledged last",
          fmt::format("SET GLOBAL {}=1; and {}=1 in the configuration of every server", own,
                      replica));
    }
    const std::string wait_point = semi_sync_name(words_.source, "wait_point");
    if (differs(wait_point, "AFTER_SYNC")) {
      add(Severity::Warning, "others see a commit before a replica has it: it may be lost again",
          fmt::format("SET GLOBAL {}=AFTER_SYNC; and in its configuration", wait_point));
    }
    semi_sync_timeout();
  }

  void semi_sync_timeout() {
    const std::string name = semi_sync_name(words_.source, "timeout");
    const Setting* const timeout = setting(name);
    std::uint64_t ms = kSemiSyncTimeoutMin;
    if (timeout != nullptr)
      std::from_chars(timeout->value.data(), timeout->value.data() + timeout->value.size(), ms);
    if (ms >= kSemiSyncTimeoutMin) return;
    add(Severity::Note,
        fmt::format("as primary it waits only {} ms for a replica: what it then commits is lost "
                    "with it",
                    ms),
        fmt::format("SET GLOBAL {}={}; and in its configuration", name, kSemiSyncTimeoutMin));
  }

  void durability() {
    for (const std::string_view name : {"sync_binlog", "innodb_flush_log_at_trx_commit"}) {
      if (!differs(name, "1")) continue;
      add(Severity::Note,
          fmt::format("{}={}: when its machine fails it may lack commits, and has to be rebuilt",
                      name, setting(name)->value),
          fmt::format("SET GLOBAL {}=1; and in its configuration", name));
    }
  }

  void histories() {
    if (differs("gtid_strict_mode", "ON")) {
      add(Severity::Warning,
          "gtid_strict_mode is off: a replica with another history goes on, unnoticed",
          "SET GLOBAL gtid_strict_mode=1; and in its configuration");
    }
    for (const auto& [name, filter] : settings_) {
      if (!name.starts_with("replicate_") || filter.value.empty()) continue;
      add(Severity::Warning,
          fmt::format("it replicates a part only ({}={}): as primary it would lack the rest", name,
                      filter.value),
          "give it all, or priority = 0 in [[servers]]");
    }
  }

  // Settings of MySQL alone.
  void mysql_history() {
    if (differs("gtid_mode", "ON")) {
      add(Severity::Problem,
          "gtid_mode is not ON: no read can tell how fresh it is, and no failover is possible",
          "set gtid_mode=ON and enforce_gtid_consistency=ON in the configuration of every server");
    } else if (differs("enforce_gtid_consistency", "ON")) {
      add(Severity::Warning,
          "enforce_gtid_consistency is not ON: a statement may break replication",
          "SET GLOBAL enforce_gtid_consistency=ON; and in its configuration");
    }
    if (differs("replica_preserve_commit_order", "ON") || differs("binlog_order_commits", "ON")) {
      add(Severity::Problem,
          "it commits in another order than it logs: a read after a write may miss what came "
          "before",
          "SET GLOBAL binlog_order_commits=ON; STOP REPLICA SQL_THREAD; SET GLOBAL "
          "replica_preserve_commit_order=ON; START REPLICA SQL_THREAD; and in its configuration");
    }
    if (differs("performance_schema", "ON")) {
      add(Severity::Problem, "performance_schema is off: replication cannot be watched",
          "set performance_schema=ON in its configuration and restart it");
    }
    if (differs("binlog_rows_query_log_events", "ON")) {
      add(Severity::Note,
          "its log does not name statements: what became of a write whose answer was lost in a "
          "failover cannot be found out",
          "SET GLOBAL binlog_rows_query_log_events=ON; and in its configuration");
    }
  }

  // Not of a failover, but of those who subscribe to changes.
  void change_feed() {
    if (differs("binlog_format", "ROW")) {
      add(Severity::Warning,
          "changes are logged as statements: the change feed cannot show them, and each of them "
          "empties the result cache",
          "SET GLOBAL binlog_format=ROW; and in the configuration of every server");
    }
    if (differs("binlog_row_image", "FULL")) {
      add(Severity::Note, "the change feed shows a part of each changed row only",
          "SET GLOBAL binlog_row_image=FULL; and in its configuration");
    }
    if (differs("binlog_row_metadata", "FULL")) {
      add(Severity::Note,
          "the log does not name its columns: the change feed takes their names from the tables as "
          "they are now",
          "SET GLOBAL binlog_row_metadata=FULL; and in its configuration");
    }
  }

  // What the service account may do everywhere, as the server writes it.
  [[nodiscard]] std::string global_rights() const {
    std::string global;
    for (const auto& row : facts_.grants.rows) {
      if (!row.empty() && row[0] && row[0]->find(" ON *.* ") != std::string::npos)
        global += *row[0];
    }
    return global;
  }
  // True also where its rights could not be asked for.
  [[nodiscard]] bool may(std::string_view right) const {
    const std::string global = global_rights();
    return facts_.grants.rows.empty() || global.starts_with("GRANT ALL PRIVILEGES") ||
           global.find(fmt::format("{},", right)) != std::string::npos ||
           global.find(fmt::format("{} ON", right)) != std::string::npos;
  }

  void cache() {
    if (!facts_.cache_enabled || may("REFERENCES")) return;
    add(Severity::Warning,
        "the result cache stays closed: the service account cannot see how tables are defined",
        fmt::format("GRANT REFERENCES ON *.* TO '{}'@'%';", user_));
  }

  void rights() {
    std::vector<std::string_view> missing;
    for (const std::string_view right : words_.rights) {
      if (!may(right)) missing.push_back(right);
    }
    if (missing.empty()) return;
    add(Severity::Warning,
        fmt::format("the service account cannot replace a primary: it lacks {}",
                    fmt::join(missing, ", ")),
        grant_failover(user_, facts_.flavour) + ";");
  }

  void bypass() {
    for (const auto& row : facts_.read_only_bypass.rows) {
      if (row.size() < 2 || row[0] == user_) continue;
      add(Severity::Warning,
          fmt::format("'{}'@'{}' writes in spite of read_only, on replicas and on a former primary",
                      row[0].value_or(""), row[1].value_or("")),
          fmt::format("REVOKE {} ON *.* FROM '{}'@'{}'; if an application uses it", words_.bypass,
                      row[0].value_or(""), row[1].value_or("")));
    }
  }

  const std::string& name_;
  const Role role_;
  const std::string_view user_;
  const FailoverFacts& facts_;
  const ServerWords& words_;
  std::map<std::string, Setting, std::less<>> settings_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> failover_readiness(const std::string& name, Role role,
                                        std::string_view service_user, const FailoverFacts& facts) {
  return Readiness(name, role, service_user, facts).run();
}

std::string grant_failover(std::string_view user, replication::Flavour flavour) {
  return fmt::format("GRANT {} ON *.* TO '{}'@'%'", fmt::join(words_of(flavour).rights, ", "),
                     user);
}

}  // namespace understudy::control
