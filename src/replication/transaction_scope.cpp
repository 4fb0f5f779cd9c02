#include "replication/transaction_scope.h"

namespace understudy::replication {

TransactionScope::Edge TransactionScope::take(const BinlogEvent& event) {
  if (const auto id = begun_by(event)) {
    open_ = true;
    form_.begin(event);
    gtid_ = *id;
    return Edge::Begun;
  }
  // The server has started anew: what was open will not go on.
  if (std::holds_alternative<FormatDescription>(event.body)) open_ = false;
  if (!open_) return Edge::None;
  if (const auto* query = std::get_if<QueryEvent>(&event.body)) return take_query(*query);
  if (std::holds_alternative<XidEvent>(event.body)) return end(Edge::Committed);
  if (const auto* prepare = std::get_if<XaPrepareEvent>(&event.body))
    return end(prepare->one_phase ? Edge::Committed : Edge::Prepared);
  return Edge::None;
}

TransactionScope::Edge TransactionScope::take_query(const QueryEvent& event) {
  switch (form_.take(event)) {
    case TransactionForm::Query::Standalone:
    case TransactionForm::Query::Commits:
      return end(Edge::Committed);
    case TransactionForm::Query::RollsBack:
      return end(Edge::RolledBack);
    case TransactionForm::Query::Statement:
    case TransactionForm::Query::Begins:
      return Edge::None;
  }
  return Edge::None;
}

TransactionScope::Edge TransactionScope::end(Edge how) {
  open_ = false;
  return how;
}

}  // namespace understudy::replication
