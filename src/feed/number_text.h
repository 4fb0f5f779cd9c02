#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::feed {

// An exact number of any size, from its text.
struct ExactNumber {
  bool negative = false;  // never of zero
  std::string whole;      // digits without zeros in front; empty for 0
  std::string fraction;   // digits without zeros behind

  friend bool operator==(const ExactNumber&, const ExactNumber&) = default;
};

// Reads "12", "-0.50", ".5", "1.5e3" (an exponent of at most 400). Nothing for any other text.
std::optional<ExactNumber> parse_number(std::string_view text);

std::strong_ordering compare(const ExactNumber& left, const ExactNumber& right);

}  // namespace understudy::feed
