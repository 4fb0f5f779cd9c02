#include "client/change_collector.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace understudy::client {
namespace {

Blob to_blob(ByteView bytes) {
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes.data());
  return {begin, begin + bytes.size()};
}

Date to_date(const replication::CivilDate& date) {
  return {date.year, date.month, date.day};
}

DateTime to_date_time(const replication::UnixTime& time) {
  if (time.seconds == 0 && time.microsecond == 0) return {};
  const std::chrono::sys_seconds moment{std::chrono::seconds(time.seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  return {{static_cast<std::uint16_t>(static_cast<int>(date.year())),
           static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
           static_cast<std::uint8_t>(static_cast<unsigned>(date.day()))},
          static_cast<std::uint8_t>(clock.hours().count()),
          static_cast<std::uint8_t>(clock.minutes().count()),
          static_cast<std::uint8_t>(clock.seconds().count()),
          time.microsecond};
}

struct Converter {
  Value operator()(const replication::Absent&) const { return nullptr; }
  Value operator()(const replication::SqlNull&) const { return nullptr; }
  Value operator()(std::int64_t value) const { return value; }
  Value operator()(std::uint64_t value) const { return value; }
  Value operator()(float value) const { return double{value}; }
  Value operator()(double value) const { return value; }
  Value operator()(const replication::DecimalText& value) const { return Decimal{value.text}; }
  Value operator()(const std::string& value) const { return value; }
  Value operator()(const Bytes& value) const { return to_blob(value); }
  Value operator()(const replication::CivilDate& value) const { return to_date(value); }
  Value operator()(const replication::CivilTime& value) const {
    return DateTime{to_date(value.date), value.hour, value.minute, value.second, value.microsecond};
  }
  Value operator()(const replication::UnixTime& value) const { return to_date_time(value); }
  Value operator()(const replication::TimeSpan& value) const { return Time(value.microseconds); }
  Value operator()(const replication::JsonText& value) const { return value.text; }
  Value operator()(const replication::JsonChanges& value) const { return value.text; }
  // As SELECT shows it: the reference system in four bytes, then the well-known binary form.
  Value operator()(const replication::GeometryBytes& value) const {
    Bytes bytes;
    ByteWriter(bytes).u32(value.srid);
    append(bytes, value.wkb);
    return to_blob(bytes);
  }
};

ChangedRow to_row(const feed::TableView& table, const feed::Row& row) {
  ChangedRow changed;
  for (const feed::TableView::Column& column : table.shown()) {
    const replication::ColumnValue& value = row[column.index];
    if (!std::holds_alternative<replication::Absent>(value))
      changed.values.push_back({column.name, changed_value(value)});
  }
  return changed;
}

}  // namespace

Value changed_value(const replication::ColumnValue& value) {
  return std::visit(Converter{}, value);
}

void ChangeCollector::begin(const feed::TransactionHead& head) {
  forget();
  head_ = head;
  rows_ = head.skipped;
  in_parts_ = head.skipped != 0;
}

void ChangeCollector::row(const feed::RowChange& change, std::uint64_t rows) {
  rows_ = rows;
  Change& added = open_.changes.emplace_back();
  added.schema = change.table.table().schema;
  added.table = change.table.table().name;
  added.kind = static_cast<ChangeKind>(change.kind);
  if (change.before != nullptr) added.before = to_row(change.table, *change.before);
  if (change.after != nullptr) added.after = to_row(change.table, *change.after);
}

void ChangeCollector::definition(const feed::DefinitionChange& change) {
  ChangedDefinition& added = open_.definitions.emplace_back();
  for (const feed::TableId& table : change.tables)
    added.tables.push_back(feed::to_string(table));
  added.schema = change.schema;
  added.statement = change.statement;
}

void ChangeCollector::end(const replication::Position& after) {
  whole_ = true;
  next_ = {after, {}, 0};
}

void ChangeCollector::rolled_back(const replication::Position& after) {
  open_ = {};
  open_.rolled_back = true;
  end(after);
}

void ChangeCollector::forget() {
  open_ = {};
  whole_ = false;
  in_parts_ = false;
}

bool ChangeCollector::deliver(const ChangeCallback& callback) {
  if (!whole_ && open_.changes.size() < kRowsMax) return false;
  const bool seen = in_parts_ || !open_.changes.empty() || !open_.definitions.empty();
  delivered_ = whole_ ? next_ : feed::EventId{head_.before, head_.gtid, rows_};
  ChangedTransaction ready = std::exchange(open_, {});
  const bool last = std::exchange(whole_, false);
  in_parts_ = !last;
  if (!seen) return true;
  ready.id = feed::to_string(delivered_);
  ready.gtid = replication::to_string(head_.gtid);
  ready.time = std::chrono::system_clock::time_point(std::chrono::seconds(head_.timestamp));
  ready.last = last;
  callback(ready);
  return true;
}

}  // namespace understudy::client
