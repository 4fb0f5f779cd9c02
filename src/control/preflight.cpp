#include "control/preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/accounts.h"
#include "control/probe.h"
#include "control/server_words.h"
#include "protocol/server_errors.h"
#include "protocol/stored_password.h"

namespace understudy::control {
namespace {

using replication::Flavour;
using replication::ServerObservation;
using replication::Topology;

// A smaller server refuses what the others take; 1 MiB is the smallest sensible limit.
constexpr std::uint64_t kMaxAllowedPacketMin = 1024 * 1024;

class Evaluation {
 public:
  Evaluation(const replication::TopologySettings& settings, std::string_view user,
             const std::vector<ServerFacts>& facts)
      : settings_(settings), user_(user), facts_(facts), topology_(build()) {}

  std::vector<Finding> run() {
    for (std::size_t i = 0; i < facts_.size(); ++i)
      access(i);
    roles();
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (answered(i)) replication_of(i);
    }
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (answered(i)) failover_of(i);
    }
    flavours();
    server_ids();
    packets();
    accounts();
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
    return std::move(findings_);
  }

 private:
  Topology build() const {
    replication::TopologyBuilder builder(settings_);
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      ServerObservation observation = facts_[i].observation;
      if (facts_[i].no_connection) observation.failure = facts_[i].no_connection;
      builder.feed(replication::ServerId(static_cast<std::uint16_t>(i)), observation, Instant{});
    }
    return builder.build();
  }

  [[nodiscard]] bool answered(std::size_t i) const { return !facts_[i].no_connection; }
  [[nodiscard]] const std::string& name(std::size_t i) const { return settings_.servers[i].name; }
  // Of one that says nothing: what the others are.
  [[nodiscard]] Flavour flavour(std::size_t i) const {
    if (facts_[i].greeted) return *facts_[i].greeted;
    const auto other = std::ranges::find_if(
        facts_, [](const ServerFacts& facts) { return facts.greeted.has_value(); });
    return other == facts_.end() ? Flavour::MariaDb : *other->greeted;
  }
  [[nodiscard]] const ServerWords& words(std::size_t i) const { return words_of(flavour(i)); }

  void add(Severity severity, std::string server, std::string what, std::string mend = {}) {
    findings_.push_back({severity, std::move(server), std::move(what), std::move(mend)});
  }

  void access(std::size_t i) {
    const ServerFacts& facts = facts_[i];
    if (facts.no_connection) {
      const Error& why = *facts.no_connection;
      const bool refused_login =
          why.kind == ErrorKind::Server && (why.code == protocol::kErrorAccessDenied ||
                                            why.code == protocol::kErrorAccessDeniedNoPassword);
      add(Severity::Problem, name(i), facts.no_connection->message,
          refused_login
              ? fmt::format("{}; {}; {};", create_service_account(user_),
                            grant_monitor(user_, flavour(i)), grant_accounts(user_, flavour(i)))
              : fmt::format("start the server, or correct its address {}",
                            to_string(settings_.servers[i].address)));
      return;
    }
    if (facts.no_status) {
      add(Severity::Problem, name(i),
          fmt::format("the service account may not see the replica status: {}",
                      facts.no_status->message),
          grant_monitor(user_, flavour(i)) + ";");
    }
    if (facts.no_accounts) {
      add(Severity::Problem, name(i),
          fmt::format("the service account may not read the accounts, so nobody can log in: {}",
                      facts.no_accounts->message),
          grant_accounts(user_, flavour(i)) + ";");
    }
  }

  void roles() {
    if (!topology_.primary) {
      add(Severity::Problem, {},
          fmt::format("there is no primary: {}", topology_.no_primary_reason));
      return;
    }
    const bool replicas =
        std::any_of(topology_.servers.begin(), topology_.servers.end(),
                    [](const auto& server) { return server.role == replication::Role::Replica; });
    if (!replicas) {
      add(Severity::Warning, {}, "no server is a replica: the primary answers all reads",
          "let the other servers replicate from the primary");
    }
  }

  void replication_of(std::size_t i) {
    const ServerObservation& seen = facts_[i].observation;
    const replication::ServerView& view = topology_.servers[i];
    if (!seen.binlog) {
      add(Severity::Problem, name(i), "the binary log is off: sessions cannot see their own writes",
          "set log_bin in the server's configuration and restart it");
    } else if (!seen.log_replica_updates) {
      add(Severity::Warning, name(i),
          fmt::format("{} is off: this server cannot become a primary that others follow",
                      words(i).log_replica_updates),
          fmt::format("set {}=1 in the server's configuration and restart it",
                      words(i).log_replica_updates));
    }
    if (view.role == replication::Role::Unknown && !facts_[i].no_status) {
      add(Severity::Warning, name(i), fmt::format("it gets no statements: {}", view.reason),
          "let it replicate from the primary");
    }
    if (view.role != replication::Role::Replica) return;
    if (!seen.read_only) {
      add(Severity::Warning, name(i), "a replica, but writable",
          fmt::format("{} and {} in the server's configuration", words(i).close,
                      words(i).read_only));
    }
    for (const replication::ReplicaStatus& source : seen.sources)
      replica_of(i, source);
  }

  void replica_of(std::size_t i, const replication::ReplicaStatus& source) {
    if (!source.using_gtid) {
      add(Severity::Problem, name(i),
          "it replicates without GTIDs: no read can tell how fresh it is",
          std::string(words(i).use_gtids));
    }
    if (!source.sql_running) {
      add(Severity::Warning, name(i),
          fmt::format("replication stands still: {}", source.last_sql_error.empty()
                                                          ? "the SQL thread is stopped"
                                                          : source.last_sql_error),
          std::string(words(i).start_applying));
    } else if (!source.io_running) {
      add(Severity::Warning, name(i),
          fmt::format(
              "replication is not connected to {}:{}: {}", source.source_host, source.source_port,
              source.last_io_error.empty() ? "the IO thread is stopped" : source.last_io_error),
          std::string(words(i).start_receiving));
    }
  }

  void failover_of(std::size_t i) {
    FailoverFacts facts = facts_[i].failover;
    // Accounts are the same everywhere.
    if (topology_.servers[i].role != replication::Role::Primary) facts.read_only_bypass = {};
    for (Finding& each : failover_readiness(name(i), topology_.servers[i].role, user_, facts))
      findings_.push_back(std::move(each));
  }

  void flavours() {
    std::string of[2];
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (!answered(i)) continue;
      std::string& names = of[flavour(i) == Flavour::MySql ? 1 : 0];
      names += (names.empty() ? "" : ", ") + name(i);
    }
    if (of[0].empty() || of[1].empty()) return;
    add(Severity::Problem, {},
        fmt::format("a cluster is of one flavour, but {} speaks MariaDB's and {} MySQL's", of[0],
                    of[1]),
        "take the servers of the other flavour out of the configuration");
  }

  void server_ids() {
    std::set<std::uint32_t> ids;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (!answered(i) || ids.insert(facts_[i].observation.server_id).second) continue;
      add(Severity::Problem, name(i),
          fmt::format("server_id={} belongs to another server too, or both are the same server",
                      facts_[i].observation.server_id),
          "give each server its own server_id, and name each server once");
    }
  }

  void packets() {
    std::uint64_t smallest = UINT64_MAX, largest = 0;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (!answered(i)) continue;
      smallest = std::min(smallest, facts_[i].observation.max_allowed_packet);
      largest = std::max(largest, facts_[i].observation.max_allowed_packet);
    }
    if (largest == 0) return;
    if (smallest != largest) {
      add(Severity::Warning, {},
          fmt::format("max_allowed_packet differs, from {} to {} bytes: what one server takes "
                      "another refuses",
                      smallest, largest),
          fmt::format("SET GLOBAL max_allowed_packet={}; on every server, and in its configuration",
                      largest));
    } else if (smallest < kMaxAllowedPacketMin) {
      add(Severity::Warning, {}, fmt::format("max_allowed_packet is only {} bytes", smallest));
    }
  }

  void accounts() {
    const replication::ServerView* primary = topology_.usable_primary();
    if (primary == nullptr || facts_[primary->id.value()].no_accounts) return;
    for (const backend::Account& account : facts_[primary->id.value()].accounts) {
      if (account.locked) continue;
      if (protocol::password_kind(account.plugin) != protocol::PasswordKind::Other) continue;
      add(Severity::Note, primary->name,
          fmt::format("'{}'@'{}' cannot log in through Understudy: its plugin {} is not supported",
                      account.user, account.host, account.plugin),
          fmt::format("ALTER USER '{}'@'{}' IDENTIFIED {}; if it shall", account.user, account.host,
                      words(primary->id.value()).change_plugin));
    }
  }

  const replication::TopologySettings& settings_;
  std::string_view user_;
  const std::vector<ServerFacts>& facts_;
  const Topology topology_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> evaluate(const replication::TopologySettings& settings,
                              std::string_view service_user,
                              const std::vector<ServerFacts>& facts) {
  return Evaluation(settings, service_user, facts).run();
}

