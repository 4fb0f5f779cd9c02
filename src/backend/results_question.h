#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "sql/statement.h"

namespace understudy::backend {

// What a session knows of its last statement by itself; nullopt is not known.
struct KnownResults {
  std::uint64_t last_insert_id = 0;
  std::optional<std::uint64_t> found_rows;
  std::optional<std::int64_t> row_count;
  std::optional<std::uint64_t> warnings;  // errors among them
  std::optional<std::uint64_t> errors;
};

// Whether a text may name the last insert id, as a function or a variable.
bool names_insert_id(std::string_view text);

// Answers a query that asks for nothing but these: `SELECT FOUND_ROWS(), @@warning_count AS n` and
// the like, `SHOW COUNT(*) WARNINGS`. The answer is framed, in the form for a client with these
// capabilities, as a server would give it (measured on MariaDB 10.11); nullopt if the text is
// another, or asks for what is not known. Pure.
std::optional<Bytes> answer_results_question(std::string_view text, const sql::Modes& modes,
                                             const KnownResults& results,
                                             std::uint32_t capabilities, std::uint16_t status);

}  // namespace understudy::backend
