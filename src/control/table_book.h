#pragma once

#include <map>
#include <string>

#include "backend/text_query.h"
#include "feed/change_reader.h"
#include "replication/table_definition.h"

namespace understudy::control {

// The definitions of tables as the primary has told them. One loop.
class TableBook final : public feed::TableSource {
 public:
  [[nodiscard]] std::optional<Result<replication::TableFormat>> complete(
      const replication::TableFormat& logged) const override;
  void forget(const feed::TableId& table) override {
    definitions_.erase(table);
    ++revision_;
  }

  // Grows with each definition that is forgotten: an answer to what was asked before may be of
  // before the change.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  // The statement that asks for a definition, and what becomes of its answer. False: it was asked
  // at another revision, and has to be asked again. Error: Invalid if the account sees no column.
  static std::string question(const feed::TableId& table);
  Result<bool> note(const feed::TableId& table, const backend::TextResult& answer,
                    std::uint64_t asked_at);

 private:
  std::map<feed::TableId, replication::TableDefinition> definitions_;
  std::uint64_t revision_ = 0;
};

// A text as a literal of SQL.
std::string quoted_text(std::string_view text);

}  // namespace understudy::control
