#include "replication/packed_value.h"

#include <algorithm>
#include <array>

namespace understudy::replication {
namespace {

constexpr std::size_t kGroup = 9;  // digits that take four bytes
constexpr std::array<std::size_t, kGroup + 1> kGroupBytes = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr std::array<std::uint64_t, kGroup + 1> kPowers = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

// Reads digits from the front, which are stored in as few bytes as can hold so many of them.
bool append_group(ByteView& bytes, std::size_t digits, std::string& out) {
  const std::uint64_t value = read_big_endian(bytes.first(kGroupBytes[digits]));
  bytes = bytes.subspan(kGroupBytes[digits]);
  if (value >= kPowers[digits]) return false;
  for (std::size_t i = digits; i-- > 0;)
    out.push_back(static_cast<char>('0' + value / kPowers[i] % 10));
  return true;
}

bool append_groups(ByteView& bytes, std::size_t digits, bool short_group_first, std::string& out) {
  const std::size_t odd = digits % kGroup;
  if (short_group_first && odd > 0 && !append_group(bytes, odd, out)) return false;
  for (std::size_t i = 0; i < digits / kGroup; ++i)
    if (!append_group(bytes, kGroup, out)) return false;
  return short_group_first || odd == 0 || append_group(bytes, odd, out);
}

std::size_t packed_size(std::size_t digits) {
  return digits / kGroup * 4 + kGroupBytes[digits % kGroup];
}

// A fraction of two, four or six digits.
std::uint32_t to_microseconds(std::int64_t fraction, std::size_t bytes) {
  constexpr std::array<std::int64_t, 4> kScale = {0, 10000, 100, 1};
  return static_cast<std::uint32_t>(fraction * kScale[bytes]);
}

constexpr std::int64_t kMicro = 1000000;

TimeSpan span_of(bool negative, std::int64_t seconds, std::int64_t micro, std::uint8_t digits) {
  const std::int64_t whole = seconds * kMicro + micro;
  return {negative ? -whole : whole, digits};
}

CivilTime civil_of(std::uint64_t seconds_and_date, std::uint32_t micro, std::uint8_t digits) {
  const std::uint64_t day_part = seconds_and_date >> 17;
  const std::uint64_t month_part = day_part >> 5;
  CivilTime time;
  time.date.year = static_cast<std::uint16_t>(month_part / 13);
  time.date.month = static_cast<std::uint8_t>(month_part % 13);
  time.date.day = static_cast<std::uint8_t>(day_part & 31);
  time.hour = static_cast<std::uint8_t>(seconds_and_date >> 12 & 31);
  time.minute = static_cast<std::uint8_t>(seconds_and_date >> 6 & 63);
  time.second = static_cast<std::uint8_t>(seconds_and_date & 63);
  time.microsecond = micro;
  time.digits = digits;
  return time;
}

std::int64_t seconds_of_bits(std::uint64_t hms) {
  return static_cast<std::int64_t>((hms >> 12 & 1023) * 3600 + (hms >> 6 & 63) * 60 + (hms & 63));
}

}  // namespace

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes)
    value = value << 8 | byte;
  return value;
}

bool append_decimal(ByteView bytes, std::size_t precision, std::size_t scale, std::string& out) {
  constexpr std::size_t kPrecisionMax = 65;
  if (precision == 0 || precision > kPrecisionMax || scale > precision) return false;
  const std::size_t whole = precision - scale;
  if (bytes.size() != packed_size(whole) + packed_size(scale)) return false;
  std::array<std::uint8_t, 32> copy{};
  const bool negative = (bytes[0] & 0x80) == 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    copy[i] = negative ? static_cast<std::uint8_t>(~bytes[i]) : bytes[i];
  copy[0] ^= 0x80;
  ByteView rest(copy.data(), bytes.size());
  if (negative) out.push_back('-');
  const std::size_t start = out.size();
  if (!append_groups(rest, whole, true, out)) return false;
  const std::size_t first = out.find_first_not_of('0', start);
  out.erase(start, std::min(first, out.size()) - start);
  if (out.size() == start) out.push_back('0');
  if (scale == 0) return true;
  out.push_back('.');
  return append_groups(rest, scale, false, out);
}

CivilTime read_datetime2(ByteView bytes, std::uint8_t digits) {
  constexpr std::uint64_t kPositive = 0x8000000000;
  const ByteView fraction = bytes.subspan(5);
  const auto part = static_cast<std::int64_t>(read_big_endian(fraction));
  return civil_of(read_big_endian(bytes.first(5)) & ~kPositive,
                  to_microseconds(part, fraction.size()), digits);
}

// All of it is one number with an offset, so that the bytes sort as the times do.
TimeSpan read_time2(ByteView bytes, std::uint8_t digits) {
  const std::size_t fraction_bits = 8 * (bytes.size() - 3);
  const auto offset = static_cast<std::int64_t>(std::uint64_t{0x800000} << fraction_bits);
  const std::int64_t number = static_cast<std::int64_t>(read_big_endian(bytes)) - offset;
  const auto absolute = static_cast<std::uint64_t>(number < 0 ? -number : number);
  const std::uint64_t fraction = absolute & ((std::uint64_t{1} << fraction_bits) - 1);
  const std::uint32_t micro =
      to_microseconds(static_cast<std::int64_t>(fraction), bytes.size() - 3);
  return span_of(number < 0, seconds_of_bits(absolute >> fraction_bits), micro, digits);
}

UnixTime read_timestamp2(ByteView bytes, std::uint8_t digits) {
  const ByteView fraction = bytes.subspan(4);
  const auto part = static_cast<std::int64_t>(read_big_endian(fraction));
  return {static_cast<std::int64_t>(read_big_endian(bytes.first(4))),
          to_microseconds(part, fraction.size()), digits};
}

CivilDate read_date(std::uint64_t packed) {
  return {static_cast<std::uint16_t>(packed >> 9), static_cast<std::uint8_t>(packed >> 5 & 15),
          static_cast<std::uint8_t>(packed & 31)};
}

CivilTime read_old_datetime(std::uint64_t number) {
  const auto two_digits = [&number] {
    const auto value = static_cast<std::uint8_t>(number % 100);
    number /= 100;
    return value;
  };
  CivilTime time;
  time.second = two_digits();
  time.minute = two_digits();
  time.hour = two_digits();
  time.date.day = two_digits();
  time.date.month = two_digits();
  time.date.year = static_cast<std::uint16_t>(number % 10000);
  return time;
}

TimeSpan read_old_time(std::int64_t number) {
  const std::int64_t absolute = number < 0 ? -number : number;
  const std::int64_t seconds = absolute / 10000 * 3600 + absolute / 100 % 100 * 60 + absolute % 100;
  return span_of(number < 0, seconds, 0, 0);
}

CivilTime unpack_datetime(std::int64_t packed) {
  const auto bits = static_cast<std::uint64_t>(packed < 0 ? -(packed + 1) : packed);
  return civil_of(bits >> 24, static_cast<std::uint32_t>(bits & 0xffffff), 6);
}

TimeSpan unpack_time(std::int64_t packed) {
  const auto bits =
      packed < 0 ? ~static_cast<std::uint64_t>(packed) + 1 : static_cast<std::uint64_t>(packed);
  return span_of(packed < 0, seconds_of_bits(bits >> 24),
                 static_cast<std::int64_t>(bits & 0xffffff), 6);
}

}  // namespace understudy::replication
