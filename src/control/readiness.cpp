#include "control/readiness.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

namespace understudy::control {
namespace {

using replication::Role;

// What it takes to end receiving and connections, to open, close and attach servers, and to read
// what a server has of its own.
constexpr std::array<std::string_view, 6> kRights = {
    "PROCESS",           "CONNECTION ADMIN",        "READ_ONLY ADMIN",
    "REPLICATION SLAVE", "REPLICATION SLAVE ADMIN", "REPLICATION MASTER ADMIN"};
constexpr std::uint64_t kSemiSyncTimeoutMin = 10000;  // milliseconds; the server's default

class Readiness {
 public:
  Readiness(const std::string& name, Role role, std::string_view user, const FailoverFacts& facts)
      : name_(name), role_(role), user_(user), facts_(facts) {
    for (const auto& row : facts.settings.rows) {
      if (row.size() >= 3)
        settings_[row[0].value_or("")] = {row[1].value_or(""), row[2].value_or("")};
    }
  }

  std::vector<Finding> run() {
    starts_read_only();
    semi_sync();
    durability();
    histories();
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
    const Setting* const read_only = setting("READ_ONLY");
    if (read_only == nullptr || read_only->origin == "COMMAND-LINE") return;
    constexpr std::string_view kMend = "set read_only=1 in the server's configuration";
    if (read_only->origin == "SQL") {
      add(Severity::Note, "read_only was set while it ran: how it starts cannot be seen",
          std::string(kMend) + ", unless it is there");
    } else if (read_only->value != "ON") {
      add(Severity::Warning, "it starts writable: a primary that was replaced would take writes",
          std::string(kMend) + "; Understudy opens the primary");
    }
  }

  void semi_sync() {
    if (settings_.empty()) return;
    if (setting("RPL_SEMI_SYNC_MASTER_ENABLED") == nullptr)
      return add(Severity::Warning,
                 "it has no semi-sync: a failover may lose what was acknowledged",
                 "install semi-sync replication on every server");
    const std::string_view side = role_ == Role::Primary ? "master" : "slave";
    const bool off = differs(
        role_ == Role::Primary ? "RPL_SEMI_SYNC_MASTER_ENABLED" : "RPL_SEMI_SYNC_SLAVE_ENABLED",
        "ON");
    if (off) {
      add(Severity::Warning, "semi-sync is off: a failover may lose what was acknowledged last",
          fmt::format("SET GLOBAL rpl_semi_sync_{}_enabled=1; and rpl_semi_sync_slave_enabled=1 in "
                      "the configuration of every server",
                      side));
    }
    if (differs("RPL_SEMI_SYNC_MASTER_WAIT_POINT", "AFTER_SYNC")) {
      add(Severity::Warning, "others see a commit before a replica has it: it may be lost again",
          "SET GLOBAL rpl_semi_sync_master_wait_point=AFTER_SYNC; and in its configuration");
    }
    semi_sync_timeout();
  }

  void semi_sync_timeout() {
    const Setting* const timeout = setting("RPL_SEMI_SYNC_MASTER_TIMEOUT");
    std::uint64_t ms = kSemiSyncTimeoutMin;
    if (timeout != nullptr)
      std::from_chars(timeout->value.data(), timeout->value.data() + timeout->value.size(), ms);
    if (ms >= kSemiSyncTimeoutMin) return;
    add(Severity::Note,
        fmt::format("as primary it waits only {} ms for a replica: what it then commits is lost "
                    "with it",
                    ms),
        fmt::format("SET GLOBAL rpl_semi_sync_master_timeout={}; and in its configuration",
                    kSemiSyncTimeoutMin));
  }

  void durability() {
    for (const std::string_view name : {"SYNC_BINLOG", "INNODB_FLUSH_LOG_AT_TRX_COMMIT"}) {
      if (!differs(name, "1")) continue;
      std::string lower(name);
      std::ranges::transform(lower, lower.begin(),
                             [](char c) { return c == '_' ? c : static_cast<char>(c | 0x20); });
      add(Severity::Note,
          fmt::format("{}={}: when its machine fails it may lack commits, and has to be rebuilt",
                      lower, setting(name)->value),
          fmt::format("SET GLOBAL {}=1; and in its configuration", lower));
    }
  }

  void histories() {
    if (differs("GTID_STRICT_MODE", "ON")) {
      add(Severity::Warning,
          "gtid_strict_mode is off: a replica with another history goes on, unnoticed",
          "SET GLOBAL gtid_strict_mode=1; and in its configuration");
    }
    for (const auto& [name, filter] : settings_) {
      if (!name.starts_with("REPLICATE_") || filter.value.empty()) continue;
      add(Severity::Warning,
          fmt::format("it replicates a part only ({}={}): as primary it would lack the rest", name,
                      filter.value),
          "give it all, or priority = 0 in [[servers]]");
    }
  }

  // Not of a failover, but of those who subscribe to changes.
  void change_feed() {
    if (differs("BINLOG_FORMAT", "ROW")) {
      add(Severity::Warning,
          "changes are logged as statements: the change feed cannot show them, and each of them "
          "empties the result cache",
          "SET GLOBAL binlog_format=ROW; and in the configuration of every server");
    }
    if (differs("BINLOG_ROW_IMAGE", "FULL")) {
      add(Severity::Note, "the change feed shows a part of each changed row only",
          "SET GLOBAL binlog_row_image=FULL; and in its configuration");
    }
    if (differs("BINLOG_ROW_METADATA", "FULL")) {
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
    for (const std::string_view right : kRights) {
      if (!may(right)) missing.push_back(right);
    }
    if (missing.empty()) return;
    add(Severity::Warning,
        fmt::format("the service account cannot replace a primary: it lacks {}",
                    fmt::join(missing, ", ")),
        grant_failover(user_) + ";");
  }

  void bypass() {
    for (const auto& row : facts_.read_only_bypass.rows) {
      if (row.size() < 2 || row[0] == user_) continue;
      add(Severity::Warning,
          fmt::format("'{}'@'{}' writes in spite of read_only, on replicas and on a former primary",
                      row[0].value_or(""), row[1].value_or("")),
          fmt::format("REVOKE READ_ONLY ADMIN ON *.* FROM '{}'@'{}'; if an application uses it",
                      row[0].value_or(""), row[1].value_or("")));
    }
  }

  const std::string& name_;
  const Role role_;
  const std::string_view user_;
  const FailoverFacts& facts_;
  std::map<std::string, Setting, std::less<>> settings_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> failover_readiness(const std::string& name, Role role,
                                        std::string_view service_user, const FailoverFacts& facts) {
  return Readiness(name, role, service_user, facts).run();
}

std::string grant_failover(std::string_view user) {
  return fmt::format("GRANT {} ON *.* TO '{}'@'%'", fmt::join(kRights, ", "), user);
}

}  // namespace understudy::control
