#pragma once

#include <cstdint>
#include <string_view>

#include "sql/statement.h"

namespace understudy::sql {

enum class TokenKind : std::uint8_t {
  End,             // of the text
  Word,            // a keyword or a name without quotes
  QuotedName,      // `name`, or "name" under ANSI_QUOTES
  String,          // 'text', "text"; also x'', b'', n''
  Number,          // 1, 1.5, .5, 1e5, 0x1F, 0b01
  UserVariable,    // @name, @'name', @"name", @`name`
  SystemVariable,  // @@name, @@global.name
  Parameter,       // ?
  Semicolon,
  Assign,   // :=
  Symbol,   // any other single character of an operator or punctuation
  Invalid,  // not SQL: an unterminated literal or comment, a zero byte, …
};

// `text` views into the source: of quoted forms what is between the quotes (escapes as written), of
// variables what follows the @ signs (without the quotes of a quoted one).
struct Token {
  TokenKind kind = TokenKind::End;
  bool space_before = false;  // space or a comment lies between this token and the one before
  std::string_view text;
  std::size_t offset = 0;  // of the first character in the source, quotes and signs included
  std::size_t end = 0;     // the offset behind the last one

  [[nodiscard]] bool is(char symbol) const {
    return kind == TokenKind::Symbol && text.front() == symbol;
  }
};

// Splits a text of the MySQL and MariaDB dialect into tokens. Reads each byte once, allocates
// nothing and never reads past the end; a value that may be copied to look ahead.
//
// The content of an executable comment (`/*!`, `/*M!`) comes as ordinary tokens, or is left out
// with `skip_versioned`, which concerns only those where it depends on the server whether it is
// executed (see doubtful()).
class Lexer {
 public:
  Lexer(std::string_view source, const Modes& modes, bool skip_versioned = false)
      : source_(source), modes_(modes), skip_versioned_(skip_versioned) {}

  Token next();

  [[nodiscard]] std::string_view source() const { return source_; }
  [[nodiscard]] const Modes& modes() const { return modes_; }
  // An executable comment was met that some servers execute and others do not.
  [[nodiscard]] bool versioned_comment() const { return versioned_comment_; }
  // Bytes were met that the server may read in another way than this lexer does.
  [[nodiscard]] bool doubtful() const { return doubtful_; }
  // The inside of the first plain block comment so far; null data if there was none.
  [[nodiscard]] std::string_view first_comment() const { return first_comment_; }

 private:
  [[nodiscard]] unsigned char at(std::size_t index) const {
    return index < source_.size() ? static_cast<unsigned char>(source_[index]) : 0;
  }
  bool skip_space();  // false: an unterminated comment
  bool skip_comments();
  [[nodiscard]] bool begins_line_comment() const;
  void skip_line();
  bool skip_block_comment();
  bool skip_executable_comment();
  bool skip_content();
  // A name, which a dot may follow, or anything else.
  Token name(TokenKind kind, std::size_t begin, std::size_t end) {
    after_name_ = true;
    after_dot_ = false;
    return {kind, space_before_, {source_.data() + begin, end - begin}, begin, end};
  }
  Token other(TokenKind kind, std::size_t begin, std::size_t end) {
    after_name_ = after_dot_ = false;
    return {kind, space_before_, {source_.data() + begin, end - begin}, begin, end};
  }
  Token word();
  Token number();
  Token string(std::size_t begin, char quote);
  Token quoted_name(char quote);
  Token variable();
  Token symbol(unsigned char c);
  bool scan_quoted(char quote, bool escapes, std::size_t& inside_end);
  void scan_name();
  [[nodiscard]] std::size_t skip_plain(char quote, bool escapes, std::size_t position) const;

  std::string_view source_;
  Modes modes_;
  bool skip_versioned_;
  std::size_t position_ = 0;
  bool space_before_ = false;
  bool after_name_ = false;     // the token before is a name, directly adjacent
  bool after_dot_ = false;      // the token before is the dot of a qualified name
  bool in_executable_ = false;  // inside /*! */
  bool versioned_comment_ = false;
  bool doubtful_ = false;
  std::string_view first_comment_;
};

// True if `word` is `lower` in any case of its ASCII letters; `lower` is in lower case.
bool equals_ignoring_case(std::string_view word, std::string_view lower);
bool contains_ignoring_case(std::string_view text, std::string_view lower);
// Two names of columns or tables, where case does not tell them apart.
bool equal_names(std::string_view a, std::string_view b);

}  // namespace understudy::sql
