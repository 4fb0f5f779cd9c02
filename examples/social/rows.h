#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>

#include <understudy/cluster.h>

#include "social.h"

// What the parts of Social share.
namespace social {

// Repeats a write that takes effect once however often it is run, until its outcome is known.
template <typename Write>
auto until_known(const Write& write) {
  constexpr int kAttemptsMax = 8;
  for (int attempt = 1;; ++attempt) {
    try {
      return write();
    } catch (const understudy::DatabaseError& error) {
      if (!error.maybe_executed() && !error.retry_safe()) throw;
      if (attempt == kAttemptsMax) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(20 << attempt, 1000)));
  }
}

// What a session has written and seen, from a replica near the reader.
inline understudy::ReadOptions near(std::string_view region) {
  understudy::ReadOptions options;
  options.consistency = understudy::Consistency::Session;
  options.zone = region;
  return options;
}

// What others did may come a moment late.
inline understudy::ReadOptions near_and_soon(std::string_view region) {
  understudy::ReadOptions options = near(region);
  options.consistency = understudy::Consistency::Eventual;
  return options;
}

inline understudy::ReadOptions on_primary() {
  return {.consistency = understudy::Consistency::Strong};
}

template <typename T>
Answer<T> answer(T value, const understudy::QueryResult& from) {
  return {std::move(value), from.server(), from.staleness()};
}

// Whoever is asked for more gets so much.
inline constexpr std::uint32_t kEntriesMax = 100;

// Of rows with the columns author, name, display_name, region.
inline Person author_in(const understudy::Row& row) {
  return {row.get<std::uint64_t>("author"), row.get<std::string>("name"),
          row.get<std::string>("display_name"), row.get<std::string>("region")};
}

// Throws std::invalid_argument, unless `text` has 1 to `characters_max` characters, not all blank.
void check_text(std::string_view what, std::string_view text, std::size_t characters_max);
// The same for a key that makes a write repeatable.
void check_key(std::string_view key);
std::size_t reaction_index(std::string_view kind);
std::string_view totals_column(std::size_t reaction);

// Selects posts as they are shown: those of `page`, a SELECT with the column id and its parameters;
// one more parameter says who reads. `more` is for other columns.
std::string shown_posts(const std::string& page, const std::string& more = "");
Post post_in(const understudy::Row& row);
Totals totals_in(const understudy::Row& row);

}  // namespace social
