#include "backend/results_question.h"

#include <fmt/format.h>

#include <vector>

#include "protocol/column.h"
#include "protocol/text_result.h"
#include "sql/cursor.h"

namespace understudy::backend {
namespace {

using sql::Cursor;
using sql::Keyword;
using sql::TokenKind;

constexpr std::uint32_t kNumberLength = 21;
constexpr std::uint16_t kNotNull = 0x01;
constexpr std::uint16_t kUnsigned = 0x20;
constexpr std::uint16_t kBinary = 0x80;
constexpr std::size_t kColumnsMax = 16;

struct Answer {
  std::string_view name;
  std::uint16_t flags = 0;
  std::string value;
};

template <typename Number>
std::optional<Answer> number(std::optional<Number> value, std::uint16_t flags) {
  if (!value) return std::nullopt;
  return Answer{{}, static_cast<std::uint16_t>(flags | kBinary), fmt::format("{}", *value)};
}

std::optional<Answer> of_function(std::string_view name, const KnownResults& results) {
  if (sql::equals_ignoring_case(name, "found_rows")) return number(results.found_rows, kNotNull);
  if (sql::equals_ignoring_case(name, "row_count")) return number(results.row_count, kNotNull);
  if (sql::equals_ignoring_case(name, "last_insert_id"))
    return number(std::optional(results.last_insert_id), kNotNull | kUnsigned);
  return std::nullopt;
}

std::optional<Answer> of_variable(std::string_view name, const KnownResults& results) {
  if (sql::equals_ignoring_case(name, "warning_count")) return number(results.warnings, kUnsigned);
  if (sql::equals_ignoring_case(name, "error_count")) return number(results.errors, kUnsigned);
  if (sql::equals_ignoring_case(name, "last_insert_id") ||
      sql::equals_ignoring_case(name, "identity"))
    return number(std::optional(results.last_insert_id), kUnsigned);
  return std::nullopt;
}

// One expression of the list and its alias. The column's name is the expression as it is written.
std::optional<Answer> read_item(Cursor& cursor, const KnownResults& results) {
  const sql::Token first = cursor.current().token;
  std::optional<Answer> answer;
  std::size_t end = first.end;
  if (first.kind == TokenKind::SystemVariable) {
    answer = of_variable(first.text, results);
  } else if (first.kind == TokenKind::Word && cursor.next_is('(')) {
    answer = of_function(first.text, results);
    cursor.advance();
    cursor.advance();
    end = cursor.current().token.end;
    if (!cursor.is(')')) return std::nullopt;
  }
  if (!answer) return std::nullopt;
  cursor.advance();
  answer->name = cursor.lexer().source().substr(first.offset, end - first.offset);
  if (cursor.accept(Keyword::As)) {
    if (!cursor.is_name()) return std::nullopt;
    answer->name = cursor.current().token.text;
    cursor.advance();
  }
  return answer;
}

// Behind SHOW: COUNT(*) WARNINGS or ERRORS
std::optional<Answer> read_count(Cursor& cursor, const KnownResults& results) {
  for (const char symbol : {'(', '*', ')'})
    if (!cursor.accept(symbol)) return std::nullopt;
  const bool errors = cursor.is(Keyword::Errors);
  if (!errors && !cursor.is(Keyword::Warnings)) return std::nullopt;
  cursor.advance();
  auto answer = number(errors ? results.errors : results.warnings, kUnsigned);
  if (answer) answer->name = errors ? "@@session.error_count" : "@@session.warning_count";
  return answer;
}

std::vector<Answer> read_question(std::string_view text, const sql::Modes& modes,
                                  const KnownResults& results) {
  std::vector<Answer> answers;
  Cursor cursor{sql::Lexer{text, modes}};
  const bool count = cursor.accept(Keyword::Show);
  if (count ? !cursor.accept(Keyword::Count) : !cursor.accept(Keyword::Select)) return {};
  do {
    auto answer = count ? read_count(cursor, results) : read_item(cursor, results);
    if (!answer || answers.size() == kColumnsMax) return {};
    answers.push_back(*std::move(answer));
  } while (!count && cursor.accept(','));
  if (!cursor.at_end()) return {};
  while (cursor.is(TokenKind::Semicolon))
    cursor.next_statement();
  if (!cursor.is(TokenKind::End)) return {};
  return answers;
}

}  // namespace

bool names_insert_id(std::string_view text) {
  return sql::contains_ignoring_case(text, "last_insert_id") ||
         sql::contains_ignoring_case(text, "identity");
}

std::optional<Bytes> answer_results_question(std::string_view text, const sql::Modes& modes,
                                             const KnownResults& results,
                                             std::uint32_t capabilities, std::uint16_t status) {
  const std::vector<Answer> answers = read_question(text, modes, results);
  if (answers.empty()) return std::nullopt;
  std::vector<protocol::ColumnDefinition> columns;
  std::vector<std::string_view> values;
  for (const Answer& answer : answers) {
    columns.push_back(protocol::number_column(answer.name, kNumberLength,
                                              protocol::ColumnType::LongLong, answer.flags));
    values.push_back(answer.value);
  }
  protocol::TextResultBuilder builder(capabilities);
  builder.columns(columns, status);
  builder.row(values);
  return std::move(builder).finish(status);
}

}  // namespace understudy::backend
