#include "replication/logged_transaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "replication/row_image.h"

namespace understudy::replication {
namespace {

ChangedRows& rows_of(LoggedStatement& statement, const TableFormat& table) {
  const auto found = std::ranges::find_if(statement.rows, [&](const ChangedRows& rows) {
    return rows.schema == table.schema && rows.table == table.name;
  });
  if (found != statement.rows.end()) return *found;
  ChangedRows& rows = statement.rows.emplace_back();
  rows.schema = table.schema;
  rows.table = table.name;
  return rows;
}

void count(ChangedRows& rows, RowChange change, std::uint64_t number) {
  switch (change) {
    case RowChange::Written:
      rows.written += number;
      return;
    case RowChange::Updated:
      rows.updated += number;
      return;
    case RowChange::Deleted:
      rows.deleted += number;
      return;
  }
}

}  // namespace

Result<std::optional<LoggedTransaction>> TransactionAssembler::take(const BinlogEvent& event) {
  std::optional<LoggedTransaction> ended;
  if (auto id = begun_by(event)) {
    begin(event, *std::move(id));
  } else if (const auto* incident = std::get_if<IncidentEvent>(&event.body)) {
    return make_error(
        ErrorKind::Unsupported,
        fmt::format("changes are missing from the binary log: {}", incident->message));
  } else if (std::holds_alternative<FormatDescription>(event.body)) {
    open_.reset();  // the server has started anew: what was open will not go on
  } else if (!open_) {
    return ended;
  } else if (const auto* query = std::get_if<QueryEvent>(&event.body)) {
    ended = take_query(*query);
  } else if (const auto* annotation = std::get_if<AnnotateRowsEvent>(&event.body)) {
    add_statement(annotation->text).row_based = true;
    in_rows_ = true;
  } else if (const auto* rows = std::get_if<RowsEvent>(&event.body)) {
    take_rows(*rows);
  } else if (const auto* variable = std::get_if<IntVarEvent>(&event.body)) {
    if (variable->kind == IntVarEvent::Kind::InsertId) insert_id_ = variable->value;
  } else if (std::holds_alternative<XidEvent>(event.body)) {
    ended = end(CommitKind::Xid);
  } else if (const auto* prepare = std::get_if<XaPrepareEvent>(&event.body)) {
    ended = end(prepare->one_phase ? CommitKind::Xid : CommitKind::XaPrepare);
  }
  return ended;
}

void TransactionAssembler::begin(const BinlogEvent& event, TransactionId id) {
  open_.emplace();
  open_->gtid = std::move(id);
  form_.begin(event);
  in_rows_ = false;
  insert_id_.reset();
  bytes_ = sizeof(LoggedTransaction);
}

std::optional<LoggedTransaction> TransactionAssembler::take_query(const QueryEvent& event) {
  const auto what = form_.take(event);
  if (what == TransactionForm::Query::Begins) return std::nullopt;
  if (what == TransactionForm::Query::Commits) return end(CommitKind::Statement);
  if (what == TransactionForm::Query::RollsBack) return end(CommitKind::Rollback);
  LoggedStatement& statement = add_statement(event.text);
  statement.schema = event.schema;
  statement.thread_id = event.thread_id;
  statement.error_code = event.error_code;
  statement.insert_id = std::exchange(insert_id_, std::nullopt);
  in_rows_ = false;
  if (what == TransactionForm::Query::Standalone) return end(CommitKind::Standalone);
  return std::nullopt;
}

void TransactionAssembler::take_rows(const RowsEvent& event) {
  if (!in_rows_) add_statement({}).row_based = true;
  in_rows_ = !event.ends_statement;
  if (!event.table) return;
  LoggedStatement& statement = open_->statements.back();
  const std::size_t tables = statement.rows.size();
  ChangedRows& rows = rows_of(statement, *event.table);
  if (statement.rows.size() > tables) {
    bytes_ += sizeof(ChangedRows) + rows.schema.size() + rows.table.size();
  }
  const auto index = static_cast<std::size_t>(&rows - statement.rows.data());
  statement.first_written.resize(statement.rows.size());
  if (event.change == RowChange::Written && rows.written == 0 && event.count.value_or(0) > 0) {
    auto& first = statement.first_written[index];
    first = first_whole_numbers(*event.table, event.columns_after, event.images);
    bytes_ += first.size() * sizeof(first[0]);
  }
  if (!event.count) statement.rows_complete = false;
  count(rows, event.change, event.count.value_or(0));
}

LoggedStatement& TransactionAssembler::add_statement(std::string_view text) {
  bytes_ += sizeof(LoggedStatement) + text.size();
  LoggedStatement& statement = open_->statements.emplace_back();
  statement.text = text;
  return statement;
}

LoggedTransaction TransactionAssembler::end(CommitKind kind) {
  open_->commit = kind;
  LoggedTransaction transaction = std::move(*open_);
  open_.reset();
  return transaction;
}

}  // namespace understudy::replication
