#include "sql/classifier.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace understudy::sql {
namespace {

// The first letters of a text, small ones, in one number; a NUL is taken for a space.
std::uint64_t beginning(std::string_view text) {
  std::array<char, 8> letters{};
  text.copy(letters.data(), 7);
  return std::bit_cast<std::uint64_t>(letters) | 0x20202020202020;
}

// Values differ in these; in others they may matter, as in SET autocommit = 0.
bool has_values(std::string_view text) {
  static const std::array<std::uint64_t, 5> words{beginning("select "), beginning("insert "),
                                                  beginning("update "), beginning("delete "),
                                                  beginning("replace")};
  return std::ranges::find(words, beginning(text)) != words.end();
}

bool worth_knowing(const Classification& what) {
  const bool kind = what.kind == StatementClass::Read || what.kind == StatementClass::Primary;
  return kind && what.own == OwnStatement::None && what.statement_count == 1 &&
         what.tables.complete();
}

}  // namespace

Classifier::Classifier(std::size_t places) : known_(places) {
  ASSERT(std::has_single_bit(places));
}

void Classifier::classify(std::string_view text, const Modes& modes, Classification& what) {
  if (!has_values(text) || !shape_.read(text, modes)) {
    what = sql::classify(text, modes);
    return;
  }
  const std::size_t hash = std::hash<std::string_view>()(shape_.text());
  Known& known = known_[hash & (known_.size() - 1)];
  if (known.shape == shape_.text()) return recall(known, text, what);
  what = sql::classify(text, modes);
  const bool again = std::exchange(known.asked_last, hash) == hash;
  if (again && worth_knowing(what)) remember(known, text, what);
}

void Classifier::recall(const Known& known, std::string_view text, Classification& what) const {
  const auto there = [&](std::string_view name) -> std::string_view {
    if (name.empty()) return {};
    const auto offset = static_cast<std::size_t>(name.data() - known.shape.data());
    return {text.data() + shape_.offset_in_text(offset), name.size()};
  };
  what = known.what;
  for (const TableName& table : known.tables)
    what.tables.add({there(table.schema), there(table.name)});
}

void Classifier::remember(Known& known, std::string_view text, const Classification& what) {
  known.shape = shape_.text();
  known.what = what;
  known.what.tables.clear();
  known.tables.clear();
  for (const TableName& table : what.tables.tables()) {
    if (remember_table(known, text, table)) continue;
    known.shape.clear();
    return;
  }
}

bool Classifier::remember_table(Known& known, std::string_view text, const TableName& table) {
  const auto there = [&](std::string_view name) -> std::optional<std::string_view> {
    if (name.empty()) return name;
    const auto offset = shape_.offset_in_shape(static_cast<std::size_t>(name.data() - text.data()));
    if (offset > known.shape.size()) return std::nullopt;
    const std::string_view found = std::string_view(known.shape).substr(offset, name.size());
    return found == name ? std::optional(found) : std::nullopt;
  };
  const auto schema = there(table.schema);
  const auto name = there(table.name);
  if (schema && name) known.tables.push_back({*schema, *name});
  return schema && name;
}

}  // namespace understudy::sql
