#include <fmt/format.h>

#include <algorithm>

#include "feed/change.h"

namespace understudy::feed {
namespace {

// The column's index; nothing if there is no such column. Column names have no case.
std::optional<std::size_t> find_column(const replication::TableFormat& format,
                                       std::string_view name) {
  const auto small = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  for (std::size_t i = 0; i < format.columns.size(); ++i) {
    if (std::ranges::equal(format.columns[i].name, name, {}, small, small)) return i;
  }
  return std::nullopt;
}

Error no_column(const TableId& table, const ColumnName& column) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("the table {} has no column {}", to_string(table), column.column));
}

}  // namespace

std::string_view to_text(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::Insert:
      return "insert";
    case ChangeKind::Update:
      return "update";
    case ChangeKind::Delete:
      return "delete";
  }
  return "";
}

Result<TableView> TableView::make(const Selection& selection,
                                  const replication::TableFormat& format) {
  TableView view;
  view.table_ = {format.schema, format.name};
  for (const ColumnName& column : selection.columns) {
    if (!is_of(column, view.table_)) continue;
    const auto index = find_column(format, column.column);
    if (!index) return no_column(view.table_, column);
    view.shown_.push_back({*index, format.columns[*index].name});
  }
  if (view.shown_.empty()) {
    // As SELECT * does: INVISIBLE columns only where they are named.
    for (std::size_t i = 0; i < format.columns.size(); ++i)
      if (format.columns[i].visible.value_or(true))
        view.shown_.push_back({i, format.columns[i].name});
  }
  for (const Comparison& comparison : selection.where) {
    if (!is_of(comparison.column, view.table_)) continue;
    const auto index = find_column(format, comparison.column.column);
    if (!index) return no_column(view.table_, comparison.column);
    view.conditions_.emplace_back(*index, comparison);
  }
  return view;
}

Result<bool> TableView::wants(const Row* before, const Row* after) const {
  if (conditions_.empty()) return true;
  if (before != nullptr) {
    Result<bool> passed = passes(*before, nullptr);
    if (!passed || *passed || after == nullptr) return passed;
  }
  return passes(*after, before);
}

Result<bool> TableView::passes(const Row& row, const Row* before) const {
  for (const auto& [index, comparison] : conditions_) {
    const bool absent = std::holds_alternative<replication::Absent>(row[index]);
    const Row& from = absent && before != nullptr ? *before : row;
    Result<bool> held = holds(comparison, from[index]);
    if (!held || !*held) return held;
  }
  return true;
}

}  // namespace understudy::feed
