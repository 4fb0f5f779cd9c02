#include "feed/json_text.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "feed/utf8.h"

namespace understudy::feed {
namespace {

using replication::CivilDate;
using replication::CivilTime;
using replication::TimeSpan;
using replication::UnixTime;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

std::string date_text(const CivilDate& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string fraction_text(std::uint32_t microsecond, std::uint8_t digits) {
  if (digits == 0 || digits > 6) return {};
  return fmt::format(".{:06}", microsecond % 1'000'000).substr(0, std::size_t{digits} + 1);
}

std::string civil_text(const CivilTime& time) {
  return fmt::format("{}T{:02}:{:02}:{:02}{}", date_text(time.date), time.hour, time.minute,
                     time.second, fraction_text(time.microsecond, time.digits));
}

std::string moment_text(const UnixTime& time) {
  if (time.seconds == 0 && time.microsecond == 0)
    return fmt::format("0000-00-00T00:00:00{}Z", fraction_text(0, time.digits));
  std::string text = utc_text(time.seconds);
  text.pop_back();
  return text + fraction_text(time.microsecond, time.digits) + 'Z';
}

std::string span_text(const TimeSpan& span) {
  const bool negative = span.microseconds < 0;
  // The negation of the smallest number is not a number of its type; as an unsigned one it is.
  const auto bits = static_cast<std::uint64_t>(span.microseconds);
  const std::uint64_t size = negative ? std::uint64_t{0} - bits : bits;
  const std::uint64_t seconds = size / 1'000'000;
  return fmt::format("{}{:02}:{:02}:{:02}{}", negative ? "-" : "", seconds / 3600,
                     seconds / 60 % 60, seconds % 60,
                     fraction_text(static_cast<std::uint32_t>(size % 1'000'000), span.digits));
}

// A document may have line breaks between its parts, which the lines of an event must not have.
void append_document(std::string& out, std::string_view text) {
  if (!nlohmann::json::accept(text)) return append_json_string(out, text);
  for (const char c : text)
    out += c == '\n' || c == '\r' ? ' ' : c;
}

template <typename Float>
void append_float(std::string& out, Float value) {
  if (std::isfinite(value))
    fmt::format_to(std::back_inserter(out), "{}", value);
  else
    out += "null";
}

struct Appender {
  std::string& out;

  void operator()(const replication::Absent&) const { out += "null"; }
  void operator()(const replication::SqlNull&) const { out += "null"; }
  void operator()(std::int64_t value) const { out += fmt::format_int(value).c_str(); }
  void operator()(std::uint64_t value) const { out += fmt::format_int(value).c_str(); }
  void operator()(float value) const { append_float(out, value); }
  void operator()(double value) const { append_float(out, value); }
  void operator()(const replication::DecimalText& value) const {
    append_json_string(out, value.text);
  }
  void operator()(const std::string& value) const { append_json_string(out, value); }
  void operator()(const Bytes& value) const { append_json_base64(out, value); }
  void operator()(const replication::JsonText& value) const { append_document(out, value.text); }
  void operator()(const replication::JsonChanges& value) const {
    out += "{\"changes\":";
    append_document(out, value.text);
    out += '}';
  }
  void operator()(const replication::GeometryBytes& value) const {
    fmt::format_to(std::back_inserter(out), "{{\"srid\":{},\"wkb\":", value.srid);
    append_json_base64(out, value.wkb);
    out += '}';
  }
  void operator()(const CivilDate& value) const { append_json_string(out, date_text(value)); }
  void operator()(const CivilTime& value) const { append_json_string(out, civil_text(value)); }
  void operator()(const UnixTime& value) const { append_json_string(out, moment_text(value)); }
  void operator()(const TimeSpan& value) const { append_json_string(out, span_text(value)); }
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t begin = 0;  // of what is not appended yet
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    const bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
    const std::size_t size = plain ? 1 : utf8_size(text.substr(at));
    if (plain || size > 1) {
      at += size;
      continue;
    }
    out += text.substr(begin, at - begin);
    if (size == 0)
      out += kReplacement;
    else
      append_escaped(out, text[at]);
    begin = ++at;
  }
  out += text.substr(begin);
  out += '"';
}

void append_json_base64(std::string& out, ByteView bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out += '"';
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < count ? bytes[at + i] : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= count ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
  }
  out += '"';
}

void append_json_value(std::string& out, const replication::ColumnValue& value) {
  std::visit(Appender{out}, value);
}

std::string value_text(const replication::ColumnValue& value) {
  if (const auto* date = std::get_if<CivilDate>(&value)) return date_text(*date);
  if (const auto* time = std::get_if<CivilTime>(&value)) return civil_text(*time);
  if (const auto* moment = std::get_if<UnixTime>(&value)) return moment_text(*moment);
  if (const auto* span = std::get_if<TimeSpan>(&value)) return span_text(*span);
  return {};
}

std::string utc_text(std::int64_t seconds) {
  using std::chrono::days;
  // What no calendar of the library has is cut off: years -32767 to 32767.
  constexpr std::int64_t kMax = std::int64_t{86400} * 365 * 7000;
  const std::chrono::seconds since(std::clamp(seconds, -kMax / 4, kMax));
  const auto day = std::chrono::floor<days>(since);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const auto second = (since - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     second / 3600, second / 60 % 60, second % 60);
}

}  // namespace understudy::feed
