#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "feed/request.h"

namespace understudy::feed {

// What a statement in the log, which comes as text and not as rows, means for those who want the
// changes of some tables.
struct StatementEffect {
  enum class Kind : std::uint8_t {
    None,
    Definition,  // changes the tables' definition, or empties them
    Rows,        // changes rows of the tables in a way that the log does not show
    Rights,      // changes what accounts may do
  };
  Kind kind = Kind::None;
  std::vector<TableId> tables;  // those of the wanted ones that it is about
};

// `schema` is the default one. In doubt a statement is about a table: one that cannot be read
// completely is about every table of its schema. Names are compared without regard to case.
StatementEffect effect_of(std::string_view text, std::string_view schema,
                          std::span<const TableId> wanted);

}  // namespace understudy::feed
