#include <algorithm>
#include <charconv>

#include "understudy/result.h"

namespace understudy {
namespace {

const char* name_of(const Value& value) {
  struct Name {
    const char* operator()(std::nullptr_t) const { return "NULL"; }
    const char* operator()(std::int64_t) const { return "an integer"; }
    const char* operator()(std::uint64_t) const { return "an unsigned integer"; }
    const char* operator()(double) const { return "a floating point number"; }
    const char* operator()(const Decimal&) const { return "a decimal number"; }
    const char* operator()(const std::string&) const { return "text"; }
    const char* operator()(const Blob&) const { return "bytes"; }
    const char* operator()(const Date&) const { return "a date"; }
    const char* operator()(const DateTime&) const { return "a date and time"; }
    const char* operator()(Time) const { return "a time"; }
  };
  return std::visit(Name{}, value);
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

const Value& Row::value(std::string_view name) const {
  for (std::size_t i = 0; i < columns_->size(); ++i) {
    if (same_ignoring_case((*columns_)[i].name, name)) return values_.at(i);
  }
  throw std::out_of_range("the result has no column '" + std::string(name) + "'");
}

namespace detail {

void wrong_type(const Value& value, const char* wanted) {
  throw std::invalid_argument(std::string("the column holds ") + name_of(value) + ", not " +
                              wanted);
}

void out_of_range() {
  throw std::out_of_range("the number does not fit into the type asked for");
}

std::int64_t to_signed(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  const auto* number = std::get_if<std::uint64_t>(&value);
  if (number == nullptr) wrong_type(value, "an integer");
  if (!std::in_range<std::int64_t>(*number)) out_of_range();
  return static_cast<std::int64_t>(*number);
}

std::uint64_t to_unsigned(const Value& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) wrong_type(value, "an integer");
  if (!std::in_range<std::uint64_t>(*number)) out_of_range();
  return static_cast<std::uint64_t>(*number);
}

double to_double(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*number);
  const auto* decimal = std::get_if<Decimal>(&value);
  if (decimal == nullptr) wrong_type(value, "a number");
  double number = 0;
  std::from_chars(decimal->text.data(), decimal->text.data() + decimal->text.size(), number);
  return number;
}

std::string to_string(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* decimal = std::get_if<Decimal>(&value)) return decimal->text;
  const auto* blob = std::get_if<Blob>(&value);
  if (blob == nullptr) wrong_type(value, "text");
  return std::string(reinterpret_cast<const char*>(blob->data()), blob->size());
}

}  // namespace detail
}  // namespace understudy
