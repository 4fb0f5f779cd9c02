#include "replication/transaction_id.h"

#include <fmt/format.h>

#include "replication/position.h"

namespace understudy::replication {

std::string to_string(const Gtid& gtid) {
  return fmt::format("{}-{}-{}", gtid.domain, gtid.server, gtid.sequence);
}

std::string to_string(const TransactionId& id) {
  return std::visit([](const auto& gtid) { return to_string(gtid); }, id);
}

Result<TransactionId> parse_transaction_id(std::string_view text) {
  const Result<Position> position = Position::parse(text);
  if (!position) return position.error();
  const std::vector<TransactionId> ids = position->transactions(2);
  if (ids.size() == 1) return ids.front();
  return make_error(ErrorKind::Invalid,
                    fmt::format("'{}' is not the id of one transaction", text.substr(0, 64)));
}

bool began_at(const TransactionId& id, const ServerIdentity& server) {
  if (const auto* gtid = std::get_if<Gtid>(&id)) return gtid->server == server.server_id;
  return std::get<MySqlGtid>(id).uuid == server.uuid;
}

bool of_one_order(const TransactionId& left, const TransactionId& right) {
  const auto* one = std::get_if<Gtid>(&left);
  const auto* other = std::get_if<Gtid>(&right);
  if (one == nullptr || other == nullptr) return one == other;
  return one->domain == other->domain;
}

}  // namespace understudy::replication
