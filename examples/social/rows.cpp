#include "rows.h"

namespace social {
namespace {

constexpr std::size_t kKeyCharactersMax = 64;

// As kReactions.
constexpr std::array<std::string_view, kReactions.size()> kColumns = {"likes", "loves", "laughs",
                                                                      "wows",  "sads",  "angers"};

}  // namespace

std::string shown_posts(const std::string& page, const std::string& more) {
  return "SELECT post.id, post.author, post.created, post.text, post.media, person.name, "
         "person.display_name, person.region, post_totals.*, mine.kind AS mine" +
         more + " FROM (" + page +
         ") AS page JOIN post ON post.id = page.id JOIN person ON person.id = post.author "
         "LEFT JOIN post_totals ON post_totals.post = post.id "
         "LEFT JOIN reaction AS mine ON mine.post = post.id AND mine.person = ? ";
}

Post post_in(const understudy::Row& row) {
  return {row.get<std::uint64_t>("id"),
          author_in(row),
          row.get<understudy::DateTime>("created"),
          row.get<std::string>("text"),
          row.get<std::optional<std::string>>("media"),
          totals_in(row),
          row.get<std::optional<std::string>>("mine")};
}

void check_text(std::string_view what, std::string_view text, std::size_t characters_max) {
  // Each character of UTF-8 has one byte that does not continue another.
  const auto characters =
      static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned>(byte) & 0xC0) != 0x80;
      }));
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw std::invalid_argument(std::string(what) + " is empty");
  if (characters > characters_max)
    throw std::invalid_argument(std::string(what) + " has more than " +
                                std::to_string(characters_max) + " characters");
}

void check_key(std::string_view key) {
  const bool right = std::all_of(key.begin(), key.end(), [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '-';
  });
  if (key.empty() || key.size() > kKeyCharactersMax || !right)
    throw std::invalid_argument("a key has 1 to 64 letters, digits or '-'");
}

std::size_t reaction_index(std::string_view kind) {
  const auto* const found = std::find(kReactions.begin(), kReactions.end(), kind);
  if (found == kReactions.end())
    throw std::invalid_argument("there is no reaction '" + std::string(kind) + "'");
  return static_cast<std::size_t>(found - kReactions.begin());
}

std::string_view totals_column(std::size_t reaction) {
  return kColumns.at(reaction);
}

Totals totals_in(const understudy::Row& row) {
  const auto count = [&row](std::string_view column) {
    return row.get<std::optional<std::uint64_t>>(column).value_or(0);
  };
  Totals totals;
  for (std::size_t i = 0; i < kColumns.size(); ++i)
    totals.reactions[i] = count(kColumns[i]);
  totals.comments = count("comments");
  return totals;
}

}  // namespace social
