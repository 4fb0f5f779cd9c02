#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"

// Only for the sources of this folder: toml++ is a heavy header.
namespace understudy::config {

// Collects the first problem of a file.
class Problems {
 public:
  explicit Problems(std::string_view file_name) : file_name_(file_name) {}

  void add(std::size_t line, std::string_view key, std::string_view what);
  // What a message about this key begins with.
  [[nodiscard]] std::string place(std::size_t line, std::string_view key) const;
  [[nodiscard]] bool any() const { return first_.has_value(); }
  [[nodiscard]] const Error& first() const { return *first_; }

 private:
  std::string file_name_;
  std::optional<Error> first_;
};

template <typename T>
using Words = std::span<const std::pair<std::string_view, T>>;

// Reads the keys of one table into variables: an absent key leaves the default, a wrong one is a
// problem. finish() makes a problem of every key that nobody asked for.
class TableReader {
 public:
  // `path` is the table's own key ("reads"), empty for the file's top.
  TableReader(const toml::table& table, std::string path, Problems& problems)
      : table_(table), path_(std::move(path)), problems_(problems) {}

  // Each returns true if the key is there and right.
  bool string(std::string_view key, std::string& out);
  bool file(std::string_view key, FileSetting& out);
  bool boolean(std::string_view key, bool& out);
  bool integer(std::string_view key, std::uint32_t& out, std::uint32_t max);
  bool duration(std::string_view key, Duration& out, Duration min = {});
  bool size(std::string_view key, std::uint64_t& out, std::uint64_t min, std::uint64_t max);
  bool address(std::string_view key, Address& out);
  bool strings(std::string_view key, std::vector<std::string>& out, std::size_t max);
  template <typename T>
  bool word(std::string_view key, T& out, Words<T> words) {
    std::string text;
    if (!string(key, text)) return false;
    for (const auto& [name, value] : words) {
      if (name != text) continue;
      out = value;
      return true;
    }
    std::string names;
    for (const auto& [name, value] : words)
      names += (names.empty() ? "\"" : ", \"") + std::string(name) + '"';
    problem(key, '"' + text + "\" is not known; write one of " + names);
    return false;
  }

  // The sub-table of that name, or null; another type is a problem.
  const toml::table* table(std::string_view key);
  // The raw value, or null.
  const toml::node* node(std::string_view key);

  void problem(std::string_view key, std::string_view what);
  void finish();

  [[nodiscard]] std::size_t line_of(std::string_view key) const;
  [[nodiscard]] std::string full_key(std::string_view key) const;
  [[nodiscard]] Problems& problems() { return problems_; }

 private:
  const toml::table& table_;
  std::string path_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

inline std::size_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

// The address that `node` holds as a string; what is wrong with it is a problem of `key`.
std::optional<Address> read_address(const toml::node& node, std::string_view key,
                                    Problems& problems);

}  // namespace understudy::config
