#include "control/table_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/table_book.h"

namespace understudy::control {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(5);
constexpr std::size_t kRememberedMax = 20'000;
constexpr Duration kPrimaryWait = std::chrono::seconds(5);

std::string check_key(const backend::Login& login, const feed::Selection& selection) {
  return fmt::format("{} {} {} {}", login.user.size(), login.user, as_text(login.password_sha1),
                     feed::to_string(selection));
}

// What is shown of a table, and what decides about its rows, as a SELECT list.
std::string column_list(const feed::Selection& selection, const feed::TableId& table) {
  std::string list;
  const auto add = [&](const std::string& name) { list += (list.empty() ? "" : ", ") + name; };
  for (const feed::ColumnName& column : selection.columns)
    if (feed::is_of(column, table)) add(feed::quoted_name(column.column));
  if (list.empty()) add("*");
  for (const feed::Comparison& comparison : selection.where)
    if (feed::is_of(comparison.column, table)) add(feed::quoted_name(comparison.column.column));
  return list;
}

// For each table: may it be read, and what is it?
std::vector<std::string> check_statements(const feed::Selection& selection) {
  std::vector<std::string> statements;
  for (const feed::TableId& table : selection.tables) {
    statements.push_back(fmt::format("SELECT {} FROM {}.{} LIMIT 0", column_list(selection, table),
                                     feed::quoted_name(table.schema),
                                     feed::quoted_name(table.name)));
    statements.push_back(
        fmt::format("SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND "
                    "TABLE_NAME = {}",
                    quoted_text(table.schema), quoted_text(table.name)));
  }
  return statements;
}

Result<void> judge(const feed::Selection& selection, const Result<AccountQuery::Answers>& answers) {
  if (!answers.ok()) return answers.error();
  for (std::size_t i = 0; i < selection.tables.size(); ++i) {
    const std::string type = (*answers)[2 * i + 1].first("TABLE_TYPE").value_or("");
    if (type == "BASE TABLE" || type == "SYSTEM VERSIONED") continue;
    return make_error(
        ErrorKind::Invalid,
        fmt::format("{} is no table but {}; only tables have changes",
                    feed::to_string(selection.tables[i]), type.empty() ? "something else" : type));
  }
  return {};
}

}  // namespace

void TableAccess::set_topology(replication::TopologyPtr topology) {
  topology_ = std::move(topology);
  run_next();
}

void TableAccess::check(const Login& login, const feed::Selection& selection,
                        UniqueFunction<void(Result<void>)> done) {
  const std::string key = check_key(*login, selection) + fmt::format(" {}", revision_);
  Check& check = checks_[key];
  if (check.allowed) return done({});
  check.waiting.push_back(std::move(done));
  if (check.waiting.size() > 1) return;
  enqueue({login, check_statements(selection),
           [this, key, selection, asked_at = revision_](Result<AccountQuery::Answers> answers) {
             answered(key, asked_at, judge(selection, answers));
           }});
}

void TableAccess::answered(const std::string& key, std::uint64_t asked_at, Result<void> result) {
  const auto found = checks_.find(key);
  if (found == checks_.end()) return;
  auto waiting = std::move(found->second.waiting);
  // What was refused may be allowed the next time; only what was allowed is remembered.
  if (result.ok() && asked_at == revision_)
    found->second = {true, {}};
  else
    checks_.erase(found);
  if (checks_.size() > kRememberedMax) forget();
  for (auto& done : waiting)
    done(result);
}

void TableAccess::forget() {
  ++revision_;
  std::erase_if(checks_, [](const auto& entry) { return entry.second.waiting.empty(); });
}

void TableAccess::ask(const Login& login, std::string statement,
                      UniqueFunction<void(Result<backend::TextResult>)> done) {
  std::vector<std::string> statements;
  statements.push_back(std::move(statement));
  enqueue({login, std::move(statements),
           [done = std::move(done)](Result<AccountQuery::Answers> answers) mutable {
             if (!answers.ok()) return done(std::move(answers).error());
             done(std::move(answers->front()));
           }});
}

void TableAccess::enqueue(Waiting waiting) {
  waiting_.push_back(std::move(waiting));
  run_next();
  if (waiting_.empty() || again_.active()) return;
  again_.start(kPrimaryWait, [this] {
    if (topology_ && topology_->usable_primary() != nullptr) return run_next();
    for (Waiting& given_up : std::exchange(waiting_, {}))
      given_up.done(make_error(ErrorKind::Unreachable, "there is no primary to ask now"));
  });
}

void TableAccess::run_next() {
  const replication::ServerView* const primary = topology_ ? topology_->usable_primary() : nullptr;
  while (primary != nullptr && !waiting_.empty() && running_.size() < kQueriesMax) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t id = next_++;
    // The query is still at work when it calls: it goes later.
    auto finished = [this, id,
                     done = std::move(next.done)](Result<AccountQuery::Answers> answers) mutable {
      loop_.post([this, id] {
        running_.erase(id);
        run_next();
      });
      done(std::move(answers));
    };
    running_.emplace(
        id, std::make_unique<AccountQuery>(loop_, *primary, std::move(next.login), kTimeout,
                                           std::move(next.statements), std::move(finished)));
  }
}

}  // namespace understudy::control
