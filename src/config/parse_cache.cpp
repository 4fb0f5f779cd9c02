#include "config/parse_cache.h"

#include <fmt/format.h>

#include "config/limits.h"

namespace understudy::config {
namespace {

// "schema.table", "schema.*" or "*"; a table's name may contain dots, a schema's not.
bool is_table_pattern(std::string_view text) {
  if (text == "*") return true;
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && dot != 0 && dot + 1 != text.size() &&
         text.substr(0, dot).find('*') == std::string_view::npos;
}

void read_names(TableReader& reader, std::string_view key, std::vector<std::string>& names) {
  if (!reader.strings(key, names, limits::kCacheNamesMax)) return;
  if (names.empty()) reader.problem(key, "is empty; name at least one or leave the key out");
}

void check_tables(TableReader& reader, const std::vector<std::string>& tables) {
  for (const std::string& table : tables)
    if (!is_table_pattern(table))
      reader.problem("tables", fmt::format("\"{}\" is not understood; write \"schema.table\", "
                                           "\"schema.*\" or \"*\"",
                                           table));
}

CacheRule read_rule(const toml::table& table, Problems& problems) {
  TableReader reader(table, "cache.rule", problems);
  CacheRule rule;
  read_names(reader, "tables", rule.tables);
  check_tables(reader, rule.tables);
  read_names(reader, "users", rule.users);
  if (reader.string("statement", rule.statement) &&
      (rule.statement.empty() || rule.statement.size() > limits::kCacheStatementBytesMax))
    reader.problem("statement",
                   fmt::format("write a pattern of 1 to {} bytes, such as \"SELECT %\"",
                               limits::kCacheStatementBytesMax));
  if (reader.node("cache") == nullptr)
    reader.problem("cache", "missing; write cache = true or cache = false");
  reader.boolean("cache", rule.cache);
  reader.finish();
  return rule;
}

void read_rules(TableReader& reader, std::vector<CacheRule>& rules) {
  const toml::node* node = reader.node("rule");
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() > limits::kCacheRulesMax)
    return reader.problem("rule", fmt::format("write at most {} tables, each as [[cache.rule]]",
                                              limits::kCacheRulesMax));
  for (const toml::node& item : *array) {
    if (!item.is_table()) return reader.problem("rule", "write [[cache.rule]] tables");
    rules.push_back(read_rule(*item.as_table(), reader.problems()));
  }
}

}  // namespace

void read_cache(TableReader& top, Cache& cache) {
  const toml::table* table = top.table("cache");
  if (table == nullptr) return;
  TableReader reader(*table, "cache", top.problems());
  reader.boolean("enabled", cache.enabled);
  reader.size("size", cache.size_bytes, limits::kCacheBytesMin, limits::kCacheBytesMax);
  reader.strings("tables", cache.tables, limits::kCacheNamesMax);
  check_tables(reader, cache.tables);
  reader.size("max_result", cache.max_result_bytes, limits::kCacheResultBytesMin,
              limits::kCacheBytesMax);
  read_rules(reader, cache.rules);
  reader.finish();
}

}  // namespace understudy::config
