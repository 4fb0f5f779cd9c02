#include "replication/binlog_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace understudy::replication {
namespace {

bool pair_before(const Gtid& left, const Gtid& right) {
  return std::tie(left.domain, left.server) < std::tie(right.domain, right.server);
}

}  // namespace

Result<BinlogState> BinlogState::parse(std::string_view text) {
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

std::vector<Gtid> BinlogState::beyond(const BinlogState& other) const {
  std::vector<Gtid> found;
  auto theirs = other.entries_.begin();
  for (const Gtid& mine : entries_) {
    while (theirs != other.entries_.end() && pair_before(*theirs, mine))
      ++theirs;
    const bool known = theirs != other.entries_.end() && !pair_before(mine, *theirs) &&
                       theirs->sequence >= mine.sequence;
    if (!known) found.push_back(mine);
  }
  return found;
}

std::string to_string(const std::vector<Gtid>& gtids) {
  std::string text;
  for (const Gtid& gtid : gtids)
    fmt::format_to(std::back_inserter(text), "{}{}-{}-{}", text.empty() ? "" : ",", gtid.domain,
                   gtid.server, gtid.sequence);
  return text;
}

}  // namespace understudy::replication
