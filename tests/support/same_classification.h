#pragma once

#include <algorithm>
#include <string_view>

#include "sql/statement.h"

namespace understudy::test {

// What differs between two classifications, of two texts perhaps; empty if nothing does.
inline std::string_view difference(const sql::Classification& a, const sql::Classification& b) {
  const auto same_table = [](const sql::TableName& x, const sql::TableName& y) {
    return x.schema == y.schema && x.name == y.name;
  };
  if (a.kind != b.kind) return "kind";
  if (a.reason != b.reason) return "reason";
  if (a.writes != b.writes) return "writes";
  if (a.effects.bits() != b.effects.bits()) return "effects";
  if (a.tables.complete() != b.tables.complete()) return "completeness of tables";
  if (!std::ranges::equal(a.tables.tables(), b.tables.tables(), same_table)) return "tables";
  if (a.cache_obstacle != b.cache_obstacle) return "cache obstacle";
  if (a.own != b.own || a.own_value != b.own_value) return "own statement";
  if (a.hints.unknown != b.hints.unknown || a.hints.server != b.hints.server) return "hints";
  if (a.statement_count != b.statement_count) return "count of statements";
  return {};
}

}  // namespace understudy::test
