#include "replication/mysql_gtid_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <tuple>

// set      := entry? ("," entry?)*
// entry    := uuid (":" part)+
// part     := number ("-" number)?     of the tag before it, or of none
//           | tag
// tag      := [a-z_][a-z0-9_]*, 32 characters at most, in any case
namespace understudy::replication {
namespace {

constexpr std::size_t kTagSizeMax = 32;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string_view take_until(char mark, std::string_view& rest) {
  const auto end = rest.find(mark);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return trim(part);
}

std::optional<std::string> read_tag(std::string_view text) {
  std::string tag;
  if (text.empty() || text.size() > kTagSizeMax) return std::nullopt;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    const bool digit = lower >= '0' && lower <= '9';
    if ((lower < 'a' || lower > 'z') && lower != '_' && !(digit && !tag.empty()))
      return std::nullopt;
    tag += lower;
  }
  return tag;
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value == 0 || value > MySqlGtidSet::kNumberMax) return std::nullopt;
  return value;
}

// Reads the numbers of a part into `range`.
bool read_interval(std::string_view part, MySqlGtidRange& range) {
  const auto dash = part.find('-');
  const auto first = read_number(trim(part.substr(0, dash)));
  const auto last =
      dash == std::string_view::npos ? first : read_number(trim(part.substr(dash + 1)));
  if (!first || !last || *last < *first) return false;
  range.first = *first;
  range.last = *last;
  return true;
}

bool source_before(const MySqlGtidRange& left, const MySqlGtidRange& right) {
  return std::tie(left.uuid, left.tag) < std::tie(right.uuid, right.tag);
}

bool same_source(const MySqlGtidRange& left, const MySqlGtidRange& right) {
  return left.uuid == right.uuid && left.tag == right.tag;
}

bool starts_before(const MySqlGtidRange& left, const MySqlGtidRange& right) {
  return std::tie(left.uuid, left.tag, left.first) < std::tie(right.uuid, right.tag, right.first);
}

// Whether all of `left`, and the number behind it, come before `right`.
bool apart_before(const MySqlGtidRange& left, const MySqlGtidRange& right) {
  if (!same_source(left, right)) return source_before(left, right);
  return left.last + 1 < right.first;
}

Error wrong(std::string_view text) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("'{}' is no set of GTIDs: expected uuid:numbers, like "
                                "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7",
                                text.substr(0, 64)));
}

// The ranges of one entry; nothing if it is none.
std::optional<std::vector<MySqlGtidRange>> read_entry(std::string_view entry) {
  std::string_view rest = entry;
  const auto uuid = parse_uuid(take_until(':', rest));
  if (!uuid || rest.empty() || rest.back() == ':') return std::nullopt;
  std::vector<MySqlGtidRange> ranges;
  MySqlGtidRange range;
  range.uuid = *uuid;
  bool tag_in_use = true;
  do {
    const std::string_view part = take_until(':', rest);
    if (read_interval(part, range)) {
      ranges.push_back(range);
      tag_in_use = true;
      continue;
    }
    auto tag = read_tag(part);
    if (!tag || !tag_in_use) return std::nullopt;
    range.tag = std::move(*tag);
    tag_in_use = false;
  } while (!rest.empty());
  if (!tag_in_use) return std::nullopt;
  return ranges;
}

}  // namespace

Result<MySqlGtidSet> MySqlGtidSet::parse(std::string_view text) {
  MySqlGtidSet set;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view entry = take_until(',', rest);
    if (entry.empty()) continue;
    const auto ranges = read_entry(entry);
    if (!ranges) return wrong(entry);
    for (const MySqlGtidRange& range : *ranges) {
      if (!set.add(range)) {
        return make_error(ErrorKind::Exhausted,
                          fmt::format("a set of GTIDs of more than {} ranges", kMaxRanges));
      }
    }
  }
  return set;
}

std::uint64_t MySqlGtidSet::count() const {
  std::uint64_t sum = 0;
  for (const MySqlGtidRange& range : ranges_)
    sum += range.last - range.first + 1;
  return sum;
}

bool MySqlGtidSet::contains(const MySqlGtid& gtid) const {
  const MySqlGtidRange one{gtid.uuid, gtid.tag, gtid.number, gtid.number};
  const auto behind = std::ranges::upper_bound(ranges_, one, starts_before);
  if (behind == ranges_.begin()) return false;
  const MySqlGtidRange& before = *std::prev(behind);
  return same_source(before, one) && gtid.number <= before.last;
}

