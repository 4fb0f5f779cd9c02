#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "replication/table_format.h"

// Rows as row events carry them (MariaDB knowledge base, "Rows Event" and "Table Map Event").
namespace understudy::replication {

// How many bytes a value takes that stands at the front of `bytes` and is not NULL, with its length
// prefix. Nothing for a type that is not known. May be more than there are bytes.
std::optional<std::size_t> value_size(const ColumnFormat& column, ByteView bytes);

// Consumes what a table map has from the column count on, without what is optional. Error:
// Malformed.
Result<std::vector<ColumnFormat>> read_columns(ByteReader& reader);

// The values of the first row of `images` in columns of whole numbers, by column; nothing for other
// columns, NULL, and columns that the image has not. Whether they are signed is not in the log.
// Empty if the row cannot be read.
std::vector<std::optional<std::uint64_t>> first_whole_numbers(const TableFormat& table,
                                                              ByteView present, ByteView images);

// Counts the rows in `images`. A row has one image for each of `present`, in turn (two for an
// update: before and after), which say what columns the image has, a bit each. Nothing if a
// column's type is not known, or has a length that the log does not tell (TIME, DATETIME and
// TIMESTAMP in the form of before MariaDB 10.1). With `partial` the images after are those of
// partial_row.cpp. Error: Malformed.
Result<std::optional<std::uint64_t>> count_rows(const TableFormat& table,
                                                std::span<const ByteView> present, ByteView images,
                                                bool partial = false);

}  // namespace understudy::replication
