#include "rows.h"

namespace social {
namespace {

void check_name(std::string_view name) {
  const bool right = std::all_of(name.begin(), name.end(), [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '_';
  });
  if (name.size() < 3 || name.size() > 20 || !right)
    throw std::invalid_argument("a name has 3 to 20 of a-z 0-9 _");
}

}  // namespace

std::optional<Person> Social::find(const understudy::ReadOptions& options, std::string_view name) {
  const auto found = cluster_.read(
      options, "SELECT id AS author, name, display_name, region FROM person WHERE name = ?", name);
  if (found.empty()) return std::nullopt;
  return author_in(found[0]);
}

Person Social::sign_in(understudy::Session& session, std::string_view name,
                       std::string_view display_name, std::string_view region) {
  check_name(name);
  check_text("the name to show", display_name, 60);
  if (std::find(kRegions.begin(), kRegions.end(), region) == kRegions.end())
    throw std::invalid_argument("there is no region '" + std::string(region) + "'");
  if (const auto known = find(near_and_soon(region), name)) return *known;
  until_known([&] {
    return session.write(
        "INSERT IGNORE INTO person (name, display_name, region, created) "
        "VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
        name, display_name, region);
  });
  if (const auto made = find(on_primary(), name)) return *made;
  throw NotFound("there is nobody called " + std::string(name));
}

// A person never changes, so the answer stays in the cache.
Person Social::person(std::uint64_t id) {
  constexpr std::string_view kPerson =
      "/* understudy: cache */ SELECT id AS author, name, display_name, region "
      "FROM person WHERE id = ?";
  auto found = cluster_.read({.consistency = understudy::Consistency::Eventual}, kPerson, id);
  if (found.empty()) found = cluster_.read(on_primary(), kPerson, id);
  if (found.empty()) throw NotFound("there is no person " + std::to_string(id));
  return author_in(found[0]);
}

Answer<Profile> Social::profile(understudy::Session& session, const Reader& reader,
                                std::string_view name) {
  // Counting all followers of somebody famous would take longer than all the rest of the page.
  const auto found = session.read(
      near(reader.region),
      "SELECT id AS author, name, display_name, region, "
      "(SELECT COUNT(*) FROM (SELECT 1 FROM follow WHERE follow.author = "
      "(SELECT id FROM person WHERE name = ?) LIMIT ?) AS some) AS followers, "
      "EXISTS (SELECT 1 FROM follow WHERE follower = ? AND author = person.id) AS followed "
      "FROM person WHERE name = ?",
      name, kFollowersCounted, reader.id, name);
  if (found.empty()) throw NotFound("there is nobody called " + std::string(name));
  return answer(Profile{author_in(found[0]), found[0].get<std::uint64_t>("followers"),
                        found[0].get<bool>("followed")},
                found);
}

Answer<std::vector<Person>> Social::suggestions(understudy::Session& session, const Reader& reader,
                                                std::uint32_t count) {
  const auto found = session.read(
      near(reader.region),
      "SELECT person.id AS author, name, display_name, region "
      "FROM (SELECT author, MAX(created) AS last "
      "FROM (SELECT author, created FROM post ORDER BY created DESC LIMIT 500) AS latest "
      "GROUP BY author) AS recent JOIN person ON person.id = recent.author "
      "WHERE person.id <> ? AND NOT EXISTS "
      "(SELECT 1 FROM follow WHERE follower = ? AND follow.author = recent.author) "
      "ORDER BY recent.last DESC LIMIT ?",
      reader.id, reader.id, std::min(count, kEntriesMax));
  std::vector<Person> people;
  for (const understudy::Row& row : found)
    people.push_back(author_in(row));
  return answer(std::move(people), found);
}

bool Social::follow(understudy::Session& session, std::uint64_t follower, std::uint64_t author) {
  if (follower == author) throw std::invalid_argument("nobody follows himself");
  person(author);
  // IGNORE: whoever follows already goes on to.
  const auto done = until_known([&] {
    return session.write("INSERT IGNORE INTO follow (follower, author) VALUES (?, ?)", follower,
                         author);
  });
  return done.affected_rows() == 1;
}

bool Social::unfollow(understudy::Session& session, std::uint64_t follower, std::uint64_t author) {
  const auto done = until_known([&] {
    return session.write("DELETE FROM follow WHERE follower = ? AND author = ?", follower, author);
  });
  return done.affected_rows() == 1;
}

std::vector<std::uint64_t> Social::following(understudy::Session& session, std::uint64_t follower) {
  std::vector<std::uint64_t> authors;
  for (const auto& row :
       session.read(near(""), "SELECT author FROM follow WHERE follower = ?", follower))
    authors.push_back(row.get<std::uint64_t>(0));
  return authors;
}

}  // namespace social
