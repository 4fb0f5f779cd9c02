#include "seed.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include "dice.h"
#include "phrases.h"
#include "social.h"

namespace social {
namespace {

constexpr std::uint64_t kPostsWithResponses = 50'000;
constexpr std::size_t kFollowsMax = 5'000;
constexpr double kSecondsOfPosts = 5 * 24 * 3600;

// Rows for one table, a thousand in a statement.
class Bulk {
 public:
  Bulk(understudy::Session& session, std::string into, std::string row)
      : session_(session), into_(std::move(into)), row_(std::move(row)) {}

  template <typename... Values>
  void add(const Values&... values) {
    (values_.push_back(understudy::to_value(values)), ...);
    if (++rows_ == kRows) finish();
  }

  void finish() {
    if (rows_ == 0) return;
    std::string statement = "INSERT INTO " + into_ + " VALUES " + row_;
    for (std::size_t i = 1; i < rows_; ++i)
      statement += "," + row_;
    session_.run_write(statement, values_);
    values_.clear();
    rows_ = 0;
  }

 private:
  static constexpr std::size_t kRows = 1000;

  understudy::Session& session_;
  const std::string into_;
  const std::string row_;
  std::vector<understudy::Value> values_;
  std::size_t rows_ = 0;
};

// One name for each index, until 48 x 61 are used up; then with numbers.
std::pair<std::string, std::string> names(std::uint64_t index) {
  constexpr std::uint64_t kFirst = kFirstNames.size();
  constexpr std::uint64_t kLast = kLastNames.size();
  const std::string_view first = kFirstNames[index % kFirst];
  const std::string_view last = kLastNames[(index * 37 + index / kFirst) % kLast];
  const std::uint64_t round = index / (kFirst * kLast);
  std::string name = std::string(first) + "_" + std::string(last);
  if (round > 0) name += std::to_string(round);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  return {std::move(name), std::string(first) + " " + std::string(last)};
}

void seed_people(understudy::Session& session, const SeedOptions& options) {
  Bulk people(session, "person (id, name, display_name, region, created)",
              "(?, ?, ?, ?, UTC_TIMESTAMP(6) - INTERVAL 30 DAY)");
  Dice dice(options.seed);
  for (std::uint64_t i = 0; i < options.users; ++i) {
    const auto [name, display_name] = names(i);
    people.add(i + 1, name, display_name, dice.one_of(kRegions));
  }
  people.finish();
}

void seed_follows(understudy::Session& session, const SeedOptions& options) {
  Bulk follows(session, "follow (follower, author)", "(?, ?)");
  Dice dice(options.seed + 1);
  std::unordered_set<std::uint64_t> authors;
  for (std::uint64_t i = 0; i < options.users; ++i) {
    // Half of all follow less than eight, one in three hundred follows hundreds.
    const auto wanted = static_cast<std::size_t>(5 / std::pow(1 - dice.unit(), 0.65));
    const auto tries = std::min({wanted, kFollowsMax, static_cast<std::size_t>(options.users / 3)});
    authors.clear();
    for (std::size_t k = 0; k < tries; ++k) {
      const std::uint64_t author = dice.zipf(options.users);
      if (author != i && authors.insert(author).second) follows.add(i + 1, author + 1);
    }
  }
  follows.finish();
}

std::string text(Dice& dice) {
  return std::string(dice.one_of(kOpenings)) + " " + std::string(dice.one_of(kTopics)) +
         std::string(dice.one_of(kEndings));
}

// How long ago the post was, in microseconds: more and more of them towards now.
std::uint64_t age_of(std::uint64_t post, std::uint64_t posts) {
  const double part = static_cast<double>(posts - post) / static_cast<double>(posts);
  return static_cast<std::uint64_t>(part * part * kSecondsOfPosts * 1e6) + (posts - post);
}

void seed_posts(understudy::Session& session, const SeedOptions& options) {
  Bulk posts(session, "post (id, author, created, text, media, client_key)",
             "(?, ?, @seeded - INTERVAL ? MICROSECOND, ?, ?, ?)");
  Dice dice(options.seed + 2);
  for (std::uint64_t i = 0; i < options.posts; ++i) {
    // The popular write more, but not most.
    const bool popular = dice.below(4) == 0;
    const std::uint64_t author = popular ? dice.zipf(options.users) : dice.below(options.users);
    std::optional<std::string_view> media;
    if (dice.below(4) == 0) media = dice.one_of(kPictures);
    posts.add(i + 1, author + 1, age_of(i, options.posts), text(dice), media,
              "seed-" + std::to_string(i));
  }
  posts.finish();
}

void seed_responses(understudy::Session& session, const SeedOptions& options) {
  Bulk reactions(session, "reaction (post, person, kind, created)",
                 "(?, ?, ?, @seeded - INTERVAL ? MICROSECOND)");
  Bulk comments(session, "comment (post, author, created, text, client_key)",
                "(?, ?, @seeded - INTERVAL ? MICROSECOND, ?, ?)");
  Dice dice(options.seed + 3);
  std::unordered_set<std::uint64_t> people;
  const std::uint64_t first =
      options.posts > kPostsWithResponses ? options.posts - kPostsWithResponses : 0;
  for (std::uint64_t post = first; post < options.posts; ++post) {
    const std::uint64_t age = age_of(post, options.posts);
    const std::uint64_t liked = std::min(dice.zipf(60), options.users / 2);
    people.clear();
    for (std::uint64_t k = 0; k < liked; ++k) {
      const std::uint64_t who = dice.below(options.users);
      // Likes are half of all.
      const std::string_view kind = dice.below(2) == 0 ? kReactions[0] : dice.one_of(kReactions);
      if (people.insert(who).second) reactions.add(post + 1, who + 1, kind, dice.below(age));
    }
    for (std::uint64_t k = dice.zipf(8); k > 0; --k) {
      comments.add(post + 1, dice.below(options.users) + 1, dice.below(age), dice.one_of(kComments),
                   "seed-" + std::to_string(post * 8 + k));
    }
  }
  reactions.finish();
  comments.finish();
}

// Counted, as they are when they come one by one.
constexpr const char* kTotals =
    "INSERT INTO post_totals (post, likes, loves, laughs, wows, sads, angers, comments) "
    "SELECT post, SUM(kind = 'like'), SUM(kind = 'love'), SUM(kind = 'laugh'), SUM(kind = 'wow'), "
    "SUM(kind = 'sad'), SUM(kind = 'angry'), SUM(kind = 'comment') FROM "
    "(SELECT post, CONVERT(kind USING utf8mb4) AS kind FROM reaction "
    "UNION ALL SELECT post, 'comment' FROM comment) AS response GROUP BY post";

}  // namespace

void seed(understudy::Cluster cluster, const SeedOptions& options) {
  if (options.users < 10) throw std::invalid_argument("there have to be 10 users or more");
  understudy::Session session = cluster.session();
  if (!session.read("SELECT id FROM person LIMIT 1").empty())
    throw std::invalid_argument("there are people already: create the tables anew");
  // What is made here fits together, and looking up every row's parents would take most of the
  // time.
  session.write("SET foreign_key_checks = 0, unique_checks = 0");
  session.write("SET @seeded = UTC_TIMESTAMP(6)");
  seed_people(session, options);
  seed_follows(session, options);
  seed_posts(session, options);
  seed_responses(session, options);
  session.write(kTotals);
}

}  // namespace social
