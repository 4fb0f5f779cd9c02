#include <charconv>

#include <algorithm>

#include "sql/families.h"

namespace understudy::sql {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

// "500ms", "2s", "1.5" is none.
std::optional<Duration> parse_duration(std::string_view text) {
  std::uint32_t count = 0;
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, count);
  if (number.ec != std::errc{}) return std::nullopt;
  const std::string_view unit{number.ptr, static_cast<std::size_t>(end - number.ptr)};
  if (unit == "us") return std::chrono::microseconds(count);
  if (unit == "ms") return std::chrono::milliseconds(count);
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "m") return std::chrono::minutes(count);
  return std::nullopt;
}

// One word and the argument in its parentheses, empty if it has none.
bool apply(std::string_view word, std::string_view argument, bool has_argument, Hints& hints) {
  if (has_argument && argument.empty()) return false;
  if (word == "tag" || word == "server" || word == "zone") {
    (word == "tag" ? hints.tag : word == "zone" ? hints.zone : hints.server) = argument;
    return has_argument;
  }
  if (word == "bounded") {
    if (has_argument) {
      hints.max_lag = parse_duration(argument);
      if (!hints.max_lag) return false;
    }
    hints.consistency = Consistency::Bounded;
    return true;
  }
  if (has_argument) return false;
  if (word == "strong")
    hints.consistency = Consistency::Strong;
  else if (word == "session")
    hints.consistency = Consistency::Session;
  else if (word == "eventual")
    hints.consistency = Consistency::Eventual;
  else if (word == "replica")
    hints.replica = true;
  else if (word == "cache")
    hints.cache = true;
  else if (word == "nocache")
    hints.cache = false;
  else
    return false;
  return true;
}

}  // namespace

Hints parse_hints(std::string_view comment) {
  constexpr std::string_view kPrefix = "understudy:";
  Hints hints;
  std::string_view rest = trim(comment);
  if (!rest.starts_with(kPrefix)) return hints;
  rest = trim(rest.substr(kPrefix.size()));
  while (!rest.empty()) {
    const std::size_t word_end = std::min(rest.find_first_of(" \t\r\n\v\f("), rest.size());
    const std::string_view word = rest.substr(0, word_end);
    std::string_view written = word;
    std::string_view argument;
    const bool has_argument = word_end < rest.size() && rest[word_end] == '(';
    std::size_t end = word_end;
    if (has_argument) {
      const std::size_t close = std::min(rest.find(')', word_end), rest.size());
      argument = trim(rest.substr(word_end + 1, close - word_end - 1));
      end = std::min(close + 1, rest.size());
      written = rest.substr(0, end);
    }
    if (!apply(word, argument, has_argument, hints) && hints.unknown.empty())
      hints.unknown = written;
    rest = trim(rest.substr(end));
  }
  return hints;
}

}  // namespace understudy::sql
