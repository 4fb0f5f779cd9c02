#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sql/cursor.h"

namespace understudy::sql {

// Walks over queries and expressions of any statement, token by token and without a grammar: what
// matters is where tables are named (behind FROM, JOIN and the commas between), which functions and
// variables are used, and the few clauses that lock, write or assign. Parentheses are levels of a
// bounded stack. Syntax errors are the server's to report: wherever they lead, the scan ends at the
// end of the statement.
class QueryScan {
 public:
  QueryScan(Cursor& cursor, Verdict& verdict) : cursor_(cursor), verdict_(verdict) {}

  // Where a scan ends beside the end of the statement; only outside all parentheses.
  struct Stop {
    bool comma = false;
    Keyword keyword = Keyword::None;
  };
  void run() { run({}); }
  void run(Stop stop);

  // The next name is a table's, as behind FROM: for UPDATE, DELETE and others.
  void expect_table() { level().clause = Clause::ExpectTable; }
  // FROM and USING of a DELETE name tables at the outermost level.
  void set_delete() {
    delete_ = true;
    level().query = true;
  }
  // Reads WITH …; the cursor is on WITH, then on the statement's verb.
  void with_clause();
  [[nodiscard]] bool saw_query() const { return saw_query_; }

 private:
  enum class Clause : std::uint8_t { Other, ExpectTable, AfterTable };
  struct Level {
    Clause clause = Clause::Other;
    bool query = false;      // a SELECT began here: FROM names tables
    bool recursive = false;  // the WITH of this level
    bool cte_body = false;
    std::uint8_t cte = 0;  // the body of which of ctes_, from 1; 0: of one too many to keep
  };
  static constexpr std::size_t kMaxDepth = 64;
  static constexpr std::size_t kMaxCtes = 8;
  struct Cte {
    std::string_view name;
    std::uint8_t depth = 0;
    bool visible = false;  // inside its own body only if it is recursive
  };

  [[nodiscard]] Level& level() { return levels_[depth_]; }
  // Inside parentheses that are no query's: of a function, as CAST(x AS TIME) is one.
  [[nodiscard]] bool in_arguments() { return depth_ != 0 && !level().query; }
  void step();
  void symbol();
  void word();
  void clause_word();
  void special_word();
  void changing_verb();
  void open();
  void close();
  void name();
  void table();
  void call(bool qualified);
  void check_variation(std::string_view function);
  void special_name();
  void user_variable();
  void system_variable();
  void into();
  void for_clause();
  void sequence_value();
  void next_cte();
  void end_cte(std::uint8_t cte);
  void add_table(TableName table);

  Cursor& cursor_;
  Verdict& verdict_;
  std::array<Level, kMaxDepth> levels_{};
  std::size_t depth_ = 0;
  std::size_t too_deep_ = 0;
  std::array<Cte, kMaxCtes> ctes_{};
  std::size_t cte_count_ = 0;
  bool with_ = false;  // the statement begins with WITH: its verb follows
  bool delete_ = false;
  bool saw_join_ = false;
  bool saw_query_ = false;
};

// Reads `a`, `a.b` or `a.b.c` as a table; nothing if the cursor is not on a name.
std::optional<TableName> read_table(Cursor& cursor);

}  // namespace understudy::sql
