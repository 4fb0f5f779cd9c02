#include "replication/binlog_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace understudy::replication {
namespace {

bool pair_before(const Gtid& left, const Gtid& right) {
  return std::tie(left.domain, left.server) < std::tie(right.domain, right.server);
}

}  // namespace

Result<BinlogState> BinlogState::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    Result<MySqlGtidSet> set = MySqlGtidSet::parse(text);
    if (!set) return set.error();
    return BinlogState(std::move(set).value());
  }
  BinlogState state;
  while (!text.empty()) {
    const auto comma = text.find(',');
    // One entry at a time: a Position keeps one server of each domain only.
    const Result<Position> entry = Position::parse(text.substr(0, comma));
    if (!entry.ok()) return entry.error();
    if (entry->domain_count() == 1) state.add(entry->at(0));
    if (state.entries_.size() > kMaxEntries)
      return make_error(ErrorKind::Exhausted,
                        fmt::format("a binary log of more than {} servers", kMaxEntries));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return state;
}

void BinlogState::add(const Gtid& gtid) {
  const auto place = std::ranges::lower_bound(entries_, gtid, pair_before);
  if (place == entries_.end() || pair_before(gtid, *place)) {
    entries_.insert(place, gtid);
  } else {
    place->sequence = std::max(place->sequence, gtid.sequence);
  }
}

bool BinlogState::has(const TransactionId& id) const {
  if (const auto* gtid = std::get_if<MySqlGtid>(&id)) return mysql_.contains(*gtid);
  const auto& wanted = std::get<Gtid>(id);
  const auto place = std::ranges::lower_bound(entries_, wanted, pair_before);
  return place != entries_.end() && !pair_before(wanted, *place) &&
         place->sequence >= wanted.sequence;
}

BinlogState BinlogState::beyond(const BinlogState& other) const {
  BinlogState found(mysql_.minus(other.mysql_));
  std::ranges::copy_if(entries_, std::back_inserter(found.entries_),
                       [&](const Gtid& mine) { return !other.has(mine); });
  return found;
}

BinlogState BinlogState::of_server(const ServerIdentity& server) const {
  BinlogState found(mysql_.of_server(server.uuid));
  std::ranges::copy_if(entries_, std::back_inserter(found.entries_),
                       [&](const Gtid& mine) { return mine.server == server.server_id; });
  return found;
}

Position BinlogState::parting_from(const BinlogState& other) const {
  if (!mysql_.empty()) return Position(mysql_.minus(mysql_.minus(other.mysql_)));
  std::map<std::uint32_t, Gtid> by_domain;
  for (const Gtid& extra : beyond(other).entries_) {
    const auto common = std::ranges::lower_bound(other.entries_, extra, pair_before);
    if (common == other.entries_.end() || pair_before(extra, *common)) continue;
    const auto [found, first] = by_domain.emplace(common->domain, *common);
    if (!first && common->sequence < found->second.sequence) found->second = *common;
  }
  Position parting;
  for (const auto& [domain, gtid] : by_domain)
    parting.add(gtid);
  return parting;
}

std::string to_string(const BinlogState& state) {
  if (!state.mysql_.empty()) return to_string(state.mysql_);
  std::string text;
  for (const Gtid& gtid : state.entries_) {
    if (!text.empty()) text += ',';
    text += to_string(gtid);
  }
  return text;
}

}  // namespace understudy::replication
