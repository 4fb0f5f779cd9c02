#include "replication/transaction_scope.h"

namespace understudy::replication {

TransactionScope::Edge TransactionScope::take(const BinlogEvent& event) {
  if (const auto* gtid = std::get_if<GtidEvent>(&event.body)) {
    open_ = *gtid;
    gtid_ = gtid->gtid;
    return Edge::Begun;
  }
  // The server has started anew: what was open will not go on.
  if (std::holds_alternative<FormatDescription>(event.body)) open_.reset();
  if (!open_) return Edge::None;
  if (const auto* query = std::get_if<QueryEvent>(&event.body)) return take_query(*query);
  if (std::holds_alternative<XidEvent>(event.body)) return end(Edge::Committed);
  if (std::holds_alternative<XaPrepareEvent>(event.body)) return end(Edge::Prepared);
  return Edge::None;
}

TransactionScope::Edge TransactionScope::take_query(const QueryEvent& event) {
  if (open_->standalone) return end(Edge::Committed);
  if (event.text == "COMMIT") return end(Edge::Committed);
  if (event.text == "ROLLBACK") return end(Edge::RolledBack);
  return Edge::None;
}

TransactionScope::Edge TransactionScope::end(Edge how) {
  open_.reset();
  return how;
}

}  // namespace understudy::replication