bool MySqlGtidSet::covers(const MySqlGtidSet& other) const {
  auto mine = ranges_.begin();
  for (const MySqlGtidRange& wanted : other.ranges_) {
    // Few are looked for in many, as a rule.
    mine = std::upper_bound(mine, ranges_.end(), wanted, starts_before);
    if (mine == ranges_.begin()) return false;
    --mine;
    if (!same_source(*mine, wanted) || mine->last < wanted.last) return false;
  }
  return true;
}

bool MySqlGtidSet::add(const MySqlGtidRange& range) {
  if (range.first == 0 || range.last < range.first || range.last > kNumberMax) return false;
  // Those that it overlaps or touches become one with it.
  const auto first = std::ranges::lower_bound(ranges_, range, apart_before);
  auto behind = first;
  while (behind != ranges_.end() && !apart_before(range, *behind))
    ++behind;
  if (first == behind) {
    if (ranges_.size() == kMaxRanges) return false;
    ranges_.insert(first, range);
    return true;
  }
  first->first = std::min(first->first, range.first);
  first->last = std::max(std::prev(behind)->last, range.last);
  ranges_.erase(std::next(first), behind);
  return true;
}

bool MySqlGtidSet::merge(const MySqlGtidSet& other) {
  constexpr std::size_t kFew = 8;
  if (other.ranges_.size() <= kFew) {
    return std::ranges::all_of(other.ranges_,
                               [this](const MySqlGtidRange& range) { return add(range); });
  }
  std::vector<MySqlGtidRange> all;
  all.reserve(ranges_.size() + other.ranges_.size());
  std::ranges::merge(ranges_, other.ranges_, std::back_inserter(all), starts_before);
  MySqlGtidSet merged;
  for (MySqlGtidRange& range : all) {
    if (merged.ranges_.empty() || apart_before(merged.ranges_.back(), range)) {
      if (merged.ranges_.size() == kMaxRanges) return false;
      merged.ranges_.push_back(std::move(range));
    } else {
      merged.ranges_.back().last = std::max(merged.ranges_.back().last, range.last);
    }
  }
  *this = std::move(merged);
  return true;
}

MySqlGtidSet MySqlGtidSet::minus(const MySqlGtidSet& other) const {
  MySqlGtidSet left;
  auto theirs = other.ranges_.begin();
  for (MySqlGtidRange mine : ranges_) {
    const auto before = [&](const MySqlGtidRange& taken) {
      return same_source(taken, mine) ? taken.last < mine.first : source_before(taken, mine);
    };
    while (theirs != other.ranges_.end() && before(*theirs))
      ++theirs;
    // One of theirs may reach into the next of ours: it is not passed by.
    auto taken = theirs;
    for (; taken != other.ranges_.end() && same_source(*taken, mine); ++taken) {
      if (taken->first > mine.last || mine.first > mine.last) break;
      if (taken->first > mine.first) {
        left.ranges_.push_back(mine);
        left.ranges_.back().last = taken->first - 1;
      }
      mine.first = taken->last + 1;
    }
    if (mine.first <= mine.last) left.ranges_.push_back(std::move(mine));
  }
  return left;
}

MySqlGtidSet MySqlGtidSet::of_server(const ServerUuid& uuid) const {
  MySqlGtidSet found;
  std::ranges::copy_if(ranges_, std::back_inserter(found.ranges_),
                       [&](const MySqlGtidRange& range) { return range.uuid == uuid; });
  return found;
}

MySqlGtidSet MySqlGtidSet::without_server(const ServerUuid& uuid) const {
  MySqlGtidSet found;
  std::ranges::copy_if(ranges_, std::back_inserter(found.ranges_),
                       [&](const MySqlGtidRange& range) { return range.uuid != uuid; });
  return found;
}

MySqlGtidSet MySqlGtidSet::newest() const {
  MySqlGtidSet found;
  for (const MySqlGtidRange& range : ranges_) {
    if (!found.ranges_.empty() && same_source(found.ranges_.back(), range))
      found.ranges_.pop_back();
    found.ranges_.push_back(range);
    found.ranges_.back().first = range.last;
  }
  return found;
}

std::string to_string(const MySqlGtidSet& set) {
  return to_string(set.ranges());
}

}  // namespace understudy::replication
