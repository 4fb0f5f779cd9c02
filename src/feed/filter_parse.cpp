#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "feed/filter.h"
#include "sql/lexer.h"

namespace understudy::feed {
namespace {

using sql::Token;
using sql::TokenKind;

bool equals_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
}

char unescaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1A';
    default:
      return c;
  }
}

// What a text between `quote`s means; see the manual, "String Literals".
std::string text_value(std::string_view written, char quote) {
  std::string value;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool more = i + 1 < written.size();
    if (written[i] == quote && more && written[i + 1] == quote) {
      ++i;
      value += quote;
    } else if (written[i] == '\\' && more) {
      value += unescaped(written[++i]);
    } else {
      value += written[i];
    }
  }
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// The bytes of "414200"; nothing for what are no such digits.
std::optional<std::string> hex_value(std::string_view digits) {
  std::string value;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]);
    const int low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    value += static_cast<char>(high * 16 + low);
  }
  return value;
}

std::string name_value(const Token& token) {
  return token.kind == TokenKind::QuotedName ? text_value(token.text, '`')
                                             : std::string(token.text);
}

// One pass over the text; the first thing that is not understood is the error.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text), lexer_(text, sql::Modes{}) {
    advance();
  }

  Result<Filter> parse() {
    Filter filter;
    do {
      if (filter.size() == kComparisonsMax)
        return make_error(ErrorKind::Invalid,
                          fmt::format("where: more than {} comparisons", kComparisonsMax));
      Comparison comparison;
      if (!column(comparison.column) || !condition(comparison)) return error();
      filter.push_back(std::move(comparison));
    } while (accept_word("AND"));
    if (token_.kind != TokenKind::End) return fail("AND or the end"), error();
    return filter;
  }

 private:
  void advance() { token_ = lexer_.next(); }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return token_.kind == TokenKind::Word && equals_word(token_.text, word);
  }
  bool accept_word(std::string_view word) {
    if (!is_word(word)) return false;
    advance();
    return true;
  }
  bool accept(char symbol) {
    if (!token_.is(symbol)) return false;
    advance();
    return true;
  }
  // Remembers what should have stood here.
  bool fail(std::string_view wanted) {
    if (wanted_.empty()) wanted_ = wanted;
    return false;
  }
  [[nodiscard]] Error error() const {
    const std::string_view here = text_.substr(std::min(token_.offset, text_.size()), 40);
    return make_error(ErrorKind::Invalid,
                      fmt::format("where: expected {} {}{}", wanted_,
                                  here.empty() ? "at the end" : "before: ", here));
  }

  bool name(std::string& part) {
    if (token_.kind != TokenKind::Word && token_.kind != TokenKind::QuotedName)
      return fail("the name of a column");
    part = name_value(token_);
    if (part.empty()) return fail("the name of a column");
    advance();
    return true;
  }

  bool column(ColumnName& column) {
    std::vector<std::string> parts(1);
    if (!name(parts.back())) return false;
    while (parts.size() < 3 && accept('.')) {
      parts.emplace_back();
      if (!name(parts.back())) return false;
    }
    column.column = std::move(parts.back());
    if (parts.size() > 1) column.table = std::move(parts[parts.size() - 2]);
    if (parts.size() > 2) column.schema = std::move(parts.front());
    return true;
  }

  bool condition(Comparison& comparison) {
    if (accept_word("IS")) {
      comparison.with = accept_word("NOT") ? Operator::IsNotNull : Operator::IsNull;
      return accept_word("NULL") || fail("NULL");
    }
    if (accept_word("NOT")) {
      comparison.with = Operator::NotIn;
      return accept_word("IN") ? list(comparison.literals) : fail("IN");
    }
    if (accept_word("IN")) {
      comparison.with = Operator::In;
      return list(comparison.literals);
    }
    if (!sign(comparison.with)) return fail("=, <>, <, <=, >, >=, IN or IS NULL");
    return literal(comparison.literals.emplace_back());
  }

  bool sign(Operator& with) {
    if (accept('=')) {
      with = Operator::Equal;
    } else if (accept('!')) {
      with = Operator::NotEqual;
      return accept('=');
    } else if (accept('<')) {
      with = accept('=')   ? Operator::LessOrEqual
             : accept('>') ? Operator::NotEqual
                           : Operator::Less;
    } else if (accept('>')) {
      with = accept('=') ? Operator::GreaterOrEqual : Operator::Greater;
    } else {
      return false;
    }
    return true;
  }

  bool list(std::vector<Literal>& literals) {
    if (!accept('(')) return fail("(");
    do {
      if (literals.size() == kLiteralsMax) return fail("fewer values in the list");
      if (!literal(literals.emplace_back())) return false;
    } while (accept(','));
    return accept(')') || fail("a comma or )");
  }

  bool literal(Literal& literal) {
    const bool negative = accept('-');
    if (token_.kind == TokenKind::Number) return number(literal, negative);
    if (negative) return fail("a number");
    if (is_word("TRUE") || is_word("FALSE")) {
      literal = {Literal::Kind::Number, is_word("TRUE") ? "1" : "0"};
      advance();
      return true;
    }
    if (token_.kind != TokenKind::String) return fail("a number or a text in quotes");
    return text(literal);
  }

  bool number(Literal& literal, bool negative) {
    if (token_.text.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
      return fail("a decimal number");
    literal = {Literal::Kind::Number, (negative ? "-" : "") + std::string(token_.text)};
    advance();
    return true;
  }

  bool text(Literal& literal) {
    const char first = text_[token_.offset];
    if (first == 'x' || first == 'X') {
      std::optional<std::string> value = hex_value(token_.text);
      if (!value) return fail("an even number of hexadecimal digits");
      literal = {Literal::Kind::Binary, std::move(*value)};
    } else if (first == '\'' || first == '"') {
      literal = {Literal::Kind::Text, text_value(token_.text, first)};
    } else {
      return fail("a number or a text in quotes");
    }
    advance();
    return true;
  }

  std::string_view text_;
  sql::Lexer lexer_;
  Token token_;
  std::string wanted_;
};

}  // namespace

Result<Filter> parse_filter(std::string_view text) {
  return FilterParser(text).parse();
}

}  // namespace understudy::feed
