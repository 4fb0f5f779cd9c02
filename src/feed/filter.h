#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/column_value.h"

namespace understudy::feed {

// A column as a request names it: "price", "products.price" or "shop.products.price". What is not
// named is empty, and means every subscribed table.
struct ColumnName {
  std::string schema;
  std::string table;
  std::string column;

  friend bool operator==(const ColumnName&, const ColumnName&) = default;
};

struct Literal {
  enum class Kind : std::uint8_t { Number, Text, Binary };
  Kind kind = Kind::Number;
  std::string text;  // what it means: without quotes and escapes, with its sign

  friend bool operator==(const Literal&, const Literal&) = default;
};

enum class Operator : std::uint8_t {
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  In,
  NotIn,
  IsNull,
  IsNotNull,
};

struct Comparison {
  ColumnName column;
  Operator with = Operator::Equal;
  std::vector<Literal> literals;  // one; several for In and NotIn; none for IsNull and IsNotNull

  friend bool operator==(const Comparison&, const Comparison&) = default;
};

// What rows a subscriber wants: all of the comparisons hold. Empty: every row.
using Filter = std::vector<Comparison>;

inline constexpr std::size_t kComparisonsMax = 32;
inline constexpr std::size_t kLiteralsMax = 1000;

// Reads `price >= 10 AND shop.products.name IN ('a', 'b') AND deleted IS NULL`, in the words of
// SQL: column names with or without backquotes; = <> != < <= > >=, IN, NOT IN, IS NULL, IS NOT
// NULL; numbers, texts, x'…', TRUE and FALSE. Error: Invalid, with what is not understood.
Result<Filter> parse_filter(std::string_view text);

// True if the value is one that the comparison asks for; NULL never is but with IS NULL. Numbers
// are compared exactly whatever their types (floats as double), texts as the bytes of UTF-8 (no
// collation), dates and times by what they mean ("2026-11-26 12:00" and "2026-11-26T12:00:00Z" are
// the same for a TIMESTAMP, which is UTC). Error: Invalid if the literal cannot be compared with
// the value, or the row image has not got the column.
Result<bool> holds(const Comparison& comparison, const replication::ColumnValue& value);

// "price", "shop.products.price".
std::string to_string(const ColumnName& name);

}  // namespace understudy::feed
