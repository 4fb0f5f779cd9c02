#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Changes documents where they stand, in the text that append_json() writes and in no other: one
// space behind commas and colons, members sorted by the length of their names, then by their bytes.
namespace understudy::replication {

struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct PathLeg {
  bool is_member = false;
  std::string name;         // of a member
  std::uint64_t index = 0;  // of an element of an array
};

// $.name."a name"[3]; nothing if it is no path, or one that may lead to several places.
std::optional<std::vector<PathLeg>> parse_json_path(std::string_view path);

inline TextRange whole_value(std::string_view document) {
  return {0, document.size()};
}

// Where a leg leads to in an array or object.
struct JsonPlace {
  bool found = false;
  TextRange element;  // with its name; not found: where it would be inserted, an empty range
  TextRange value;    // the value alone
};

// Nothing if there is no array or object in `parent`, as the leg wants it.
std::optional<JsonPlace> find_place(std::string_view document, TextRange parent,
                                    const PathLeg& leg);

// Puts a value before what is at the place, or at the end.
void insert_element(std::string& document, TextRange parent, const JsonPlace& place,
                    const PathLeg& leg, std::string_view value);
void remove_element(std::string& document, TextRange parent, const JsonPlace& place);

}  // namespace understudy::replication
