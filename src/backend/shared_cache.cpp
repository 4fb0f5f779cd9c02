#include "backend/shared_cache.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "backend/lost_write.h"
#include "sql/key_pin.h"
#include "sql/lexer.h"

namespace understudy::backend {
namespace {

using protocol::Value;

// A slot a kilobyte of answers: marks that share a slot invalidate too much.
constexpr std::size_t kBytesPerSlot = 256;
constexpr std::size_t kSlotsMin = std::size_t{1} << 16;

constexpr std::size_t kDigitsMax = 15;            // of a text that is compared as a number
constexpr double kExactMax = 9007199254740992.0;  // 2^53: whole numbers are exact below

std::optional<std::uint64_t> bits_of_text(std::string_view text) {
  std::int64_t number = 0;
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  if (digits.front() == '0' && text.size() > 1) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

// The whole number that a parameter is, as the mark of a row has it. Some clients bind all numbers
// as DOUBLE or as text.
std::optional<std::uint64_t> bits_of(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value))
    return static_cast<std::uint64_t>(*whole);
  if (const auto* whole = std::get_if<std::uint64_t>(&value)) return *whole;
  if (const auto* text = std::get_if<std::string_view>(&value)) return bits_of_text(*text);
  if (const auto* real = std::get_if<double>(&value)) {
    if (std::trunc(*real) != *real || std::abs(*real) >= kExactMax) return std::nullopt;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(*real));
  }
  return std::nullopt;
}

// The values that a statement pins.
class Pinned {
 public:
  Pinned(const Command& command, const sql::Modes& modes)
      : pins_(sql::key_pins(command.text, modes)) {
    if (command.kind == CommandKind::Execute)
      bound_ = bound_values(command.packets, command.statement->parameter_count);
  }

  [[nodiscard]] std::optional<std::uint64_t> value_of(std::string_view column) const {
    for (const sql::KeyPin& pin : pins_.pins()) {
      if (!sql::equal_names(pin.column, column)) continue;
      if (const auto bits = bits_of_pin(pin.value)) return bits;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<std::uint64_t> bits_of_pin(const sql::PinValue& value) const {
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      return static_cast<std::uint64_t>(*whole);
    if (const auto* whole = std::get_if<std::uint64_t>(&value)) return *whole;
    const std::size_t index = std::get<sql::PinParameter>(value).index;
    if (index >= bound_.size() || !bound_[index]) return std::nullopt;
    return bits_of(*bound_[index]);
  }

  const sql::KeyPins pins_;
  std::vector<std::optional<Value>> bound_;
};

// The row that the statement depends on; nothing if it is not one.
std::optional<cache::Mark> pinned_row(const Command& command, const sql::Modes& modes,
                                      const Dependencies::Table& table) {
  if (table.facts->key.empty()) return std::nullopt;
  const Pinned pinned(command, modes);
  std::vector<std::uint64_t> key;
  for (const TableFacts::KeyColumn& column : table.facts->key) {
    const auto value = pinned.value_of(column.name);
    if (!value) return std::nullopt;
    key.push_back(*value);
  }
  return cache::row_of(table.name.first, table.name.second, key);
}

}  // namespace

std::string_view to_text(NotCached why) {
  switch (why) {
    case NotCached::Missed:
      return "missed";
    case NotCached::NotFreshEnough:
      return "not_fresh_enough";
    case NotCached::Closed:
      return "closed";
    case NotCached::UnknownTable:
      return "unknown_table";
    case NotCached::NoPlainTable:
      return "no_plain_table";
    case NotCached::Changed:
      return "changed";
    case NotCached::NotPlain:
      return "not_plain";
    case NotCached::TooLarge:
      return "too_large";
  }
  return "";
}

SharedCache::SharedCache(const config::Cache& settings, Duration max_lag, std::size_t server_count)
    : rules(settings),
      result_bytes_max(settings.max_result_bytes),
      age_max(max_lag),
      results(settings.size_bytes,
              ResultCache::shards_for(settings.size_bytes, settings.max_result_bytes)),
      marks(std::max(settings.size_bytes / kBytesPerSlot, kSlotsMin)),
      clock(server_count) {}

DependencyResult dependencies_of(const Command& command, std::string_view schema,
                                 const sql::Modes& modes, TableCatalogue& catalogue) {
  DependencyResult result;
  Dependencies found;
  bool all_known = true;
  for (const sql::TableName& table : command.what->tables.tables()) {
    Dependencies::Table& added = found.tables.emplace_back();
    added.name = {std::string(table.schema.empty() ? schema : table.schema),
                  std::string(table.name)};
    // All are asked for at once.
    added.facts = catalogue.find(added.name.first, added.name.second);
    if (!added.facts) all_known = false;
  }
  if (!all_known || found.tables.empty()) return result;
  result.why = NotCached::NoPlainTable;
  for (const Dependencies::Table& table : found.tables) {
    if (!table.facts->obstacle.empty()) return result;
    const auto& [schema_name, name] = table.name;
    if (sql::is_server_schema(schema_name)) return result;
    found.marks.push_back(cache::schema_mark(schema_name));
    const auto row = found.tables.size() == 1 ? pinned_row(command, modes, table) : std::nullopt;
    if (row) {
      found.marks.push_back(cache::whole_table(schema_name, name));
      found.marks.push_back(*row);
    } else {
      found.marks.push_back(cache::rows_of(schema_name, name));
    }
  }
  result.found = std::move(found);
  return result;
}

}  // namespace understudy::backend
