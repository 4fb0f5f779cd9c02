#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/cache_clock.h"
#include "backend/change_marks.h"
#include "backend/table_catalogue.h"
#include "replication/binlog_event.h"
#include "replication/row_reader.h"

namespace understudy::control {

// Tables whose rows change with those of another without a word in the log: by foreign keys with
// ON DELETE or ON UPDATE CASCADE, SET NULL or SET DEFAULT.
class Cascades {
 public:
  using Table = std::pair<std::string, std::string>;  // schema, name

  void add(Table parent, Table child);
  // All that changes to `parent` may reach, over any number of steps; without `parent` itself,
  // unless it is among them.
  [[nodiscard]] std::vector<Table> reached_from(const Table& parent) const;
  [[nodiscard]] bool empty() const { return children_.empty(); }

 private:
  std::map<Table, std::vector<Table>> children_;
};

// Touches the marks of what the events of the primary's log say has changed. Belongs to the
// follower's thread.
class CacheInvalidator final {
 public:
  // What an event means for the definitions of tables.
  enum class Definitions : std::uint8_t { Kept, Changed };

  CacheInvalidator(backend::ChangeMarks& marks, backend::TableCatalogue& tables)
      : marks_(marks), tables_(tables) {}

  void set_cascades(Cascades cascades) { cascades_ = std::move(cascades); }
  // All marks of the event's transaction are touched with `number`.
  Definitions take(const replication::BinlogEvent& event, std::uint64_t number);
  // Nothing is open: the log goes on elsewhere.
  void reset() {
    end_ = {};
    rows_ = 0;
  }
  // The place in the log behind the event that came last.
  [[nodiscard]] const backend::BinlogPoint& end() const { return end_; }

 private:
  void note_place(const replication::BinlogEvent& event);
  Definitions take_query(const replication::QueryEvent& event, std::uint64_t number);
  void take_rows(const replication::RowsEvent& event, std::uint64_t number);
  bool touch_keys(const replication::RowsEvent& event, const backend::TableFacts& facts,
                  std::uint64_t number);
  void touch_table(std::string_view schema, std::string_view table, std::uint64_t number);

  backend::ChangeMarks& marks_;
  backend::TableCatalogue& tables_;
  Cascades cascades_;
  replication::RowReader rows_reader_;
  std::vector<std::uint32_t> key_columns_;
  std::vector<std::uint64_t> key_;
  backend::BinlogPoint end_;
  std::uint64_t rows_ = 0;  // of the transaction that were touched one by one
};

}  // namespace understudy::control
