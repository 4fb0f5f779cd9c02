#include "moment.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace social {
namespace {

constexpr std::string_view kPattern = "0000-00-00 00:00:00.000000,";

std::uint32_t digits(std::string_view text, std::size_t from, std::size_t count) {
  std::uint32_t value = 0;
  std::from_chars(text.data() + from, text.data() + from + count, value);
  return value;
}

bool looks_right(std::string_view text) {
  if (text.size() <= kPattern.size()) return false;
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kPattern[i] == '0' ? !digit : text[i] != kPattern[i]) return false;
  }
  return true;
}

bool exists(const understudy::DateTime& moment) {
  const std::chrono::year_month_day day{std::chrono::year(moment.date.year),
                                        std::chrono::month(moment.date.month),
                                        std::chrono::day(moment.date.day)};
  return day.ok() && moment.hour < 24 && moment.minute < 60 && moment.second < 60;
}

}  // namespace

Cursor newest() {
  return {{{9999, 12, 31}, 23, 59, 59, 999999}, std::numeric_limits<std::int64_t>::max()};
}

std::string to_text(const understudy::DateTime& moment) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04u-%02u-%02u %02u:%02u:%02u.%06u",
                                 moment.date.year, moment.date.month, moment.date.day, moment.hour,
                                 moment.minute, moment.second, moment.microsecond);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string to_text(const Cursor& cursor) {
  return to_text(cursor.created) + "," + std::to_string(cursor.id);
}

Cursor to_cursor(std::string_view text) {
  const std::invalid_argument wrong("this is no cursor: " + std::string(text.substr(0, 60)));
  if (!looks_right(text)) throw wrong;
  Cursor cursor;
  cursor.created.date = {static_cast<std::uint16_t>(digits(text, 0, 4)),
                         static_cast<std::uint8_t>(digits(text, 5, 2)),
                         static_cast<std::uint8_t>(digits(text, 8, 2))};
  cursor.created.hour = static_cast<std::uint8_t>(digits(text, 11, 2));
  cursor.created.minute = static_cast<std::uint8_t>(digits(text, 14, 2));
  cursor.created.second = static_cast<std::uint8_t>(digits(text, 17, 2));
  cursor.created.microsecond = digits(text, 20, 6);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + kPattern.size(), end, cursor.id);
  if (error != std::errc{} || stop != end || !exists(cursor.created)) throw wrong;
  return cursor;
}

understudy::DateTime rounded_now(std::int64_t step, std::int64_t back) {
  using namespace std::chrono;
  const auto now = floor<seconds>(system_clock::now());
  const sys_seconds moment{seconds(now.time_since_epoch().count() / step * step - back)};
  const sys_days day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss time(moment - day);
  return {{static_cast<std::uint16_t>(int(date.year())),
           static_cast<std::uint8_t>(unsigned(date.month())),
           static_cast<std::uint8_t>(unsigned(date.day()))},
          static_cast<std::uint8_t>(time.hours().count()),
          static_cast<std::uint8_t>(time.minutes().count()),
          static_cast<std::uint8_t>(time.seconds().count()),
          0};
}

}  // namespace social
