#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/value.h"

namespace understudy {

struct Column {
  std::string name;   // as in the result: the alias, if there is one
  std::string table;  // alias of the table it is from, or empty
};

namespace detail {
std::int64_t to_signed(const Value& value);
std::uint64_t to_unsigned(const Value& value);
double to_double(const Value& value);
std::string to_string(const Value& value);
[[noreturn]] void wrong_type(const Value& value, const char* wanted);
[[noreturn]] void out_of_range();
}  // namespace detail

// Converts a value: integers to any integer type that can hold it, any number to double, text and
// Decimal and Blob to std::string; NULL only to an optional. Throws std::invalid_argument for a
// value of another type or NULL, std::out_of_range for a number that does not fit.
template <typename T>
T from_value(const Value& value) {
  if constexpr (std::is_same_v<T, Value>) {
    return value;
  } else if constexpr (detail::kIsOptional<T>) {
    if (std::holds_alternative<std::nullptr_t>(value)) return std::nullopt;
    return from_value<typename T::value_type>(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return detail::to_signed(value) != 0;
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    const std::int64_t number = detail::to_signed(value);
    if (!std::in_range<T>(number)) detail::out_of_range();
    return static_cast<T>(number);
  } else if constexpr (std::is_integral_v<T>) {
    const std::uint64_t number = detail::to_unsigned(value);
    if (!std::in_range<T>(number)) detail::out_of_range();
    return static_cast<T>(number);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(detail::to_double(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return detail::to_string(value);
  } else {
    if (const T* const same = std::get_if<T>(&value)) return *same;
    detail::wrong_type(value, "a value of the type asked for");
  }
}

// One row. A value; keeps what it needs of its result alive.
class Row {
 public:
  Row(std::shared_ptr<const std::vector<Column>> columns, std::vector<Value> values)
      : columns_(std::move(columns)), values_(std::move(values)) {}

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  // Throws std::out_of_range if there is no such column.
  [[nodiscard]] const Value& value(std::size_t index) const { return values_.at(index); }
  // By name, ASCII case ignored; the first one of that name.
  [[nodiscard]] const Value& value(std::string_view name) const;
  [[nodiscard]] bool is_null(std::size_t index) const {
    return std::holds_alternative<std::nullptr_t>(value(index));
  }
  [[nodiscard]] bool is_null(std::string_view name) const {
    return std::holds_alternative<std::nullptr_t>(value(name));
  }

  // As from_value().
  template <typename T>
  [[nodiscard]] T get(std::size_t index) const {
    return from_value<T>(value(index));
  }
  template <typename T>
  [[nodiscard]] T get(std::string_view name) const {
    return from_value<T>(value(name));
  }

 private:
  std::shared_ptr<const std::vector<Column>> columns_;
  std::vector<Value> values_;
};

// What a statement answered. A value.
class QueryResult {
 public:
  QueryResult() : columns_(std::make_shared<std::vector<Column>>()) {}
  QueryResult(std::shared_ptr<const std::vector<Column>> columns, std::vector<Row> rows)
      : columns_(std::move(columns)), rows_(std::move(rows)) {}

  [[nodiscard]] const std::vector<Column>& columns() const { return *columns_; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] auto begin() const { return rows_.begin(); }
  [[nodiscard]] auto end() const { return rows_.end(); }
  // Throws std::out_of_range if there is no such row.
  [[nodiscard]] const Row& operator[](std::size_t index) const { return rows_.at(index); }

  // Rows changed; for a result with rows 0.
  [[nodiscard]] std::uint64_t affected_rows() const { return affected_rows_; }
  // The AUTO_INCREMENT value that the statement gave out, 0 if none.
  [[nodiscard]] std::uint64_t last_insert_id() const { return last_insert_id_; }
  // The name of the server that answered, "cache" for the result cache.
  [[nodiscard]] const std::string& server() const { return server_; }
  // Whatever had been committed so long before the read was sent is in it; 0 from the primary.
  // Nothing if that is not known: the replica could not be compared with a primary.
  [[nodiscard]] std::optional<std::chrono::milliseconds> staleness() const { return staleness_; }

  void set_changes(std::uint64_t affected_rows, std::uint64_t last_insert_id) {
    affected_rows_ = affected_rows;
    last_insert_id_ = last_insert_id;
  }
  void set_server(std::string server) { server_ = std::move(server); }
  void set_staleness(std::optional<std::chrono::milliseconds> staleness) { staleness_ = staleness; }

 private:
  std::shared_ptr<const std::vector<Column>> columns_;
  std::vector<Row> rows_;
  std::uint64_t affected_rows_ = 0;
  std::uint64_t last_insert_id_ = 0;
  std::string server_;
  std::optional<std::chrono::milliseconds> staleness_;
};

}  // namespace understudy
