#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/like.h"
#include "config/config.h"
#include "sql/statement.h"

namespace understudy::cache {

// What the rules look at.
struct Statement {
  // All of its tables, without overflow.
  std::span<const sql::TableName> tables;
  std::string_view schema;  // of the tables that are written without one
  std::string_view user;
  std::string_view text;
  bool hint = false;  // it asks for the cache itself
};

enum class Because : std::uint8_t {
  Hint,           // the statement asks for it
  Rule,           // a rule of the configuration matches
  Tables,         // all of its tables are in cache.tables
  OtherTables,    // not all of them are
  NothingChosen,  // the configuration names neither tables nor a rule that matches
};

struct Choice {
  bool cache = false;
  Because because = Because::NothingChosen;
  std::size_t rule = 0;  // for Because::Rule: which one, from 1
};

// One line for people: "rule 2 of the configuration matches".
std::string to_string(const Choice& choice);

// "schema.table", "schema.*" or "*", compared as written.
class TablePatterns {
 public:
  explicit TablePatterns(const std::vector<std::string>& patterns);
  [[nodiscard]] bool empty() const { return !all_ && patterns_.empty(); }
  // True if there is a table, and each is in one of them; with "*" also without any table.
  [[nodiscard]] bool hold_all(const Statement& statement) const;

 private:
  struct Pattern {
    std::string schema;
    std::string table;  // empty: all
  };
  [[nodiscard]] bool hold(std::string_view schema, std::string_view table) const;
  bool all_ = false;
  std::vector<Pattern> patterns_;
};

// Which statements the configuration wants in the cache; whether one can be there is for others to
// say. Immutable.
class Rules {
 public:
  explicit Rules(const config::Cache& cache);
  // The statement's hint, else the first rule that matches, else the tables.
  [[nodiscard]] Choice choose(const Statement& statement) const;

 private:
  struct Rule {
    TablePatterns tables;
    std::vector<std::string> users;
    std::optional<LikePattern> statement;
    bool cache = true;
    [[nodiscard]] bool matches(const Statement& asked) const;
  };
  std::vector<Rule> rules_;
  TablePatterns tables_;
};

}  // namespace understudy::cache
