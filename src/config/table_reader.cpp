#include "config/table_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/limits.h"
#include "config/units.h"

namespace understudy::config {
namespace {

// Edits that turn one word into the other, for "did you mean".
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = i;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string suggestion(std::string_view unknown, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t best_distance = 3;
  for (const std::string_view key : known) {
    const std::size_t distance = edit_distance(unknown, key);
    if (distance >= best_distance) continue;
    best = key;
    best_distance = distance;
  }
  if (!best.empty()) return fmt::format("did you mean {}?", best);
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

std::string_view type_name(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  if (node.is_string()) return "a string";
  if (node.is_integer()) return "a number";
  if (node.is_floating_point()) return "a decimal number";
  if (node.is_boolean()) return "true or false";
  return "a date or time";
}

}  // namespace

void Problems::add(std::size_t line, std::string_view key, std::string_view what) {
  if (first_) return;
  std::string message = place(line, key) + ": ";
  message += what;
  std::ranges::replace(message, '\n', ' ');
  first_ = make_error(ErrorKind::Invalid, std::move(message));
}

std::string Problems::place(std::size_t line, std::string_view key) const {
  std::string place = fmt::format("{}:{}", file_name_, std::max<std::size_t>(line, 1));
  if (!key.empty()) place += fmt::format(": {}", key);
  return place;
}

std::optional<Address> read_address(const toml::node& node, std::string_view key,
                                    Problems& problems) {
  const auto* text = node.as_string();
  if (text == nullptr) {
    problems.add(line_of(node), key,
                 fmt::format("is {}; write a string such as \"127.0.0.1:3306\"", type_name(node)));
    return std::nullopt;
  }
  Result<Address> address = parse_address(text->get());
  if (!address) {
    problems.add(line_of(node), key, address.error().message);
    return std::nullopt;
  }
  return std::move(address).value();
}

const toml::node* TableReader::node(std::string_view key) {
  known_.push_back(key);
  return table_.get(key);
}

bool TableReader::string(std::string_view key, std::string& out) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  if (!value->is_string()) {
    problem(key, fmt::format("is {}; write a string in quotes", type_name(*value)));
    return false;
  }
  out = value->as_string()->get();
  return true;
}

bool TableReader::file(std::string_view key, FileSetting& out) {
  if (!string(key, out.path)) return false;
  out.origin = problems_.place(line_of(key), full_key(key));
  if (out.path.empty()) problem(key, "is empty; write the path of a file");
  return true;
}

bool TableReader::boolean(std::string_view key, bool& out) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    problem(key, fmt::format("is {}; write true or false", type_name(*value)));
    return false;
  }
  out = value->as_boolean()->get();
  return true;
}

bool TableReader::integer(std::string_view key, std::uint32_t& out, std::uint32_t max) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  const auto* number = value->as_integer();
  if (number == nullptr || number->get() < 0 || number->get() > std::int64_t{max}) {
    problem(key, fmt::format("write a whole number from 0 to {}", max));
    return false;
  }
  out = static_cast<std::uint32_t>(number->get());
  return true;
}

bool TableReader::duration(std::string_view key, Duration& out, Duration min) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  const auto* text = value->as_string();
  const auto parsed = text == nullptr ? std::nullopt : parse_duration(text->get());
  if (!parsed) {
    problem(
        key,
        "is no duration; write a whole number with its unit, such as \"250ms\", \"5s\" or \"2m\"");
    return false;
  }
  if (*parsed < min || *parsed > limits::kDurationMax) {
    problem(key, fmt::format("\"{}\" is out of range; write \"{}\" to \"{}\"", text->get(),
                             format_duration(min), format_duration(limits::kDurationMax)));
    return false;
  }
  out = *parsed;
  return true;
}

bool TableReader::size(std::string_view key, std::uint64_t& out, std::uint64_t min,
                       std::uint64_t max) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  const auto* text = value->as_string();
  const auto parsed = text == nullptr ? std::nullopt : parse_size(text->get());
  if (!parsed) {
    problem(key, "is no size; write a whole number with its unit, such as \"256MiB\" or \"2GiB\"");
    return false;
  }
  if (*parsed < min || *parsed > max) {
    problem(key,
            fmt::format("\"{}\" is out of range; write {} to {} bytes", text->get(), min, max));
    return false;
  }
  out = *parsed;
  return true;
}

bool TableReader::address(std::string_view key, Address& out) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  auto address = read_address(*value, full_key(key), problems_);
  if (!address) return false;
  out = std::move(*address);
  return true;
}

bool TableReader::strings(std::string_view key, std::vector<std::string>& out, std::size_t max) {
  const toml::node* value = node(key);
  if (value == nullptr) return false;
  const auto* array = value->as_array();
  if (array == nullptr || array->size() > max) {
    problem(key, fmt::format("write a list of at most {} strings, such as [\"a\", \"b\"]", max));
    return false;
  }
  for (const toml::node& item : *array) {
    if (!item.is_string()) {
      problems_.add(config::line_of(item), full_key(key),
                    fmt::format("holds {}; write strings only", type_name(item)));
      return false;
    }
    out.push_back(item.as_string()->get());
  }
  return true;
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* value = node(key);
  if (value == nullptr) return nullptr;
  if (!value->is_table())
    problem(key, fmt::format("is {}; write a table, [{}]", type_name(*value), full_key(key)));
  return value->as_table();
}

void TableReader::problem(std::string_view key, std::string_view what) {
  problems_.add(line_of(key), full_key(key), what);
}

void TableReader::finish() {
  const toml::key* first = nullptr;
  for (const auto& [key, value] : table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    if (first == nullptr || key.source().begin.line < first->source().begin.line) first = &key;
  }
  if (first != nullptr)
    problems_.add(first->source().begin.line, full_key(first->str()),
                  "unknown key; " + suggestion(first->str(), known_));
}

std::size_t TableReader::line_of(std::string_view key) const {
  const toml::node* value = table_.get(key);
  return value == nullptr ? table_.source().begin.line : config::line_of(*value);
}

std::string TableReader::full_key(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

}  // namespace understudy::config
