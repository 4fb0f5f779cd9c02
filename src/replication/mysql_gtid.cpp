#include "replication/mysql_gtid.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <iterator>

namespace understudy::replication {
namespace {

constexpr std::size_t kTagSizeMax = 32;

constexpr bool dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

Error malformed() {
  return make_error(ErrorKind::Malformed, "malformed binary log event: a set of GTIDs");
}

struct Source {
  ServerUuid uuid{};
  std::string tag;
};

Source read_source(ByteReader& reader, bool tagged) {
  Source source;
  std::ranges::copy(reader.take(source.uuid.size()), source.uuid.begin());
  if (!tagged) return source;
  const std::uint64_t size = read_serialized(reader);
  if (size > kTagSizeMax) reader.fail();
  source.tag = as_text(reader.take(static_cast<std::size_t>(size)));
  return source;
}

}  // namespace

std::string to_string(const ServerUuid& uuid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (dash_before(i)) text += '-';
    text += kDigits[uuid[i] >> 4];
    text += kDigits[uuid[i] & 15];
  }
  return text;
}

std::optional<ServerUuid> parse_uuid(std::string_view text) {
  constexpr std::size_t kTextSize = 36;
  if (text.size() != kTextSize) return std::nullopt;
  ServerUuid uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (dash_before(i)) {
      if (text.front() != '-') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, uuid[i], 16);
    if (error != std::errc{} || end != text.data() + 2) return std::nullopt;
    text.remove_prefix(2);
  }
  return uuid;
}

std::string to_string(const MySqlGtid& gtid) {
  const std::string_view separator = gtid.tag.empty() ? "" : ":";
  return fmt::format("{}:{}{}{}", to_string(gtid.uuid), gtid.tag, separator, gtid.number);
}

std::string to_string(const std::vector<MySqlGtidRange>& set) {
  std::string text;
  const MySqlGtidRange* previous = nullptr;
  for (const MySqlGtidRange& range : set) {
    if (previous == nullptr || previous->uuid != range.uuid) {
      if (previous != nullptr) text += ',';
      text += to_string(range.uuid);
      if (!range.tag.empty()) text += ':' + range.tag;
    } else if (previous->tag != range.tag) {
      text += ':' + range.tag;
    }
    fmt::format_to(std::back_inserter(text), ":{}", range.first);
    if (range.last != range.first) fmt::format_to(std::back_inserter(text), "-{}", range.last);
    previous = &range;
  }
  return text;
}

// set      := count source…
// count    := u64; where there are tags (8.3): the number 1, the count in six bytes, the number 1
// source   := uuid [length:serialized tag] intervals:u64 interval…
// interval := first:u64 behind_last:u64
Result<std::vector<MySqlGtidRange>> read_gtid_set(ByteView bytes) {
  constexpr std::uint64_t kTagged = 1;
  constexpr std::size_t kIntervalSize = 16;
  std::vector<MySqlGtidRange> set;
  ByteReader reader(bytes);
  const std::uint64_t head = reader.u64();
  const bool tagged = head >> 56 == kTagged;
  const std::uint64_t count = tagged ? head << 8 >> 16 : head;
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    const Source source = read_source(reader, tagged);
    const std::uint64_t intervals = reader.u64();
    if (intervals > reader.remaining() / kIntervalSize) return malformed();
    for (std::uint64_t j = 0; j < intervals; ++j) {
      const std::uint64_t first = reader.u64();
      const std::uint64_t end = reader.u64();
      if (first == 0 || end <= first) return malformed();
      set.push_back({source.uuid, source.tag, first, end - 1});
    }
  }
  if (reader.failed()) return malformed();
  return set;
}

// Servers before 8.3 know the form without tags only.
void append_gtid_set(Bytes& out, const std::vector<MySqlGtidRange>& set) {
  constexpr std::uint64_t kTagged = 1;
  const auto other_source = [](const MySqlGtidRange& left, const MySqlGtidRange& right) {
    return left.uuid != right.uuid || left.tag != right.tag;
  };
  const bool tagged =
      std::ranges::any_of(set, [](const MySqlGtidRange& range) { return !range.tag.empty(); });
  ByteWriter writer(out);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < set.size(); ++i)
    count += i == 0 || other_source(set[i - 1], set[i]) ? 1 : 0;
  writer.u64(tagged ? kTagged << 56 | count << 8 | kTagged : count);
  for (auto first = set.begin(); first != set.end();) {
    const auto end = std::find_if(
        first, set.end(), [&](const MySqlGtidRange& range) { return other_source(*first, range); });
    writer.bytes(first->uuid);
    if (tagged) {
      writer.u8(static_cast<std::uint8_t>(first->tag.size() << 1));
      writer.bytes(as_bytes(first->tag));
    }
    writer.u64(static_cast<std::uint64_t>(end - first));
    for (; first != end; ++first) {
      writer.u64(first->first);
      writer.u64(first->last + 1);
    }
  }
}

std::uint64_t read_serialized(ByteReader& reader) {
  const std::uint8_t first = reader.u8();
  const auto more = static_cast<std::size_t>(std::countr_one(first));
  if (more >= 7) return reader.integer(more);  // 7 or 8, and the first byte has no bits of it
  return (reader.integer(more) << 8 | first) >> (more + 1);
}

std::int64_t read_serialized_signed(ByteReader& reader) {
  const std::uint64_t value = read_serialized(reader);
  const auto absolute = static_cast<std::int64_t>(value >> 1);
  return (value & 1) != 0 ? -absolute - 1 : absolute;
}

}  // namespace understudy::replication
