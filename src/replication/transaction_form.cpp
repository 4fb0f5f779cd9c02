#include "replication/transaction_form.h"

namespace understudy::replication {

std::optional<TransactionId> begun_by(const BinlogEvent& event) {
  if (const auto* gtid = std::get_if<GtidEvent>(&event.body)) return gtid->gtid;
  if (const auto* gtid = std::get_if<MySqlGtidEvent>(&event.body); gtid && gtid->gtid)
    return *gtid->gtid;
  return std::nullopt;
}

void TransactionForm::begin(const BinlogEvent& event) {
  const auto* gtid = std::get_if<GtidEvent>(&event.body);
  form_ = gtid == nullptr ? Form::Unknown : gtid->standalone ? Form::Standalone : Form::Several;
}

// MySQL opens with BEGIN or with the words of XA START (seen on 9.7); CREATE TABLE ... SELECT with
// BEGIN, too.
TransactionForm::Query TransactionForm::take(const QueryEvent& query) {
  const bool begins = query.text == "BEGIN" || query.text.starts_with("XA START ");
  if (form_ == Form::Unknown) form_ = begins ? Form::Several : Form::Standalone;
  if (form_ == Form::Standalone) return Query::Standalone;
  if (query.text == "COMMIT") return Query::Commits;
  if (query.text == "ROLLBACK") return Query::RollsBack;
  return begins ? Query::Begins : Query::Statement;
}

}  // namespace understudy::replication
