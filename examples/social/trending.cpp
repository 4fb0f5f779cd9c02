#include "rows.h"

// What all ask for and nobody changes himself: one answer every few seconds serves everybody, from
// the cache of the library as long as nothing is written, and from this object's when it is.
namespace social {
namespace {

constexpr std::int64_t kStepSeconds = 5;
constexpr std::int64_t kRegionsStepSeconds = 30;
constexpr std::int64_t kHourSeconds = 3600;
// However busy the network is, no more is read than the newest so many.
constexpr std::uint32_t kResponsesMax = 100'000;
// After so many half-lives a response counts less than a thousandth.
constexpr std::int64_t kHalfLives = 10;

// Both indexes on `created` hold all that is read here.
constexpr const char* kTrends =
    "SELECT post AS id, SUM(weight * POW(0.5, TIMESTAMPDIFF(SECOND, created, ?) / ?)) AS score "
    "FROM ((SELECT post, created, 1 AS weight FROM reaction WHERE created > ? "
    "ORDER BY created DESC LIMIT ?) UNION ALL "
    "(SELECT post, created, 2 FROM comment WHERE created > ? ORDER BY created DESC LIMIT ?)) "
    "AS response GROUP BY post ORDER BY score DESC, id DESC LIMIT ?";

// Of all regions at once: to look for each alone would read the same rows.
constexpr const char* kActivity =
    "SELECT region, COUNT(*) AS active, CAST(SUM(posts) AS UNSIGNED) AS posts FROM "
    "(SELECT id, SUM(posts) AS posts FROM "
    "((SELECT author AS id, 1 AS posts FROM post WHERE created > ? ORDER BY created DESC LIMIT ?) "
    "UNION ALL (SELECT person, 0 FROM reaction WHERE created > ? ORDER BY created DESC LIMIT ?) "
    "UNION ALL (SELECT author, 0 FROM comment WHERE created > ? ORDER BY created DESC LIMIT ?)) "
    "AS act GROUP BY id) AS active JOIN person ON person.id = active.id GROUP BY region";

}  // namespace

Answer<std::vector<Trend>> Social::trending(std::string_view region, std::uint32_t count,
                                            std::chrono::seconds half_life) {
  if (half_life.count() < 1) throw std::invalid_argument("half_life is a second or more");
  const std::string asked =
      std::string(region) + " " + std::to_string(count) + " " + std::to_string(half_life.count());
  // Those who come while it is being read wait, instead of reading the same.
  const std::lock_guard lock(trends_mutex_);
  const understudy::DateTime now = rounded_now(kStepSeconds);
  if (now != trends_moment_) trends_.clear();
  trends_moment_ = now;
  if (const auto known = trends_.find(asked); known != trends_.end()) return known->second;
  const auto since = rounded_now(kStepSeconds, half_life.count() * kHalfLives);
  const std::string statement = "/* understudy: cache */ " + shown_posts(kTrends, ", page.score") +
                                "ORDER BY page.score DESC, post.id DESC";
  const auto found =
      cluster_.read(near_and_soon(region), statement, now, half_life.count(), since, kResponsesMax,
                    since, kResponsesMax, std::min(count, kEntriesMax), 0);
  std::vector<Trend> trends;
  for (const understudy::Row& row : found)
    trends.push_back({post_in(row), row.get<double>("score")});
  return trends_.emplace(asked, answer(std::move(trends), found)).first->second;
}

std::vector<RegionActivity> Social::regions() {
  const std::lock_guard lock(regions_mutex_);
  const understudy::DateTime now = rounded_now(kRegionsStepSeconds);
  if (now == regions_moment_) return regions_;
  std::vector<RegionActivity> regions;
  for (const std::string_view region : kRegions) {
    // Asked near its people, so that it shows who answers them.
    const auto people = cluster_.read(near_and_soon(region),
                                      "SELECT COUNT(*) FROM person WHERE region = ?", region);
    regions.push_back({std::string(region), people[0].get<std::uint64_t>(0), 0, 0, people.server(),
                       people.staleness()});
  }
  const auto since = rounded_now(kRegionsStepSeconds, kHourSeconds);
  for (const auto& row : cluster_.read(near_and_soon(""), kActivity, since, kResponsesMax, since,
                                       kResponsesMax, since, kResponsesMax)) {
    for (RegionActivity& each : regions) {
      if (each.region != row.get<std::string>("region")) continue;
      each.posts = row.get<std::uint64_t>("posts");
      each.active = row.get<std::uint64_t>("active");
    }
  }
  regions_moment_ = now;
  return regions_ = std::move(regions);
}

}  // namespace social
