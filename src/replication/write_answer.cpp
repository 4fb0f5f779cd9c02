#include "replication/write_answer.h"

#include <algorithm>
#include <array>

#include "sql/lexer.h"

namespace understudy::replication {
namespace {

using sql::Token;
using sql::TokenKind;

enum class Verb : std::uint8_t { Insert, Replace, Update, Delete, Other };

// What of a statement's text decides its answer.
struct TextShape {
  Verb verb = Verb::Other;
  bool ignore = false;
  bool on_duplicate = false;
  bool returning = false;
  bool names_insert_id = false;                     // LAST_INSERT_ID may set what is answered
  std::optional<std::uint64_t> tuples;              // of VALUES
  bool literal = false;                             // all of them literals
  std::optional<std::vector<std::string>> columns;  // that an INSERT names
};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return lower;
}

bool is_word(const Token& token, std::string_view lower) {
  return token.kind == TokenKind::Word && sql::equals_ignoring_case(token.text, lower);
}

Verb verb_of(const Token& token) {
  if (is_word(token, "insert")) return Verb::Insert;
  if (is_word(token, "replace")) return Verb::Replace;
  if (is_word(token, "update")) return Verb::Update;
  if (is_word(token, "delete")) return Verb::Delete;
  return Verb::Other;
}

// Whether a token inside of a tuple may be part of a literal.
bool is_literal_part(const Token& token) {
  constexpr std::array<std::string_view, 7> kWords = {"null", "default", "true",     "false",
                                                      "date", "time",    "timestamp"};
  return token.kind == TokenKind::Number || token.kind == TokenKind::String || token.is(',') ||
         token.is('-') || token.is('+') ||
         std::ranges::any_of(kWords, [&](std::string_view word) { return is_word(token, word); });
}

// Reads tuples from the first token behind VALUES on; returns the first token behind them.
Token take_tuples(sql::Lexer& lexer, TextShape& shape) {
  shape.tuples = 0;
  shape.literal = true;
  std::size_t depth = 0;
  while (true) {
    const Token token = lexer.next();
    if (token.kind == TokenKind::End || token.kind == TokenKind::Invalid) return token;
    if (token.is('(')) {
      if (depth++ == 0) {
        ++*shape.tuples;
      } else {
        shape.literal = false;
      }
    } else if (token.is(')')) {
      if (depth > 0) --depth;
    } else if (depth > 0) {
      shape.literal = shape.literal && is_literal_part(token);
    } else if (!token.is(',')) {
      return token;
    }
  }
}

// The columns that an INSERT names.
class ColumnList {
 public:
  void take(const Token& token) {
    constexpr std::array<std::string_view, 6> kBody = {"select", "with",  "set",
                                                       "values", "value", "table"};
    const bool body =
        std::ranges::any_of(kBody, [&](std::string_view word) { return is_word(token, word); });
    if (over_) return;
    if (body || (names_ && (token.is('(') || token.is(')')))) {
      over_ = true;
      if (!token.is(')')) names_.reset();  // what follows is no list
    } else if (names_) {
      const bool name = token.kind == TokenKind::Word || token.kind == TokenKind::QuotedName;
      if (name) names_->push_back(lower_case(token.text));
    } else if (token.is('(') && !after_partition_) {
      names_.emplace();
    }
    after_partition_ = is_word(token, "partition");
  }
  [[nodiscard]] std::optional<std::vector<std::string>> names() const { return names_; }

