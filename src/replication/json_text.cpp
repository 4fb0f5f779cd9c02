#include "replication/json_text.h"

#include <charconv>

#include "replication/json_binary.h"

namespace understudy::replication {
namespace {

// The end of the string whose first quote stands at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// The end of the value at `at`: at a comma or the end of the array or object that it is in.
std::size_t value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (depth == 0) return at;
      --depth;
    }
    if (c == ',' && depth == 0) return at;
    ++at;
  }
  return at;
}

std::string unescaped(std::string_view quoted) {
  constexpr std::string_view kEscapes = "bfnrt";
  constexpr std::string_view kNamed = "\b\f\n\r\t";
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\') {
      text += quoted[i];
      continue;
    }
    const char escape = quoted[++i];
    const std::size_t named = kEscapes.find(escape);
    if (escape == 'u') {
      unsigned code = 0;
      const std::string_view digits = quoted.substr(i + 1, 4);
      std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
      text += static_cast<char>(code);
      i += 4;
    } else {
      text += named == std::string_view::npos ? escape : kNamed[named];
    }
  }
  return text;
}

// The order of MySQL's objects.
bool sorts_before(std::string_view left, std::string_view right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

std::optional<PathLeg> parse_index(std::string_view& path) {
  PathLeg leg;
  const char* end = path.data() + path.size();
  const auto [after, error] = std::from_chars(path.data() + 1, end, leg.index);
  if (error != std::errc() || after == end || *after != ']') return std::nullopt;
  path.remove_prefix(static_cast<std::size_t>(after + 1 - path.data()));
  return leg;
}

std::optional<PathLeg> parse_member(std::string_view& path) {
  path.remove_prefix(1);
  PathLeg leg;
  leg.is_member = true;
  if (path.starts_with('"')) {
    const std::size_t end = string_end(path, 0);
    if (end < 2 || path[end - 1] != '"') return std::nullopt;
    leg.name = unescaped(path.substr(0, end));
    path.remove_prefix(end);
    return leg;
  }
  const std::size_t end = std::min(path.find_first_of(".["), path.size());
  leg.name = path.substr(0, end);
  path.remove_prefix(end);
  if (leg.name.empty() || leg.name == "*") return std::nullopt;
  return leg;
}

bool is_empty(TextRange parent) {
  return parent.end - parent.begin <= 2;
}

}  // namespace

std::optional<std::vector<PathLeg>> parse_json_path(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  std::vector<PathLeg> legs;
  while (!path.empty()) {
    std::optional<PathLeg> leg;
    if (path[0] == '[') leg = parse_index(path);
    if (path[0] == '.') leg = parse_member(path);
    if (!leg) return std::nullopt;
    legs.push_back(std::move(*leg));
  }
  return legs;
}

std::optional<JsonPlace> find_place(std::string_view document, TextRange parent,
                                    const PathLeg& leg) {
  if (parent.end < parent.begin + 2 || parent.end > document.size() ||
      document[parent.begin] != (leg.is_member ? '{' : '[')) {
    return std::nullopt;
  }
  const std::size_t last = parent.end - 1;
  std::size_t at = parent.begin + 1;
  for (std::uint64_t index = 0; at < last; ++index) {
    std::size_t value = at;
    bool here = index == leg.index;
    bool before = false;
    if (leg.is_member) {
      const std::size_t name_end = string_end(document, at);
      const std::string name = unescaped(document.substr(at, name_end - at));
      here = name == leg.name;
      before = sorts_before(leg.name, name);
      value = name_end + 2;
    }
    if (before) return JsonPlace{false, {at, at}, {at, at}};
    const std::size_t end = value_end(document, value);
    if (end > last) return std::nullopt;
    if (here) return JsonPlace{true, {at, end}, {value, end}};
    at = end + 2;
  }
  return JsonPlace{false, {last, last}, {last, last}};
}

void insert_element(std::string& document, TextRange parent, const JsonPlace& place,
                    const PathLeg& leg, std::string_view value) {
  std::string element;
  const bool last = place.element.begin == parent.end - 1;
  if (last && !is_empty(parent)) element = ", ";
  if (leg.is_member) {
    append_json_string({reinterpret_cast<const std::uint8_t*>(leg.name.data()), leg.name.size()},
                       element);
    element += ": ";
  }
  element += value;
  if (!last) element += ", ";
  document.insert(place.element.begin, element);
}

void remove_element(std::string& document, TextRange parent, const JsonPlace& place) {
  TextRange range = place.element;
  if (range.end + 1 < parent.end) {
    range.end += 2;  // the comma behind it
  } else if (range.begin > parent.begin + 1) {
    range.begin -= 2;  // the comma before it
  }
  document.erase(range.begin, range.end - range.begin);
}

}  // namespace understudy::replication