// One server's questions, one after the other, so that a refusal names the right that is missing.
struct Preflight::Server {
  Server(net::Loop& loop, replication::ServerId server) : id(server), deadline(loop) {}

  const replication::ServerId id;
  ServerFacts facts;
  std::unique_ptr<LinkAttempt> attempt;
  std::unique_ptr<Link> link;
  net::Timer deadline;
  bool done = false;
};

Preflight::Preflight(net::Loop& loop, LinkOpener& opener, replication::TopologySettings settings,
                     std::string service_user, bool cache_enabled)
    : loop_(loop),
      opener_(opener),
      settings_(std::move(settings)),
      service_user_(std::move(service_user)),
      cache_enabled_(cache_enabled) {}

Preflight::~Preflight() = default;

void Preflight::start(Done done) {
  done_ = std::move(done);
  missing_ = settings_.servers.size();
  for (std::size_t i = 0; i < settings_.servers.size(); ++i) {
    servers_.push_back(
        std::make_unique<Server>(loop_, replication::ServerId(static_cast<std::uint16_t>(i))));
    Server& server = *servers_.back();
    server.deadline.start(settings_.probe_timeout, [this, &server] {
      lost(server, make_error(ErrorKind::Timeout, fmt::format("no answer within {} ms",
                                                              to_ms(settings_.probe_timeout))));
    });
    server.attempt = opener_.open(
        server.id, settings_.probe_timeout,
        [this, &server](Result<std::unique_ptr<Link>> link) { opened(server, std::move(link)); });
  }
}

