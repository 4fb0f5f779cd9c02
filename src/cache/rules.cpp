#include "cache/rules.h"

#include <algorithm>

namespace understudy::cache {

std::string to_string(const Choice& choice) {
  switch (choice.because) {
    case Because::Hint:
      return "the statement asks for it";
    case Because::Rule:
      return "rule " + std::to_string(choice.rule) + " of the configuration matches";
    case Because::Tables:
      return "all of its tables are in cache.tables";
    case Because::OtherTables:
      return "not all of its tables are in cache.tables";
    case Because::NothingChosen:
      return "no rule matches, and cache.tables names none";
  }
  return "";
}

TablePatterns::TablePatterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    const std::size_t dot = pattern.find('.');
    if (pattern == "*") {
      all_ = true;
    } else if (dot != std::string::npos) {
      std::string table = pattern.substr(dot + 1);
      if (table == "*") table.clear();
      patterns_.push_back({pattern.substr(0, dot), std::move(table)});
    }
  }
}

bool TablePatterns::hold(std::string_view schema, std::string_view table) const {
  return std::ranges::any_of(patterns_, [&](const Pattern& pattern) {
    return pattern.schema == schema && (pattern.table.empty() || pattern.table == table);
  });
}

bool TablePatterns::hold_all(const Statement& statement) const {
  if (all_) return true;
  return !statement.tables.empty() &&
         std::ranges::all_of(statement.tables, [&](const sql::TableName& table) {
           return hold(table.schema.empty() ? statement.schema : table.schema, table.name);
         });
}

Rules::Rules(const config::Cache& cache) : tables_(cache.tables) {
  for (const config::CacheRule& rule : cache.rules) {
    rules_.push_back({TablePatterns(rule.tables), rule.users, std::nullopt, rule.cache});
    if (!rule.statement.empty()) rules_.back().statement.emplace(rule.statement);
  }
}

bool Rules::Rule::matches(const Statement& asked) const {
  return (tables.empty() || tables.hold_all(asked)) &&
         (users.empty() || std::ranges::find(users, asked.user) != users.end()) &&
         (!statement || statement->matches(asked.text));
}

Choice Rules::choose(const Statement& statement) const {
  if (statement.hint) return {true, Because::Hint};
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (rules_[i].matches(statement)) return {rules_[i].cache, Because::Rule, i + 1};
  if (tables_.empty()) return {false, Because::NothingChosen};
  if (tables_.hold_all(statement)) return {true, Because::Tables};
  return {false, Because::OtherTables};
}

}  // namespace understudy::cache
