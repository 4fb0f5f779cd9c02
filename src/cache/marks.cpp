#include "cache/marks.h"

#include "cache/hash.h"

namespace understudy::cache {
namespace {

// What kind of thing a mark names.
constexpr std::uint64_t kRows = 1;
constexpr std::uint64_t kTable = 2;
constexpr std::uint64_t kRow = 3;
constexpr std::uint64_t kSchema = 4;

Mark table_mark(std::string_view schema, std::string_view table, std::uint64_t kind) {
  return Mark(mix(hash_bytes(table, hash_bytes(schema)), kind));
}

}  // namespace

Mark rows_of(std::string_view schema, std::string_view table) {
  return table_mark(schema, table, kRows);
}

Mark whole_table(std::string_view schema, std::string_view table) {
  return table_mark(schema, table, kTable);
}

Mark row_of(Mark rows, std::span<const std::uint64_t> key) {
  std::uint64_t state = mix(rows.value(), kRow + key.size());
  for (const std::uint64_t value : key)
    state = mix(state, value);
  return Mark(state);
}

Mark row_of(std::string_view schema, std::string_view table, std::span<const std::uint64_t> key) {
  return row_of(rows_of(schema, table), key);
}

Mark schema_mark(std::string_view schema) {
  return Mark(mix(hash_bytes(schema), kSchema));
}

}  // namespace understudy::cache
