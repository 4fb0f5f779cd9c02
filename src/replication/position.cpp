#include "replication/position.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace understudy::replication {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Reads a number up to `end_mark` (0: the end of the text) and removes both from `text`.
template <typename Integer>
bool take_number(std::string_view& text, char end_mark, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (end_mark == 0) return text.empty();
  if (text.empty() || text.front() != end_mark) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Gtid> parse_gtid(std::string_view text) {
  Gtid gtid;
  if (!take_number(text, '-', gtid.domain) || !take_number(text, '-', gtid.server) ||
      !take_number(text, '\0', gtid.sequence))
    return std::nullopt;
  return gtid;
}

}  // namespace

Position::Position(MySqlGtidSet set)
    : set_(set.empty() ? nullptr : std::make_shared<const MySqlGtidSet>(std::move(set))) {}

Result<Position> Position::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    Result<MySqlGtidSet> set = MySqlGtidSet::parse(text);
    if (!set) return set.error();
    return Position(std::move(set).value());
  }
  Position position;
  std::string_view rest = trim(text);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view entry = trim(rest.substr(0, comma));
    const auto gtid = parse_gtid(entry);
    if (!gtid) {
      return make_error(
          ErrorKind::Invalid,
          fmt::format("'{}' is no GTID: expected domain-server-sequence, like 0-1-100, "
                      "or uuid:numbers",
                      entry.substr(0, 64)));
    }
    if (!position.add(*gtid)) {
      return make_error(ErrorKind::Exhausted,
                        fmt::format("a position of more than {} domains", kMaxDomains));
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
    if (trim(rest).empty())
      return make_error(ErrorKind::Invalid, "a GTID is missing after the last comma");
  }
  return position;
}

const Gtid& Position::at(std::size_t index) const {
  return index < kInline ? first_[index] : more_[index - kInline];
}

const MySqlGtidSet& Position::mysql_set() const {
  static const MySqlGtidSet kNone;
  return set_ ? *set_ : kNone;
}

Gtid& Position::slot(std::size_t index) {
  return index < kInline ? first_[index] : more_[index - kInline];
}

bool Position::covers(const Position& other) const {
  if (other.set_) return set_ == other.set_ || (set_ && set_->covers(*other.set_));
  std::size_t mine = 0;
  for (std::size_t i = 0; i < other.size_; ++i) {
    const Gtid& wanted = other.at(i);
    while (mine < size_ && at(mine).domain < wanted.domain)
      ++mine;
    if (mine == size_ || at(mine).domain != wanted.domain || at(mine).sequence < wanted.sequence)
      return false;
  }
  return true;
}

bool Position::covers(const TransactionId& id) const {
  if (const auto* gtid = std::get_if<MySqlGtid>(&id)) return set_ && set_->contains(*gtid);
  const auto& wanted = std::get<Gtid>(id);
  for (std::size_t i = 0; i < size_; ++i)
    if (at(i).domain == wanted.domain) return at(i).sequence >= wanted.sequence;
  return false;
}

void Position::merge(const Position& other) {
  if (other.set_) {
    if (size_ > 0 || covers(other)) return;
    if (other.covers(*this)) {
      set_ = other.set_;
      return;
    }
    MySqlGtidSet both = *set_;
    both.merge(*other.set_);
    set_ = std::make_shared<const MySqlGtidSet>(std::move(both));
    return;
  }
  for (std::size_t i = 0; i < other.size_; ++i)
    add(other.at(i));
}

bool Position::add(const TransactionId& id) {
  if (const auto* gtid = std::get_if<Gtid>(&id)) return add(*gtid);
  const auto& gtid = std::get<MySqlGtid>(id);
  if (size_ > 0) return false;
  if (set_ && set_->contains(gtid)) return true;
  MySqlGtidSet more = mysql_set();
  if (!more.add({gtid.uuid, gtid.tag, gtid.number, gtid.number})) return false;
  set_ = std::make_shared<const MySqlGtidSet>(std::move(more));
  return true;
}

bool Position::add(const Gtid& gtid) {
  if (set_) return false;
  std::size_t index = 0;
  while (index < size_ && at(index).domain < gtid.domain)
    ++index;
  if (index < size_ && at(index).domain == gtid.domain) {
    if (at(index).sequence < gtid.sequence) slot(index) = gtid;
    return true;
  }
  if (size_ == kMaxDomains) return false;
  insert(index, gtid);
  return true;
}

void Position::insert(std::size_t index, const Gtid& gtid) {
  if (size_ >= kInline) more_.emplace_back();
  ++size_;
  for (std::size_t i = size_ - 1; i > index; --i)
    slot(i) = at(i - 1);
  slot(index) = gtid;
}

std::vector<TransactionId> Position::transactions(std::size_t limit) const {
  std::vector<TransactionId> ids;
  for (std::size_t i = 0; i < size_ && ids.size() < limit; ++i)
    ids.emplace_back(at(i));
  for (const MySqlGtidRange& range : mysql_set().ranges()) {
    for (std::uint64_t number = range.first; number <= range.last && ids.size() < limit; ++number)
      ids.emplace_back(MySqlGtid{range.uuid, range.tag, number});
  }
  return ids;
}

Position Position::latest() const {
  return set_ ? Position(set_->newest()) : *this;
}

Position Position::without(const ServerIdentity& server) const {
  if (set_) return Position(set_->without_server(server.uuid));
  Position rest;
  for (std::size_t i = 0; i < size_; ++i)
    if (at(i).server != server.server_id) rest.add(at(i));
  return rest;
}

std::uint64_t Position::ahead_of(const Position& other) const {
  if (set_) return set_->minus(other.mysql_set()).count();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    std::uint64_t there = 0;
    for (std::size_t j = 0; j < other.size_; ++j)
      if (other.at(j).domain == at(i).domain) there = other.at(j).sequence;
    if (at(i).sequence > there) count += at(i).sequence - there;
  }
  return count;
}

bool operator==(const Position& left, const Position& right) {
  if (left.set_ || right.set_) {
    return left.set_ == right.set_ || (left.set_ && right.set_ && *left.set_ == *right.set_);
  }
  if (left.size_ != right.size_) return false;
  for (std::size_t i = 0; i < left.size_; ++i) {
    if (!(left.at(i) == right.at(i))) return false;
  }
  return true;
}

std::string to_string(const Position& position) {
  if (position.flavour() == Flavour::MySql) return to_string(position.mysql_set());
  std::string text;
  for (std::size_t i = 0; i < position.domain_count(); ++i) {
    const Gtid& gtid = position.at(i);
    fmt::format_to(std::back_inserter(text), "{}{}-{}-{}", i == 0 ? "" : ",", gtid.domain,
                   gtid.server, gtid.sequence);
  }
  return text;
}

}  // namespace understudy::replication
