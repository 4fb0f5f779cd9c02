#include "control/cache_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "sql/statement.h"

namespace understudy::control {
namespace {

using backend::TextResult;

// Answers by their place; see opening_questions().
constexpr std::size_t kGrants = 0;
constexpr std::size_t kFilters = 1;
constexpr std::size_t kCascades = 2;
constexpr std::size_t kLogEnd = 3;

constexpr std::array<std::string_view, 5> kIntegers = {"tinyint", "smallint", "mediumint", "int",
                                                       "bigint"};

// Of the rows of Dialect::table_facts().
constexpr std::size_t kTableType = 0;
constexpr std::size_t kEngine = 1;
constexpr std::size_t kColumn = 2;
constexpr std::size_t kPlace = 3;
constexpr std::size_t kType = 4;
constexpr std::size_t kFullType = 5;
constexpr std::size_t kExpression = 6;
constexpr std::size_t kKeyPlace = 7;
constexpr std::size_t kFactsColumns = 8;

// Those that keep their rows themselves, and log what becomes of them.
constexpr std::array<std::string_view, 5> kEngines = {"InnoDB", "Aria", "MyISAM", "ROCKSDB",
                                                      "ARCHIVE"};

// Without it information_schema leaves tables out without a word.
bool sees_all_tables(const TextResult& grants) {
  return std::ranges::any_of(grants.rows, [](const auto& row) {
    if (row.empty() || !row[0]) return false;
    const std::string_view grant = *row[0];
    const std::size_t rights_end = grant.find(" ON *.* ");
    if (rights_end == std::string_view::npos) return false;
    const std::string_view rights = grant.substr(0, rights_end);
    return rights.find("REFERENCES") != std::string_view::npos || rights == "GRANT ALL PRIVILEGES";
  });
}

std::size_t number_of(const std::optional<std::string>& text) {
  std::size_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

// A generated column that is not stored is computed when it is read.
bool varies(const std::string& expression) {
  if (expression.empty()) return false;
  const std::string read = fmt::format("SELECT {} FROM t", expression);
  return !sql::classify(read).cache_obstacle.empty();
}

std::string_view obstacle_of(const std::vector<std::optional<std::string>>& row) {
  if (row[kTableType] != "BASE TABLE") return "it reads a view";
  if (std::ranges::find(kEngines, row[kEngine].value_or("")) == kEngines.end())
    return "it reads a table whose rows may be elsewhere";
  if (varies(row[kExpression].value_or("")))
    return "it reads a table with a column that is computed anew each time";
  // Where it meets a DATETIME it becomes a moment of the present day.
  if (row[kType] == "time") return "it reads a table with a column of the type TIME";
  return {};
}

}  // namespace

std::string single_value(const TextResult& answer) {
  if (answer.rows.empty() || answer.rows[0].empty()) return {};
  return answer.rows[0][0].value_or("");
}

std::vector<std::string> opening_questions(const backend::Dialect& dialect) {
  return {dialect.own_grants(), dialect.log_filters(), dialect.cascades(),
          dialect.commits_under_way()};
}

Result<Opening> read_opening_answers(const backend::Dialect& dialect,
                                     const Link::Answers& answers) {
  if (!sees_all_tables(answers[kGrants]))
    return make_error(ErrorKind::Invalid,
                      "the service account cannot see how tables are defined, without which no "
                      "answer can be cached: GRANT REFERENCES ON *.* to it");
  if (!dialect.without_filters(answers[kFilters]))
    return make_error(ErrorKind::Invalid,
                      "the primary does not log all changes (binlog_do_db, binlog_ignore_db), "
                      "without which no answer can be cached");
  Opening opening;
  for (const auto& row : answers[kCascades].rows) {
    if (row.size() < 4) return make_error(ErrorKind::Malformed, "foreign keys cannot be read");
    opening.cascades.add({row[0].value_or(""), row[1].value_or("")},
                         {row[2].value_or(""), row[3].value_or("")});
  }
  const Result<backend::CommitsUnderWay> logged = dialect.read_commits_under_way(answers[kLogEnd]);
  if (!logged.ok()) return logged.error();
  opening.log_end = logged->end;
  return opening;
}

backend::TableFactsPtr read_table_facts(const TextResult& answer) {
  auto facts = std::make_shared<backend::TableFacts>();
  std::map<std::size_t, backend::TableFacts::KeyColumn> key;
  bool only_integers = true;
  if (answer.rows.empty()) facts->obstacle = "it reads something that is no table";
  for (const auto& row : answer.rows) {
    if (row.size() < kFactsColumns) continue;
    if (const std::string_view why = obstacle_of(row); !why.empty()) facts->obstacle = why;
    ++facts->column_count;
    const std::size_t place = number_of(row[kKeyPlace]);
    if (place == 0) continue;
    const std::string type = row[kType].value_or("");
    only_integers = only_integers && std::ranges::find(kIntegers, type) != kIntegers.end();
    key[place] = {row[kColumn].value_or(""), number_of(row[kPlace]) - 1,
                  row[kFullType].value_or("").find("unsigned") != std::string::npos};
  }
  for (auto& [place, column] : key) {
    if (only_integers) facts->key.push_back(std::move(column));
  }
  return facts;
}

}  // namespace understudy::control