void Preflight::opened(Server& server, Result<std::unique_ptr<Link>> link) {
  server.facts.greeted = server.attempt->greeted();
  server.attempt.reset();
  if (!link.ok()) {
    lost(server, std::move(link).error());
    return;
  }
  server.link = std::move(link).value();
  server.facts.observation.flavour = server.link->dialect().flavour();
  server.link->ask(
      {server.link->dialect().probe()}, [this, &server](Result<Link::Answers> answers) {
        if (!answers.ok()) {
          lost(server, std::move(answers).error());
        } else if (auto read = read_probe(answers->front(), server.facts.observation); !read.ok()) {
          lost(server, read.error());
        } else {
          ask_status(server);
        }
      });
}

void Preflight::ask_status(Server& server) {
  // The second one needs a right of its own; sessions ask it (backend/commit_barrier.h).
  const backend::Dialect& dialect = server.link->dialect();
  std::vector<std::string> statements = {dialect.replica_status(), dialect.commits_under_way()};
  if (!dialect.heartbeats().empty()) statements.push_back(dialect.heartbeats());
  server.link->ask(std::move(statements), [this, &server](Result<Link::Answers> answers) {
    if (!answers.ok() && answers.error().kind != ErrorKind::Server) {
      lost(server, std::move(answers).error());
      return;
    }
    if (!answers.ok()) {
      server.facts.no_status = answers.error();
    } else if (auto sources = read_replica_status(answers->front()); sources.ok()) {
      server.facts.observation.sources = std::move(sources).value();
    } else {
      server.facts.no_status = sources.error();
    }
    ask_accounts(server);
  });
}

void Preflight::ask_accounts(Server& server) {
  server.link->ask({server.link->dialect().accounts()},
                   [this, &server](Result<Link::Answers> answers) {
                     if (!answers.ok() && answers.error().kind != ErrorKind::Server) {
                       lost(server, std::move(answers).error());
                       return;
                     }
                     if (!answers.ok()) {
                       server.facts.no_accounts = answers.error();
                     } else if (auto accounts = read_accounts(answers->front()); accounts.ok()) {
                       server.facts.accounts = std::move(accounts).value();
                     } else {
                       server.facts.no_accounts = accounts.error();
                     }
                     ask_failover(server);
                   });
}

void Preflight::ask_failover(Server& server) {
  const backend::Dialect& dialect = server.link->dialect();
  server.link->ask({dialect.failover_settings(), dialect.own_grants(), dialect.read_only_bypass()},
                   [this, &server](Result<Link::Answers> answers) {
                     if (!answers.ok() && answers.error().kind != ErrorKind::Server) {
                       lost(server, std::move(answers).error());
                       return;
                     }
                     // Without the right to read accounts nothing of this is told: that is told
                     // already.
                     if (answers.ok()) {
                       server.facts.failover = {std::move((*answers)[0]), std::move((*answers)[1]),
                                                std::move((*answers)[2]), cache_enabled_,
                                                server.facts.observation.flavour};
                     }
                     finished(server);
                   });
}

void Preflight::lost(Server& server, Error why) {
  server.facts.no_connection = std::move(why);
  finished(server);
}

void Preflight::finished(Server& server) {
  if (server.done) return;
  server.done = true;
  server.deadline.cancel();
  server.attempt.reset();
  server.link.reset();
  if (--missing_ > 0) return;
  std::vector<ServerFacts> facts;
  for (const auto& each : servers_)
    facts.push_back(std::move(each->facts));
  // The callback may destroy this.
  Done done = std::move(done_);
  done(evaluate(settings_, service_user_, facts));
}

}  // namespace understudy::control
