#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "feed/event_id.h"
#include "feed/filter.h"

namespace understudy::feed {

struct TableId {
  std::string schema;
  std::string name;

  friend bool operator==(const TableId&, const TableId&) = default;
  friend bool operator<(const TableId& left, const TableId& right) {
    const int order = left.schema.compare(right.schema);
    return order != 0 ? order < 0 : left.name.compare(right.name) < 0;
  }
};

enum class Unit : std::uint8_t { Transaction, Row };

// What is shown of which changes. Subscribers for whom this is equal get the same bytes.
struct Selection {
  std::vector<TableId> tables;      // sorted, each once
  std::vector<ColumnName> columns;  // empty: all
  Filter where;
  Unit by = Unit::Transaction;

  friend bool operator==(const Selection&, const Selection&) = default;
};

// Where a subscriber begins.
struct Start {
  enum class Kind : std::uint8_t { Now, Earliest, After };
  Kind kind = Kind::Now;
  EventId after;  // of After
};

struct Request {
  Selection selection;
  Start start;
};

inline constexpr std::size_t kTablesMax = 64;
inline constexpr std::size_t kColumnsMax = 1000;

// Reads the query of GET /api/changes, percent-encoded (a plus sign is a space):
// tables=shop.products,shop.orders & columns=… & where=… & by=transaction|row &
// from=now|earliest|ID. `last_event_id` is the header of that name, which counts more than `from`;
// empty without one. Error: Invalid, with what to write instead.
Result<Request> parse_request(std::string_view query, std::string_view last_event_id);

// "shop.products" or "`shop`.`products`", several with commas between. Error: Invalid.
Result<std::vector<TableId>> parse_tables(std::string_view text);

// "now", "" (the same), "earliest" or an event's id. Error: Invalid.
Result<Start> parse_start(std::string_view text);

// A text that is equal for equal selections only.
std::string to_string(const Selection& selection);

std::string to_string(const TableId& table);

// True if the column is named for this table or for every one.
bool is_of(const ColumnName& column, const TableId& table);

// In backquotes, as the servers read it.
std::string quoted_name(std::string_view name);

}  // namespace understudy::feed
