#include "backend/table_catalogue.h"

namespace understudy::backend {

TableFactsPtr TableCatalogue::peek(std::string_view schema, std::string_view table) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(ByName::View(schema, table));
  return found == tables_.end() ? nullptr : found->second;
}

TableFactsPtr TableCatalogue::find(std::string_view schema, std::string_view table) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.find(ByName::View(schema, table));
    if (found != tables_.end()) return found->second;
    if (tables_.size() >= kTablesMax) return nullptr;
    const Name name(schema, table);
    tables_.emplace(name, nullptr);
    wanted_.push_back(name);
  }
  wanted_callback_();
  return nullptr;
}

std::vector<TableCatalogue::Name> TableCatalogue::take_wanted(std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<Name> taken;
  while (!wanted_.empty() && taken.size() < most) {
    taken.push_back(std::move(wanted_.back()));
    wanted_.pop_back();
  }
  return taken;
}

// One that was forgotten while it was being asked for is not wanted now.
void TableCatalogue::put(const Name& name, TableFactsPtr facts) {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(name);
  if (found != tables_.end()) found->second = std::move(facts);
}

void TableCatalogue::forget() {
  const std::lock_guard lock(mutex_);
  tables_.clear();
  wanted_.clear();
}

void TableCatalogue::forget_unanswered() {
  const std::lock_guard lock(mutex_);
  std::erase_if(tables_, [](const auto& entry) { return entry.second == nullptr; });
  wanted_.clear();
}

}  // namespace understudy::backend
