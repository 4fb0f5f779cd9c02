#include "feed/change_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "feed/statement_effect.h"

namespace understudy::feed {
namespace {

using replication::BinlogEvent;
using Edge = replication::TransactionScope::Edge;

Error unsupported(std::string message) {
  return make_error(ErrorKind::Unsupported, std::move(message));
}

ChangeKind kind_of(replication::RowChange change) {
  switch (change) {
    case replication::RowChange::Written:
      return ChangeKind::Insert;
    case replication::RowChange::Updated:
      return ChangeKind::Update;
    case replication::RowChange::Deleted:
      return ChangeKind::Delete;
  }
  return ChangeKind::Update;
}

bool is_named(const replication::TableFormat& format) {
  return std::ranges::none_of(format.columns,
                              [](const auto& column) { return column.name.empty(); });
}

}  // namespace

void ChangeReader::start(const EventId& at) {
  if (std::exchange(begun_, false)) sink_.forget();
  scope_.reset();
  position_ = at.after;
  resume_ = at;
  missing_.reset();
}

EventId ChangeReader::here() const {
  if (scope_.open() && rows_ != 0) return {position_, scope_.gtid(), rows_};
  // What was left in the middle, if it has not come again yet.
  return resume_.rows != 0 && resume_.after == position_ ? resume_ : EventId{position_, {}, 0};
}

Result<void> ChangeReader::take(const BinlogEvent& event) {
  const bool was_open = scope_.open();
  const Edge edge = scope_.take(event);
  if (edge == Edge::Begun) return begin(event);
  if (begins_at_list_) take_list(event);
  // The server died in it: it is not there for anybody.
  if (was_open && edge == Edge::None && !scope_.open()) {
    if (std::exchange(begun_, false)) sink_.rolled_back(position_);
    return {};
  }
  if (!was_open) return {};
  if (Result<void> taken = take_body(event); !taken || missing_) return taken;
  return edge == Edge::None ? Result<void>() : end(edge);
}

void ChangeReader::take_list(const BinlogEvent& event) {
  if (const auto* list = std::get_if<replication::GtidListEvent>(&event.body)) {
    begins_at_list_ = false;
    for (const replication::Gtid& gtid : list->gtids)
      position_.add(gtid);
  } else if (const auto* previous = std::get_if<replication::PreviousGtidsEvent>(&event.body)) {
    begins_at_list_ = false;
    replication::MySqlGtidSet set;
    for (const replication::MySqlGtidRange& range : previous->gtids)
      set.add(range);
    position_.merge(replication::Position(std::move(set)));
  }
}

Result<void> ChangeReader::begin(const BinlogEvent& event) {
  const replication::TransactionId& gtid = scope_.gtid();
  rows_ = 0;
  skipped_ = 0;
  if (resume_.rows != 0 && replication::of_one_order(gtid, resume_.gtid)) {
    if (!(gtid == resume_.gtid)) {
      return make_error(ErrorKind::Invalid,
                        fmt::format("the transaction {} was delivered in part, and is not in the "
                                    "history of the servers any more: {} is in its place",
                                    to_string(resume_.gtid), to_string(gtid)));
    }
    skipped_ = resume_.rows;
    resume_ = {};
  }
  begun_ = true;
  sink_.begin({gtid, event.header.timestamp, position_, skipped_});
  return {};
}

Result<void> ChangeReader::take_body(const BinlogEvent& event) {
  if (const auto* rows = std::get_if<replication::RowsEvent>(&event.body)) return take_rows(*rows);
  if (const auto* query = std::get_if<replication::QueryEvent>(&event.body))
    return take_query(*query);
  if (const auto* incident = std::get_if<replication::IncidentEvent>(&event.body)) {
    return unsupported(
        fmt::format("the server says that changes are missing in its log: {}", incident->message));
  }
  return {};
}

const TableId* ChangeReader::find_wanted(const replication::TableFormat& format) const {
  const auto found = std::ranges::find_if(selection_.tables, [&](const TableId& table) {
    return table.name == format.name && table.schema == format.schema;
  });
  return found == selection_.tables.end() ? nullptr : &*found;
}

Result<void> ChangeReader::take_rows(const replication::RowsEvent& event) {
  if (event.table == nullptr) return {};
  const TableId* const wanted = find_wanted(*event.table);
  if (wanted == nullptr) return {};
  Result<Table*> table = prepared(*wanted, event.table);
  if (!table) return in_table(std::move(table).error(), *wanted);
  if (*table == nullptr) {
    missing_ = *wanted;
    return {};
  }
  return deliver(**table, event);
}

// Null if the definition has to be found out first.
Result<ChangeReader::Table*> ChangeReader::prepared(
    const TableId& id, const std::shared_ptr<const replication::TableFormat>& logged) {
  const auto known = prepared_.find(id);
  if (known != prepared_.end() && *known->second.logged == *logged) return &known->second;
  auto format = logged;
  if (!is_named(*logged)) {
    auto completed = tables_.complete(*logged);
    if (!completed) return nullptr;
    if (!completed->ok()) return std::move(*completed).error();
    format = std::make_shared<const replication::TableFormat>(std::move(*completed).value());
  }
  Result<TableView> view = TableView::make(selection_, *format);
  if (!view) return std::move(view).error();
  Table& table = prepared_[id];
  table = {logged, std::move(view).value(), std::move(format), {}};
  return &table;
}

Result<void> ChangeReader::deliver(Table& table, const replication::RowsEvent& event) {
  const TableId& id = table.view.table();
  if (Result<void> started = table.rows.start(event, table.format); !started)
    return in_table(started.error(), id);
  const ChangeKind kind = kind_of(event.change);
  while (true) {
    const Result<bool> more = table.rows.next();
    if (!more) return in_table(more.error(), id);
    if (!*more) return {};
    if (++rows_ <= skipped_) continue;
    const Row* const before = kind == ChangeKind::Insert ? nullptr : &table.rows.before();
    const Row* const after = kind == ChangeKind::Delete ? nullptr : &table.rows.after();
    const Result<bool> wanted = table.view.wants(before, after);
    if (!wanted) return in_table(wanted.error(), id);
    if (*wanted) sink_.row({table.view, kind, before, after}, rows_);
  }
}

Result<void> ChangeReader::take_query(const replication::QueryEvent& query) {
  if (query.text == "BEGIN" || query.text == "COMMIT" || query.text == "ROLLBACK") return {};
  const StatementEffect effect = effect_of(query.text, query.schema, selection_.tables);
  if (effect.kind == StatementEffect::Kind::Rows) {
    return in_table(unsupported("the log has a change as a statement and not as rows; set "
                                "binlog_format=ROW on every server"),
                    effect.tables.front());
  }
  if (effect.kind != StatementEffect::Kind::Definition) return {};
  for (const TableId& table : effect.tables) {
    prepared_.erase(table);
    tables_.forget(table);
  }
  if (skipped_ == 0 || rows_ >= skipped_)
    sink_.definition({effect.tables, query.schema, query.text});
  return {};
}

Result<void> ChangeReader::end(Edge how) {
  const bool has_rows = rows_ != 0;
  position_.add(scope_.gtid());
  begun_ = false;
  if (how == Edge::Prepared && has_rows) {
    sink_.forget();
    return unsupported(
        fmt::format("{} prepares an XA transaction that changes these tables, which this version "
                    "cannot follow; to go on without it: from={}",
                    to_string(scope_.gtid()), replication::to_string(position_)));
  }
  if (how == Edge::RolledBack)
    sink_.rolled_back(position_);
  else
    sink_.end(position_);
  rows_ = 0;
  skipped_ = 0;
  return {};
}

Error ChangeReader::in_table(Error error, const TableId& table) const {
  const std::string where = scope_.open() ? " in " + to_string(scope_.gtid()) : "";
  error.message = fmt::format("{}{}: {}", to_string(table), where, error.message);
  return error;
}

}  // namespace understudy::feed