 private:
  std::optional<std::vector<std::string>> names_;
  bool over_ = false;
  bool after_partition_ = false;
};

TextShape shape_of(std::string_view text, const sql::Modes& modes) {
  TextShape shape;
  sql::Lexer lexer(text, modes);
  Token token = lexer.next();
  shape.verb = verb_of(token);
  const bool inserts = shape.verb == Verb::Insert || shape.verb == Verb::Replace;
  ColumnList columns;
  std::size_t depth = 0;
  for (; token.kind != TokenKind::End && token.kind != TokenKind::Invalid; token = lexer.next()) {
    if (token.is('(')) ++depth;
    if (token.is(')') && depth > 0) --depth;
    if (inserts) columns.take(token);
    if (inserts && depth == 0 && !shape.tuples &&
        (is_word(token, "values") || is_word(token, "value"))) {
      token = take_tuples(lexer, shape);
    }
    shape.ignore = shape.ignore || is_word(token, "ignore");
    shape.on_duplicate = shape.on_duplicate || is_word(token, "duplicate");
    shape.returning = shape.returning || is_word(token, "returning");
    shape.names_insert_id = shape.names_insert_id || is_word(token, "last_insert_id");
    if (token.kind == TokenKind::End) break;
  }
  shape.columns = columns.names();
  if (lexer.doubtful() || token.kind == TokenKind::Invalid) shape.verb = Verb::Other;
  shape.names_insert_id =
      shape.names_insert_id || sql::contains_ignoring_case(text, "last_insert_id");
  return shape;
}

// The rows of the one table that the statement names. Nothing if it names several, or another one:
// a view, perhaps.
std::optional<ChangedRows> target_rows(const LoggedStatement& statement, Verb verb,
                                       const sql::Modes& modes) {
  if (!statement.rows_complete) return std::nullopt;
  const sql::Classification classification = sql::classify(statement.text, modes);
  const auto tables = classification.tables.tables();
  const bool only_one = verb == Verb::Update || verb == Verb::Delete;
  if (tables.empty() || (only_one && tables.size() > 1)) return std::nullopt;
  const ChangedRows* found = nullptr;
  for (const ChangedRows& rows : statement.rows) {
    if (!sql::equal_names(rows.table, tables.front().name)) continue;
    if (found != nullptr) return std::nullopt;
    found = &rows;
  }
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<std::uint64_t> affected_by_rows(const TextShape& shape, const ChangedRows& rows,
                                              bool found_rows) {
  const std::uint64_t written = rows.written;
  const std::uint64_t updated = rows.updated;
  const std::uint64_t deleted = rows.deleted;
  switch (shape.verb) {
    case Verb::Insert:
      if (deleted != 0) return std::nullopt;
      if (!shape.on_duplicate) return updated == 0 ? std::optional(written) : std::nullopt;
      // Both at once may be the history of a table with versions.
      if (written != 0 && updated != 0) return std::nullopt;
      if (found_rows && shape.tuples != written + updated) return std::nullopt;
      return written + 2 * updated;
    case Verb::Replace:
      if (!shape.tuples || written + updated > *shape.tuples) return std::nullopt;
      return *shape.tuples + deleted + updated;
    case Verb::Update:
      if (found_rows || written != 0 || deleted != 0) return std::nullopt;
      return updated;
    case Verb::Delete:
      return written == 0 && updated == 0 ? std::optional(deleted) : std::nullopt;
    case Verb::Other:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> affected(const LoggedStatement& statement, const TextShape& shape,
                                      bool found_rows, const sql::Modes& modes) {
  if (shape.returning) return std::nullopt;
  if (statement.row_based) {
    const std::optional<ChangedRows> rows = target_rows(statement, shape.verb, modes);
    return rows ? affected_by_rows(shape, *rows, found_rows) : std::nullopt;
  }
  const bool all_written = shape.verb == Verb::Insert && !shape.ignore && !shape.on_duplicate;
  return all_written ? shape.tuples : std::nullopt;
}

std::optional<std::uint64_t> insert_id(const LoggedStatement& statement, const TextShape& shape) {
  if (shape.returning || shape.names_insert_id) return std::nullopt;
  switch (shape.verb) {
    case Verb::Update:
    case Verb::Delete:
      return 0;
    case Verb::Insert:
    case Verb::Replace:
      // Of several rows the first may not be the one that was given the first value.
      if (shape.on_duplicate || (shape.ignore && shape.tuples != 1u)) return std::nullopt;
      return statement.insert_id;
    case Verb::Other:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<InsertedRows> inserted(const LoggedStatement& statement, const TextShape& shape,
                                     const sql::Modes& modes) {
  const bool inserts = shape.verb == Verb::Insert || shape.verb == Verb::Replace;
  if (!inserts || !statement.row_based || shape.returning || shape.names_insert_id)
    return std::nullopt;
  const std::optional<ChangedRows> rows = target_rows(statement, shape.verb, modes);
  if (!rows || rows->written == 0 || rows->updated != 0) return std::nullopt;
  if (shape.on_duplicate && shape.tuples != 1u) return std::nullopt;
  const auto place = std::ranges::find(statement.rows, *rows) - statement.rows.begin();
  const auto index = static_cast<std::size_t>(place);
  if (index >= statement.first_written.size() || statement.first_written[index].empty())
    return std::nullopt;
  // Of several the server may answer with one that it did not write.
  const bool several = rows->written > 1 || (shape.ignore && shape.tuples != 1u);
  return InsertedRows{rows->schema, rows->table, statement.first_written[index], several,
                      shape.columns};
}

}  // namespace

WriteAnswer answer_of(const LoggedStatement& statement, bool found_rows, const sql::Modes& modes) {
  const TextShape shape = shape_of(statement.text, modes);
  WriteAnswer answer;
  answer.affected_rows = affected(statement, shape, found_rows, modes);
  answer.last_insert_id = insert_id(statement, shape);
  if (!answer.last_insert_id) answer.inserted = inserted(statement, shape, modes);
  answer.literal = shape.literal && !shape.on_duplicate;
  return answer;
}

}  // namespace understudy::replication
