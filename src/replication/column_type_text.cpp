#include "replication/column_type_text.h"

#include <fmt/format.h>

#include <charconv>

namespace understudy::replication {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The text from its front; any step fails for good.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool parse(ColumnTypeText& type) {
    type.name = word();
    if (type.name.empty()) return false;
    if (take('(') && !arguments(type)) return false;
    while (!rest_.empty()) {
      const std::string attribute = word();
      if (attribute == "unsigned" || attribute == "zerofill") type.is_unsigned = true;
      if (attribute == "compressed") type.compressed = true;
      // Signs of a comment: /*M!100301 … */
      if (attribute.empty() && !rest_.empty()) rest_.remove_prefix(1);
    }
    return true;
  }

 private:
  std::string word() {
    while (rest_.starts_with(' '))
      rest_.remove_prefix(1);
    std::string word;
    while (!rest_.empty() && is_word(rest_[0])) {
      word += small(rest_[0]);
      rest_.remove_prefix(1);
    }
    return word;
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool arguments(ColumnTypeText& type) {
    do {
      if (rest_.starts_with('\'') ? !member(type.members) : !number(type.arguments)) return false;
    } while (take(','));
    return take(')');
  }

  bool number(std::vector<std::uint32_t>& numbers) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    numbers.push_back(value);
    return true;
  }

  // Quotes in it are doubled; servers do not escape anything else there.
  bool member(std::vector<std::string>& members) {
    std::string text;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c != '\'') {
        text += c;
      } else if (take('\'')) {
        text += '\'';
      } else {
        members.push_back(std::move(text));
        return true;
      }
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

Result<ColumnTypeText> parse_column_type(std::string_view text) {
  ColumnTypeText type;
  if (Parser(text).parse(type)) return type;
  return make_error(ErrorKind::Invalid, fmt::format("not a column's type: {}", text));
}

}  // namespace understudy::replication
