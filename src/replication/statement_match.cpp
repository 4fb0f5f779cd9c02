#include "replication/statement_match.h"

#include <algorithm>
#include <array>

#include "replication/parameter_match.h"
#include "sql/lexer.h"

namespace understudy::replication {
namespace {

using sql::Token;
using sql::TokenKind;

std::string_view first_word(std::string_view text, const sql::Modes& modes) {
  sql::Lexer lexer(text, modes);
  Token token = lexer.next();
  while (token.is('('))
    token = lexer.next();
  return token.kind == TokenKind::Word ? token.text : std::string_view();
}

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
  return std::ranges::any_of(words, [&](std::string_view candidate) {
    return sql::equals_ignoring_case(word, candidate);
  });
}

// Without space and semicolons at its ends: the server logs a text without them.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v;";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool equal_tokens(const Token& a, const Token& b) {
  return a.kind == b.kind && a.text == b.text;
}

bool is_end(const Token& token) {
  return token.kind == TokenKind::End || token.kind == TokenKind::Semicolon;
}

Match match_tokens(const SentStatement& sent, const sql::Modes& modes, std::string_view text) {
  sql::Lexer sent_lexer(sent.text, modes);
  sql::Lexer logged_lexer(text, modes);
  Token theirs = sent_lexer.next();
  Token logged = logged_lexer.next();
  Match match = Match::Yes;
  std::size_t parameter = 0;
  while (!is_end(theirs)) {
    if (theirs.kind == TokenKind::Invalid || logged.kind == TokenKind::Invalid) return Match::Maybe;
    if (sent.prepared && theirs.kind == TokenKind::Parameter) {
      const auto value = parameter < sent.parameters.size() ? sent.parameters[parameter]
                                                            : std::optional<protocol::Value>();
      ++parameter;
      match = std::min(match, match_parameter(logged_lexer, logged, value));
      if (match == Match::No) return match;
    } else {
      if (!equal_tokens(theirs, logged)) return Match::No;
      logged = logged_lexer.next();
    }
    theirs = sent_lexer.next();
  }
  if (!is_end(logged)) return Match::No;
  return sent_lexer.doubtful() ? Match::Maybe : match;
}

// A statement in row format does not say what its default schema was, but its tables do.
Match match_schema(const SentStatement& sent, std::string_view schema, const sql::Modes& modes,
                   const LoggedStatement& logged) {
  if (!logged.row_based) return sql::equal_names(schema, logged.schema) ? Match::Yes : Match::No;
  const sql::Classification classification = sql::classify(sent.text, modes);
  if (classification.tables.tables().empty()) return Match::Yes;
  const sql::TableName target = classification.tables.tables().front();
  const std::string_view in = target.schema.empty() ? schema : target.schema;
  bool elsewhere = false;
  for (const ChangedRows& rows : logged.rows) {
    if (!sql::equal_names(rows.table, target.name)) continue;
    if (sql::equal_names(rows.schema, in)) return Match::Yes;
    elsewhere = true;
  }
  // Its name may be that of a view on the table elsewhere.
  return elsewhere ? Match::Maybe : Match::Yes;
}

// SET GLOBAL and the like; SET STATEMENT … FOR is logged, and so are passwords and roles.
bool is_unlogged_set(std::string_view text, const sql::Modes& modes) {
  constexpr std::array<std::string_view, 3> kLogged = {"statement", "password", "default"};
  sql::Lexer lexer(text, modes);
  if (!sql::equals_ignoring_case(lexer.next().text, "set")) return false;
  const Token second = lexer.next();
  return second.kind != TokenKind::Word || !is_one_of(second.text, kLogged);
}

}  // namespace

StatementKind kind_of(const SentStatement& sent, const sql::Modes& modes) {
  constexpr std::array<std::string_view, 4> kDml = {"insert", "replace", "update", "delete"};
  constexpr std::array<std::string_view, 10> kAsText = {"create",   "alter", "drop",   "truncate",
                                                        "rename",   "grant", "revoke", "analyze",
                                                        "optimize", "repair"};
  constexpr std::array<std::string_view, 14> kUnlogged = {
      "binlog", "cache", "change",  "clone",    "import", "install", "kill",
      "purge",  "reset", "restart", "shutdown", "start",  "stop",    "uninstall"};
  const sql::Classification classification = sql::classify(sent.text, modes);
  if (classification.kind == sql::StatementClass::Read) return StatementKind::Read;
  const std::string_view word = first_word(sent.text, modes);
  if (classification.statement_count != 1) return StatementKind::Anything;
  if (is_one_of(word, kDml)) return StatementKind::Dml;
  if (is_one_of(word, kUnlogged) || is_unlogged_set(sent.text, modes))
    return StatementKind::Unlogged;
  return is_one_of(word, kAsText) ? StatementKind::AsText : StatementKind::Anything;
}

Match match_statement(const SentStatement& sent, std::string_view schema, const sql::Modes& modes,
                      const LoggedStatement& logged) {
  if (logged.text.empty()) return Match::Maybe;
  const bool same = !sent.prepared && trimmed(sent.text) == trimmed(logged.text);
  const Match match = same ? Match::Yes : match_tokens(sent, modes, logged.text);
  if (match == Match::No) return match;
  const Match place = std::min(match, match_schema(sent, schema, modes, logged));
  // It changed rows before it failed; what its client was told is another matter.
  return logged.error_code == 0 ? place : std::min(place, Match::Maybe);
}

}  // namespace understudy::replication
