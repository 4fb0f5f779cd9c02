#pragma once

#include <string>
#include <vector>

#include "backend/dialect.h"
#include "backend/table_catalogue.h"
#include "control/cache_invalidator.h"
#include "control/link.h"

// What the cache has to know of the primary beside its log: statements and what their answers mean.
namespace understudy::control {

// Before the cache opens: whether the account may see what it has to, whether all changes are in
// the log, which of them are not.
struct Opening {
  Cascades cascades;
  backend::BinlogPoint log_end;
};
std::vector<std::string> opening_questions(const backend::Dialect& dialect);
// Of the answers to these, in front of whatever else was asked. Errors: Invalid, with what to do,
// if the cache could not be kept true; Malformed.
Result<Opening> read_opening_answers(const backend::Dialect& dialect, const Link::Answers& answers);

// Of Dialect::table_facts(): never null; a name that is no table has an obstacle.
backend::TableFactsPtr read_table_facts(const backend::TextResult& answer);

// The first value of the first row; empty if there is none.
std::string single_value(const backend::TextResult& answer);

}  // namespace understudy::control
