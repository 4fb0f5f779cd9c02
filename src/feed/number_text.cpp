#include "feed/number_text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace understudy::feed {
namespace {

constexpr int kExponentMax = 400;

std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.size(), text.find_first_not_of("0123456789"));
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

// What follows an 'e'; nothing if it is none.
std::optional<int> parse_exponent(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, exponent);
  if (error != std::errc{} || read != end) return std::nullopt;
  if (exponent > kExponentMax || exponent < -kExponentMax) return std::nullopt;
  return exponent;
}

// Moves the point to the right, or to the left if `places` is negative.
void shift(ExactNumber& number, int places) {
  for (; places > 0; --places) {
    number.whole += number.fraction.empty() ? '0' : number.fraction.front();
    if (!number.fraction.empty()) number.fraction.erase(0, 1);
  }
  for (; places < 0; ++places) {
    number.fraction.insert(number.fraction.begin(),
                           number.whole.empty() ? '0' : number.whole.back());
    if (!number.whole.empty()) number.whole.pop_back();
  }
}

void trim(ExactNumber& number) {
  number.whole.erase(0, std::min(number.whole.size(), number.whole.find_first_not_of('0')));
  number.fraction.erase(number.fraction.find_last_not_of('0') + 1);
  if (number.whole.empty() && number.fraction.empty()) number.negative = false;
}

std::strong_ordering compare_size(const ExactNumber& left, const ExactNumber& right) {
  if (left.whole.size() != right.whole.size()) return left.whole.size() <=> right.whole.size();
  if (const int whole = left.whole.compare(right.whole); whole != 0) return whole <=> 0;
  return left.fraction.compare(right.fraction) <=> 0;
}

}  // namespace

std::optional<ExactNumber> parse_number(std::string_view text) {
  ExactNumber number;
  if (text.starts_with('-') || text.starts_with('+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  number.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    number.fraction = take_digits(text);
  }
  if (number.whole.empty() && number.fraction.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    const std::optional<int> exponent = parse_exponent(text.substr(1));
    if (!exponent) return std::nullopt;
    shift(number, *exponent);
    text = {};
  }
  if (!text.empty()) return std::nullopt;
  trim(number);
  return number;
}

std::strong_ordering compare(const ExactNumber& left, const ExactNumber& right) {
  if (left.negative != right.negative) {
    return left.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left.negative ? compare_size(right, left) : compare_size(left, right);
}

}  // namespace understudy::feed
