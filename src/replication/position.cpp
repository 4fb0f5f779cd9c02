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

Result<Position> Position::parse(std::string_view text) {
  Position position;
  std::string_view rest = trim(text);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view entry = trim(rest.substr(0, comma));
    const auto gtid = parse_gtid(entry);
    if (!gtid) {
      return make_error(
          ErrorKind::Invalid,
          fmt::format("'{}' is no GTID: expected domain-server-sequence, like 0-1-100",
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

Gtid& Position::slot(std::size_t index) {
  return index < kInline ? first_[index] : more_[index - kInline];
}

bool Position::covers(const Position& other) const {
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

void Position::merge(const Position& other) {
  for (std::size_t i = 0; i < other.size_; ++i)
    add(other.at(i));
}

bool Position::add(const Gtid& gtid) {
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

bool operator==(const Position& left, const Position& right) {
  if (left.size_ != right.size_) return false;
  for (std::size_t i = 0; i < left.size_; ++i) {
    if (!(left.at(i) == right.at(i))) return false;
  }
  return true;
}

std::string to_string(const Position& position) {
  std::string text;
  for (std::size_t i = 0; i < position.domain_count(); ++i) {
    const Gtid& gtid = position.at(i);
    fmt::format_to(std::back_inserter(text), "{}{}-{}-{}", i == 0 ? "" : ",", gtid.domain,
                   gtid.server, gtid.sequence);
  }
  return text;
}

}  // namespace understudy::replication
