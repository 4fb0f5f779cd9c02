#include "feed/event_writer.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "feed/json_text.h"

namespace understudy::feed {
namespace {

void append_row_image(std::string& out, const TableView& table, const Row& row) {
  out += '{';
  bool first = true;
  for (const TableView::Column& column : table.shown()) {
    if (std::holds_alternative<replication::Absent>(row[column.index])) continue;
    if (!std::exchange(first, false)) out += ',';
    append_json_string(out, column.name);
    out += ':';
    append_json_value(out, row[column.index]);
  }
  out += '}';
}

}  // namespace

void EventWriter::begin(const TransactionHead& head) {
  head_ = head;
  rows_ = head.skipped;
  rows_before_ = head.skipped;
  in_parts_ = head.skipped != 0;
  given_ = in_parts_;
  whole_ = out_.size();
}

std::string EventWriter::head_text() const {
  return fmt::format(R"(,"gtid":"{}","timestamp":"{}")", replication::to_string(head_.gtid),
                     utc_text(head_.timestamp));
}

void EventWriter::append_row(std::string& out, const RowChange& change) const {
  out += R"("schema":)";
  append_json_string(out, change.table.table().schema);
  out += R"(,"table":)";
  append_json_string(out, change.table.table().name);
  fmt::format_to(std::back_inserter(out), R"(,"type":"{}")", to_text(change.kind));
  if (change.before != nullptr) {
    out += R"(,"before":)";
    append_row_image(out, change.table, *change.before);
  }
  if (change.after != nullptr) {
    out += R"(,"after":)";
    append_row_image(out, change.table, *change.after);
  }
}

void EventWriter::row(const RowChange& change, std::uint64_t rows) {
  if (by_ == Unit::Row) {
    std::string body = head_text() + ',';
    append_row(body, change);
    body += '}';
    release_waiting();
    rows_ = rows;
    wait({}, std::move(body));
    return;
  }
  rows_ = rows;
  if (!changes_.empty()) changes_ += ',';
  changes_ += '{';
  append_row(changes_, change);
  changes_ += '}';
}

void EventWriter::definition(const DefinitionChange& change) {
  cut();
  std::string body = head_text() + R"(,"schema":)";
  append_json_string(body, change.schema);
  body += R"(,"tables":[)";
  for (const TableId& table : change.tables) {
    if (body.back() != '[') body += ',';
    append_json_string(body, to_string(table));
  }
  body += R"(],"statement":)";
  append_json_string(body, change.statement);
  body += '}';
  wait("definition", std::move(body));
}

// With `last` the transaction is over; else only what there is becomes a part.
void EventWriter::gather_changes(bool last) {
  if (changes_.empty() && !(last && in_parts_ && by_ == Unit::Transaction)) return;
  release_waiting();
  std::string body = head_text();
  if (!last) in_parts_ = true;
  if (in_parts_)
    body += fmt::format(R"(,"after_rows":{},"last":{})", rows_before_, last ? "true" : "false");
  rows_before_ = rows_;
  body += R"(,"changes":[)";
  body += changes_;
  body += "]}";
  changes_.clear();
  wait({}, std::move(body));
}

void EventWriter::cut() {
  gather_changes(false);
  release_waiting();
}

void EventWriter::end(const replication::Position& after) {
  gather_changes(true);
  if (waiting_.exists) release({after, {}, 0});
  whole_ = out_.size();
  in_parts_ = false;
}

void EventWriter::rolled_back(const replication::Position& after) {
  // Nobody has seen the transaction, unless something of it was given away.
  forget();
  if (given_) {
    wait("rollback", head_text() + '}');
    release({after, {}, 0});
  }
  whole_ = out_.size();
}

void EventWriter::forget() {
  out_.resize(std::min(out_.size(), whole_));
  changes_.clear();
  waiting_ = {};
  in_parts_ = false;
}

void EventWriter::wait(std::string_view name, std::string body) {
  waiting_ = {true, name, std::move(body), rows_};
}

void EventWriter::release_waiting() {
  if (waiting_.exists) release({head_.before, head_.gtid, waiting_.rows});
}

void EventWriter::release(const EventId& id) {
  const std::string text = to_string(id);
  out_ += "id: " + text + '\n';
  if (!waiting_.name.empty())
    fmt::format_to(std::back_inserter(out_), "event: {}\n", waiting_.name);
  out_ += R"(data: {"id":")" + text + '"' + waiting_.body + "\n\n";
  waiting_ = {};
  ++count_;
}

std::string EventWriter::take() {
  given_ = given_ || out_.size() > whole_;
  whole_ = 0;
  return std::exchange(out_, {});
}

std::string EventWriter::take_whole() {
  std::string text = out_.substr(0, whole_);
  out_.erase(0, whole_);
  whole_ = 0;
  return text;
}

std::string error_event(std::string_view message, const EventId& last) {
  std::string text = "event: error\ndata: {\"error\":";
  append_json_string(text, message);
  return text + fmt::format(",\"last\":\"{}\"}}\n\n", to_string(last));
}

}  // namespace understudy::feed
