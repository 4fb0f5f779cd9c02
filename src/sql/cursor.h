#pragma once

#include <string_view>

#include "sql/keywords.h"
#include "sql/lexer.h"

namespace understudy::sql {

// A token and, if it is a word that may be one, its keyword.
struct Item {
  Token token;
  Keyword keyword = Keyword::None;
};

// The current token of a text and the one behind it. One token of look-ahead decides everything.
class Cursor {
 public:
  explicit Cursor(const Lexer& lexer) : lexer_(lexer) {
    read(false);
    shift();
  }

  [[nodiscard]] const Item& current() const { return current_; }
  [[nodiscard]] const Item& next() const { return next_; }
  [[nodiscard]] const Lexer& lexer() const { return lexer_; }
  // Some token so far was none of SQL.
  [[nodiscard]] bool saw_invalid() const { return saw_invalid_; }

  // Stays at the end of a statement; only next_statement() goes on behind a semicolon.
  void advance() {
    if (!at_end()) shift();
  }
  void next_statement() { shift(); }

  [[nodiscard]] bool is(Keyword keyword) const { return current_.keyword == keyword; }
  [[nodiscard]] bool is(char symbol) const { return current_.token.is(symbol); }
  [[nodiscard]] bool is(TokenKind kind) const { return current_.token.kind == kind; }
  [[nodiscard]] bool next_is(Keyword keyword) const { return next_.keyword == keyword; }
  [[nodiscard]] bool next_is(char symbol) const { return next_.token.is(symbol); }
  [[nodiscard]] bool is_name() const { return is(TokenKind::Word) || is(TokenKind::QuotedName); }
  [[nodiscard]] bool at_end() const { return is(TokenKind::End) || is(TokenKind::Semicolon); }
  [[nodiscard]] bool next_at_end() const {
    return next_.token.kind == TokenKind::End || next_.token.kind == TokenKind::Semicolon;
  }
  // The current token is a word in any case; for words that are no keywords.
  [[nodiscard]] bool is_word(std::string_view lower) const {
    return is(TokenKind::Word) && equals_ignoring_case(current_.token.text, lower);
  }

  bool accept(Keyword keyword) {
    if (!is(keyword)) return false;
    advance();
    return true;
  }
  bool accept(char symbol) {
    if (!is(symbol)) return false;
    advance();
    return true;
  }

 private:
  void shift() {
    current_ = next_;
    if (current_.token.kind == TokenKind::Invalid) saw_invalid_ = true;
    if (current_.token.kind != TokenKind::End) read(current_.token.is('.'));
  }
  void read(bool name_only) {
    next_.token = lexer_.next();
    next_.keyword = next_.token.kind == TokenKind::Word && !name_only ? keyword_of(next_.token.text)
                                                                      : Keyword::None;
  }

  Lexer lexer_;
  Item current_;
  Item next_;
  bool saw_invalid_ = false;
};

// Gathers what the parts of a statement add to its classification. The strongest class wins, and
// the reason is that of the first part which asked for it.
class Verdict {
 public:
  explicit Verdict(Classification& out) : out_(out) {}

  void raise(StatementClass kind, std::string_view reason) {
    if (!out_.reason.empty() && kind <= out_.kind) return;
    out_.kind = kind;
    out_.reason = reason;
  }
  void read(std::string_view reason) { raise(StatementClass::Read, reason); }
  void session(std::string_view reason, Effects effects) {
    raise(StatementClass::Session, reason);
    out_.effects.add(effects);
  }
  void primary(std::string_view reason, Effects effects = {}) {
    raise(StatementClass::Primary, reason);
    out_.effects.add(effects);
  }
  void write(std::string_view reason, Effects effects = {}) {
    primary(reason, effects);
    out_.writes = true;
  }
  void pin(std::string_view reason, Effects effects) {
    raise(StatementClass::Pin, reason);
    out_.effects.add(effects);
  }
  // Not understood: it may write.
  void doubt(std::string_view reason) { write(reason); }

  // Its result must not be kept for later; the first reason counts.
  void obstacle(std::string_view why) {
    if (out_.cache_obstacle.empty()) out_.cache_obstacle = why;
  }

  // The quoting of what follows in the same text may be another.
  void change_modes() { modes_changed_ = true; }
  [[nodiscard]] bool modes_changed() const { return modes_changed_; }

  void add(TableName table) { out_.tables.add(table); }
  [[nodiscard]] Classification& classification() { return out_; }

 private:
  Classification& out_;
  bool modes_changed_ = false;
};

}  // namespace understudy::sql
