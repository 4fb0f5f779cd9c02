#include "feed/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <compare>
#include <optional>

#include "feed/json_text.h"
#include "feed/number_text.h"

namespace understudy::feed {
namespace {

using replication::ColumnValue;
using Order = Result<std::partial_ordering>;

Error cannot_compare(std::string_view what, const Literal& literal) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("{}, which {} cannot be compared with", what, literal.text));
}

Order compare_numbers(std::string_view number, const Literal& literal) {
  const std::optional<ExactNumber> wanted =
      literal.kind == Literal::Kind::Binary ? std::nullopt : parse_number(literal.text);
  const std::optional<ExactNumber> has = parse_number(number);
  if (!wanted || !has) return cannot_compare("the column holds numbers", literal);
  return std::partial_ordering(compare(*has, *wanted));
}

Order compare_float(double number, const Literal& literal) {
  double wanted = 0;
  const char* const end = literal.text.data() + literal.text.size();
  const auto [read, error] = std::from_chars(literal.text.data(), end, wanted);
  if (literal.kind == Literal::Kind::Binary || error == std::errc::invalid_argument || read != end)
    return cannot_compare("the column holds numbers", literal);
  return number <=> wanted;
}

Order compare_text(std::string_view text, const Literal& literal) {
  if (literal.kind == Literal::Kind::Number)
    return cannot_compare("the column holds text (put the value in quotes)", literal);
  return std::partial_ordering(text.compare(literal.text) <=> 0);
}

// The form of value_text() without what does not change the meaning: zeros at the fraction's end,
// the Z, a time of midnight.
std::string plain_moment(std::string_view text) {
  std::string plain(text);
  if (plain.size() > 10 && (plain[10] == ' ' || plain[10] == 't')) plain[10] = 'T';
  if (plain.ends_with('Z') || plain.ends_with('z')) plain.pop_back();
  if (plain.size() == 16) plain += ":00";
  if (const std::size_t point = plain.find('.'); point != std::string::npos)
    plain.erase(std::max(point, plain.find_last_not_of('0') + 1));
  if (plain.ends_with('.')) plain.pop_back();
  if (plain.ends_with("T00:00:00")) plain.resize(10);
  return plain;
}

bool looks_like_date(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  for (std::size_t i = 0; i < std::min(text.size(), kForm.size()); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  if (text.size() <= 19) return text.size() == 10 || text.size() == 19;
  const std::string_view rest = text.substr(20);
  return text[19] == '.' && rest.find_first_not_of("0123456789") == std::string_view::npos;
}

Order compare_moment(const ColumnValue& value, const Literal& literal) {
  const std::string wanted = plain_moment(literal.text);
  if (literal.kind != Literal::Kind::Text || !looks_like_date(wanted))
    return cannot_compare("the column holds dates such as '2026-11-26 12:00:00'", literal);
  return std::partial_ordering(plain_moment(value_text(value)).compare(wanted) <=> 0);
}

// "-12:30:00.5" in microseconds; nothing for another text.
std::optional<std::int64_t> parse_span(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t seconds = 0;
  for (int part = 0; part < 3; ++part) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > 100'000) return std::nullopt;
    seconds = seconds * 60 + number;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty() && part > 0) {
      if (part == 1) seconds *= 60;
      break;
    }
    if (part < 2 && !text.starts_with(':')) return std::nullopt;
    if (part < 2) text.remove_prefix(1);
  }
  std::int64_t fraction = 0;
  if (!text.empty()) {
    if (text.front() != '.' || text.size() > 7) return std::nullopt;
    std::string digits(text.substr(1));
    digits.resize(6, '0');
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), fraction);
    if (error != std::errc{} || end != digits.data() + digits.size() || fraction < 0)
      return std::nullopt;
  }
  const std::int64_t size = seconds * 1'000'000 + fraction;
  return negative ? -size : size;
}

Order compare_span(const replication::TimeSpan& span, const Literal& literal) {
  const std::optional<std::int64_t> wanted =
      literal.kind == Literal::Kind::Text ? parse_span(literal.text) : std::nullopt;
  if (!wanted) return cannot_compare("the column holds times such as '12:30:00'", literal);
  return std::partial_ordering(span.microseconds <=> *wanted);
}

struct Comparer {
  const ColumnValue& value;
  const Literal& literal;

  Order operator()(const replication::Absent&) const { return std::partial_ordering::unordered; }
  Order operator()(const replication::SqlNull&) const { return std::partial_ordering::unordered; }
  Order operator()(std::int64_t number) const {
    return compare_numbers(fmt::format_int(number).c_str(), literal);
  }
  Order operator()(std::uint64_t number) const {
    return compare_numbers(fmt::format_int(number).c_str(), literal);
  }
  Order operator()(const replication::DecimalText& number) const {
    return compare_numbers(number.text, literal);
  }
  Order operator()(float number) const { return compare_float(double{number}, literal); }
  Order operator()(double number) const { return compare_float(number, literal); }
  Order operator()(const std::string& text) const { return compare_text(text, literal); }
  Order operator()(const Bytes& bytes) const { return compare_text(as_text(bytes), literal); }
  Order operator()(const replication::CivilDate&) const { return compare_moment(value, literal); }
  Order operator()(const replication::CivilTime&) const { return compare_moment(value, literal); }
  Order operator()(const replication::UnixTime&) const { return compare_moment(value, literal); }
  Order operator()(const replication::TimeSpan& span) const { return compare_span(span, literal); }
  Order operator()(const replication::JsonText&) const {
    return cannot_compare("the column holds JSON", literal);
  }
  Order operator()(const replication::JsonChanges&) const {
    return cannot_compare("the column holds JSON", literal);
  }
  Order operator()(const replication::GeometryBytes&) const {
    return cannot_compare("the column holds geometry", literal);
  }
};

bool fits(Operator with, std::partial_ordering order) {
  switch (with) {
    case Operator::Equal:
    case Operator::In:
      return std::is_eq(order);
    case Operator::NotEqual:
    case Operator::NotIn:
      return std::is_neq(order);
    case Operator::Less:
      return std::is_lt(order);
    case Operator::LessOrEqual:
      return std::is_lteq(order);
    case Operator::Greater:
      return std::is_gt(order);
    case Operator::GreaterOrEqual:
      return std::is_gteq(order);
    case Operator::IsNull:
    case Operator::IsNotNull:
      break;
  }
  return false;
}

Error with_column(Error error, const ColumnName& column) {
  error.message = fmt::format("where: {}: {}", to_string(column), error.message);
  return error;
}

}  // namespace

Result<bool> holds(const Comparison& comparison, const ColumnValue& value) {
  if (std::holds_alternative<replication::Absent>(value)) {
    return with_column(
        make_error(ErrorKind::Invalid,
                   "the log has not got the column in every row; set binlog_row_image=FULL"),
        comparison.column);
  }
  const bool null = std::holds_alternative<replication::SqlNull>(value);
  if (comparison.with == Operator::IsNull) return null;
  if (comparison.with == Operator::IsNotNull || null) return !null;
  const bool wants_all = comparison.with == Operator::NotIn;
  for (const Literal& literal : comparison.literals) {
    const Order order = std::visit(Comparer{value, literal}, value);
    if (!order) return with_column(order.error(), comparison.column);
    if (fits(comparison.with, *order) != wants_all) return !wants_all;
  }
  return wants_all;
}

std::string to_string(const ColumnName& name) {
  std::string text;
  for (const std::string* part : {&name.schema, &name.table}) {
    if (!part->empty()) text += *part + '.';
  }
  return text + name.column;
}

}  // namespace understudy::feed
