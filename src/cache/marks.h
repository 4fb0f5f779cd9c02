#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/strong_id.h"

// How a change and what depends on it are named, so that they meet without a list of entries.
//
// A transaction touches, for each table that it changed:
//   single rows known by primary key  rows_of and a row_of for each key, old and new
//   a statement, DDL, a key unknown   rows_of and whole_table
//   all of a schema (DROP DATABASE)   schema_mark
// An entry depends on, for each of its tables:
//   any of its rows                   schema_mark and rows_of
//   one row by its primary key        schema_mark, whole_table and row_of
//
// Names are compared as written (lower_case_table_names = 0). Two names with one hash cost a
// needless miss, never a wrong answer.
namespace understudy::cache {

using Mark = StrongId<struct MarkTag, std::uint64_t>;

// Some row of the table changed; also touched wherever whole_table is.
Mark rows_of(std::string_view schema, std::string_view table);

// Any row of the table may have changed.
Mark whole_table(std::string_view schema, std::string_view table);

// The row with this primary key: one value for each of its integer columns in the order of the key,
// signed ones as two's complement in 64 bits.
Mark row_of(std::string_view schema, std::string_view table, std::span<const std::uint64_t> key);
// The same of rows_of(schema, table), for whoever names many rows of one table.
Mark row_of(Mark rows, std::span<const std::uint64_t> key);

// Anything in the schema may have changed.
Mark schema_mark(std::string_view schema);

}  // namespace understudy::cache
