#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <understudy/cluster.h>

#include "moment.h"

namespace social {

// Each is a zone of servers, too: reads go to replicas that are near the reader.
inline constexpr std::array<std::string_view, 3> kRegions = {"eu", "us", "ap"};
inline constexpr std::array<std::string_view, 6> kReactions = {"like", "love", "laugh",
                                                               "wow",  "sad",  "angry"};

struct Person {
  std::uint64_t id = 0;
  std::string name;
  std::string display_name;
  std::string region;
};

struct Totals {
  std::array<std::uint64_t, kReactions.size()> reactions{};  // as kReactions
  std::uint64_t comments = 0;
};

struct Post {
  std::uint64_t id = 0;
  Person author;
  understudy::DateTime created;  // UTC
  std::string text;
  std::optional<std::string> media;
  Totals totals;
  std::optional<std::string> mine;  // how the reader has reacted
};

struct Comment {
  std::uint64_t id = 0;
  std::uint64_t post = 0;
  Person author;
  understudy::DateTime created;
  std::string text;
};

// One page of a list that is ordered by time.
template <typename T>
struct Page {
  std::vector<T> entries;
  std::optional<Cursor> next;  // where the next page begins, if there is one
};

struct Profile {
  Person person;
  std::uint64_t followers = 0;  // counted up to kFollowersCounted
  bool followed = false;        // by the reader
};
inline constexpr std::uint64_t kFollowersCounted = 10000;

struct Trend {
  Post post;
  double score = 0;
};

struct RegionActivity {
  std::string region;
  std::uint64_t people = 0;
  std::uint64_t posts = 0;   // in the last hour
  std::uint64_t active = 0;  // people who posted, commented or reacted in the last hour
  std::string server;        // which answered, nearest to readers of this region
  std::optional<std::chrono::milliseconds> staleness;
};

// What was found, and where.
template <typename T>
struct Answer {
  T value;
  std::string server;
  std::optional<std::chrono::milliseconds> staleness;  // at most; nothing: not known
};

// There is no such person or post.
class NotFound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Who reads: decides which reaction is "mine", and from where it is read.
struct Reader {
  std::uint64_t id = 0;
  std::string region;
};

// A social network in a cluster. Thread-safe; a Session belongs to one thread at a time. Calls with
// a Session show what was written through it, or through the one that its token is from; the
// others show what replicas near the reader have. Every write may be repeated and takes effect
// once. Throws understudy::DatabaseError; NotFound; std::invalid_argument for what nobody may
// write.
class Social {
 public:
  explicit Social(understudy::Cluster cluster) : cluster_(std::move(cluster)) {}

  understudy::Session session() { return cluster_.session(); }

  // Creates the tables; what was in them is gone.
  void create();

  // The person of that name, made if there is none. Names: 3 to 20 of a-z 0-9 _.
  Person sign_in(understudy::Session& session, std::string_view name, std::string_view display_name,
                 std::string_view region);
  Person person(std::uint64_t id);
  Answer<Profile> profile(understudy::Session& session, const Reader& reader,
                          std::string_view name);
  // Some who posted last and whom the reader does not follow.
  Answer<std::vector<Person>> suggestions(understudy::Session& session, const Reader& reader,
                                          std::uint32_t count);
  // False: it was so before.
  bool follow(understudy::Session& session, std::uint64_t follower, std::uint64_t author);
  bool unfollow(understudy::Session& session, std::uint64_t follower, std::uint64_t author);
  std::vector<std::uint64_t> following(understudy::Session& session, std::uint64_t follower);

  // `key` is made by who posts, 1 to 64 letters, digits or '-': the same key again gives the
  // same post. `media` is a link, https: or http:, or begins with /media/.
  Answer<Post> post(understudy::Session& session, std::uint64_t author, std::string_view text,
                    const std::optional<std::string>& media, std::string_view key);
  // The posts of those that the reader follows, and his own, newest first.
  Answer<Page<Post>> feed(understudy::Session& session, const Reader& reader, const Cursor& from,
                          std::uint32_t count);
  Answer<Page<Post>> posts_of(understudy::Session& session, const Reader& reader,
                              std::uint64_t author, const Cursor& from, std::uint32_t count);
  Answer<Post> post(understudy::Session& session, const Reader& reader, std::uint64_t id);
  std::uint64_t author_of(std::uint64_t post);

  Answer<Comment> comment(understudy::Session& session, std::uint64_t post, std::uint64_t author,
                          std::string_view text, std::string_view key);
  Answer<Page<Comment>> comments(understudy::Session& session, const Reader& reader,
                                 std::uint64_t post, const Cursor& from, std::uint32_t count);

  // One for each person and post; another kind takes the place of the one before.
  Answer<Totals> react(understudy::Session& session, std::uint64_t post, std::uint64_t user,
                       std::string_view kind);
  Answer<Totals> remove_reaction(understudy::Session& session, std::uint64_t post,
                                 std::uint64_t user);

  // By (reactions + 2 x comments), each counting half after `half_life`. For everybody in a
  // region the same, a few seconds old.
  Answer<std::vector<Trend>> trending(std::string_view region, std::uint32_t count,
                                      std::chrono::seconds half_life = std::chrono::hours(2));
  // Up to half a minute old.
  std::vector<RegionActivity> regions();

 private:
  std::optional<Person> find(const understudy::ReadOptions& options, std::string_view name);
  Answer<Page<Post>> newest_posts(understudy::Session& session, const Reader& reader,
                                  const std::vector<std::uint64_t>& authors, const Cursor& from,
                                  std::uint32_t count);

  understudy::Cluster cluster_;
  // What was read for everybody, and when: each guarded by the mutex before it.
  std::mutex trends_mutex_;
  understudy::DateTime trends_moment_;
  std::map<std::string, Answer<std::vector<Trend>>> trends_;  // by what was asked
  std::mutex regions_mutex_;
  understudy::DateTime regions_moment_;
  std::vector<RegionActivity> regions_;
};

}  // namespace social
