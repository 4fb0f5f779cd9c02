#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

// What the canned server answers: to statements that it knows, packets whose first has the sequence
// number 1, in the form for a client with these capabilities.
namespace understudy::bench {

// What answers say of the server's binary log.
struct LogFacts {
  std::string gtid;
  std::string file;
  std::uint64_t end = 0;
};

// Nothing for a statement that is not known.
std::optional<Bytes> answer_to(std::string_view statement, std::uint32_t capabilities,
                               const LogFacts& log);

Bytes ok_answer(std::uint32_t capabilities);
// `USE schema` has been done.
Bytes schema_answer(std::string_view schema, std::uint32_t capabilities);
Bytes error_answer(std::uint16_t code, std::string_view message);

// One row with one column CHAR(120), as sysbench's tables have it.
enum class RowForm : std::uint8_t { Text, Binary };
Bytes point_select_answer(RowForm form, std::uint32_t capabilities);

// To COM_STMT_PREPARE, for a statement with the point select's column or none.
Bytes prepare_answer(std::uint32_t statement_id, std::uint16_t parameters, bool with_column,
                     std::uint32_t capabilities);

}  // namespace understudy::bench
