#include "social.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <numeric>
#include <random>
#include <set>
#include <thread>

#include "seed.h"

namespace social {
namespace {

using understudy::Cluster;
using understudy::Session;

// Real servers, named by UNDERSTUDY_TEST_CONFIG.
class SocialTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("UNDERSTUDY_TEST_CONFIG");
    if (path == nullptr) GTEST_SKIP() << "UNDERSTUDY_TEST_CONFIG is not set";
    Cluster::from_file(path, "app", "app", "").write("CREATE DATABASE IF NOT EXISTS social_test");
    cluster_.emplace(Cluster::from_file(path, "app", "app", "social_test"));
    network_.emplace(*cluster_);
    network_->create();
    session_.emplace(network_->session());
    wait_for_replicas();
  }

  // Until both replicas have what was written so far: most reads take what a replica has.
  void wait_for_replicas() {
    const std::string mark = "mark_" + std::to_string(std::random_device()());
    cluster().write("DROP TABLE IF EXISTS mark");
    cluster().write("CREATE TABLE mark (text VARCHAR(40))");
    cluster().write("INSERT INTO mark VALUES (?)", mark);
    std::set<std::string> there;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while ((!there.contains("db2") || !there.contains("db3")) &&
           std::chrono::steady_clock::now() < deadline) {
      try {
        const auto found = cluster().read({.consistency = understudy::Consistency::Eventual},
                                          "SELECT text FROM mark");
        if (found.size() == 1 && found[0].get<std::string>(0) == mark) there.insert(found.server());
      } catch (const understudy::DatabaseError& error) {
        if (error.code() != 1146) throw;  // not even the table
      }
    }
  }

  Social& network() { return *network_; }
  Cluster& cluster() { return *cluster_; }
  Session& session() { return *session_; }  // sees all that the test itself writes

  Person join(std::string_view name) { return network().sign_in(session(), name, name, "eu"); }
  Post write(const Person& author, std::string_view text) {
    return network().post(session(), author.id, text, std::nullopt, next_key()).value;
  }
  Page<Post> feed(const Person& reader, const Cursor& from = newest(), std::uint32_t count = 10) {
    return network().feed(session(), {reader.id, reader.region}, from, count).value;
  }
  Totals totals(const Post& post) {
    return network().post(session(), Reader{}, post.id).value.totals;
  }
  // Runs `body(index)` on so many threads at once. session() sees all that they wrote: its own
  // write comes behind it.
  template <typename Body>
  void at_once(int count, Body body) {
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      threads.emplace_back([&body, i] { body(i); });
    for (std::thread& each : threads)
      each.join();
    session().write("INSERT INTO mark VALUES ('all are done')");
  }
  std::string next_key() { return "key-" + std::to_string(++keys_); }
  std::uint64_t count(const std::string& table) {
    return session().read("SELECT COUNT(*) FROM " + table)[0].get<std::uint64_t>(0);
  }

  std::optional<Cluster> cluster_;
  std::optional<Social> network_;
  std::optional<Session> session_;
  std::atomic<int> keys_{0};
};

std::vector<std::string> texts(const Page<Post>& page) {
  std::vector<std::string> found;
  for (const Post& post : page.entries)
    found.push_back(post.text);
  return found;
}

std::uint64_t sum(const Totals& totals) {
  return std::accumulate(totals.reactions.begin(), totals.reactions.end(), std::uint64_t{0});
}

TEST_F(SocialTest, OnesOwnPostIsThereAtOnceForASessionWithTheToken) {
  const Person mara = join("mara");
  for (int i = 0; i < 100; ++i) {
    const Post made = write(mara, "number " + std::to_string(i));
    Session elsewhere = network().session();
    elsewhere.set_token(session().token());
    const auto seen = network().feed(elsewhere, {mara.id, "eu"}, newest(), 10);
    ASSERT_FALSE(seen.value.entries.empty());
    const Post& first = seen.value.entries[0];
    ASSERT_EQ(first.id, made.id) << "on " << seen.server;
    EXPECT_EQ(first.created, made.created);
    EXPECT_EQ(first.author.name, "mara");
    EXPECT_EQ(first.text, made.text);
  }
}

TEST_F(SocialTest, SigningInTwiceGivesTheSamePerson) {
  const Person mara = join("mara");
  at_once(8, [&](int) {
    Session own = network().session();
    EXPECT_EQ(network().sign_in(own, "mara", "Another", "us").id, mara.id);
    EXPECT_EQ(network().sign_in(own, "newcomer", "New", "us").region, "us");
  });
  EXPECT_EQ(count("person"), 2U);
  EXPECT_EQ(network().person(mara.id).display_name, "mara");
  for (const char* const wrong : {"ab", "Mara", "a b c", "mara;", "aaaaaaaaaaaaaaaaaaaaa", "mära"})
    EXPECT_THROW(join(wrong), std::invalid_argument) << wrong;
  EXPECT_THROW(network().sign_in(session(), "mara", "Mara", "moon"), std::invalid_argument);
  EXPECT_THROW(network().sign_in(session(), "mara", " ", "eu"), std::invalid_argument);
}

TEST_F(SocialTest, TheFeedHasThePostsOfThoseOneFollowsAndOnesOwn) {
  const Person mara = join("mara");
  const Person jonas = join("jonas");
  const Person aiko = join("aiko");
  EXPECT_TRUE(feed(mara).entries.empty());
  EXPECT_TRUE(network().follow(session(), mara.id, jonas.id));
  EXPECT_FALSE(network().follow(session(), mara.id, jonas.id));
  write(jonas, "by jonas");
  write(aiko, "by aiko");
  write(mara, "by mara");
  EXPECT_EQ(texts(feed(mara)), (std::vector<std::string>{"by mara", "by jonas"}));
  EXPECT_EQ(texts(feed(jonas)), std::vector<std::string>{"by jonas"});
  EXPECT_EQ(network().following(session(), mara.id), std::vector<std::uint64_t>{jonas.id});
  const auto profile = network().profile(session(), {mara.id, "eu"}, "jonas").value;
  EXPECT_EQ(profile.followers, 1U);
  EXPECT_TRUE(profile.followed);
  EXPECT_TRUE(network().unfollow(session(), mara.id, jonas.id));
  EXPECT_FALSE(network().unfollow(session(), mara.id, jonas.id));
  EXPECT_EQ(texts(feed(mara)), std::vector<std::string>{"by mara"});
  EXPECT_THROW(network().follow(session(), mara.id, mara.id), std::invalid_argument);
  EXPECT_THROW(network().follow(session(), mara.id, 99999), NotFound);
  const auto others = network().suggestions(session(), {mara.id, "eu"}, 10).value;
  EXPECT_EQ(others.size(), 2U);
}

TEST_F(SocialTest, PagesMissAndRepeatNothingWhileOthersPost) {
  const Person mara = join("mara");
  std::vector<Person> authors;
  for (int i = 0; i < 12; ++i) {
    authors.push_back(join("author_" + std::to_string(i)));
    network().follow(session(), mara.id, authors.back().id);
  }
  for (int i = 0; i < 97; ++i)
    write(authors[static_cast<std::size_t>(i * i) % 12], "before " + std::to_string(i));
  // Several posts of one microsecond: the id decides.
  session().write(
      "UPDATE post SET created = (SELECT created FROM (SELECT created FROM post "
      "WHERE id = 50) AS one) WHERE id BETWEEN 45 AND 58");
  std::vector<std::uint64_t> expected;
  for (const auto& row : session().read("SELECT id FROM post ORDER BY created DESC, id DESC"))
    expected.push_back(row.get<std::uint64_t>(0));
  std::atomic<bool> stop{false};
  std::thread poster([&] {
    Session own = network().session();
    for (int i = 0; !stop; ++i)
      network().post(own, authors[0].id, "meanwhile", std::nullopt, next_key());
  });
  std::vector<std::uint64_t> old;
  std::set<std::uint64_t> all;
  std::size_t read = 0;
  std::optional<Cursor> from = newest();
  while (from) {
    const Page<Post> page = feed(mara, to_cursor(to_text(*from)), 7);
    for (const Post& post : page.entries) {
      if (post.text != "meanwhile") old.push_back(post.id);
      all.insert(post.id);
    }
    read += page.entries.size();
    from = page.next;
  }
  stop = true;
  poster.join();
  EXPECT_EQ(old, expected);
  EXPECT_EQ(all.size(), read) << "a post came twice";
}

TEST_F(SocialTest, AProfileHasThePostsOfOneByPages) {
  const Person mara = join("mara");
  const Person jonas = join("jonas");
  for (int i = 0; i < 10; ++i) {
    write(mara, "mara " + std::to_string(i));
    write(jonas, "jonas " + std::to_string(i));
  }
  const auto first = network().posts_of(session(), {jonas.id, "eu"}, mara.id, newest(), 6).value;
  ASSERT_TRUE(first.next);
  EXPECT_EQ(texts(first).front(), "mara 9");
  const auto second =
      network().posts_of(session(), {jonas.id, "eu"}, mara.id, *first.next, 6).value;
  EXPECT_EQ(texts(second).size(), 4U);
  EXPECT_EQ(texts(second).back(), "mara 0");
  EXPECT_FALSE(second.next);
}

TEST_F(SocialTest, TheSameKeyGivesTheSamePost) {
  const Person mara = join("mara");
  const Person jonas = join("jonas");
  const auto first = network().post(session(), mara.id, "once", "/media/kite.svg", "one").value;
  std::atomic<int> same{0};
  at_once(8, [&](int) {
    Session own = network().session();
    const auto again = network().post(own, mara.id, "once", "/media/kite.svg", "one").value;
    if (again.id == first.id && again.created == first.created) ++same;
    network().comment(own, first.id, mara.id, "said once", "one");
  });
  EXPECT_EQ(same, 8);
  EXPECT_EQ(count("post"), 1U);
  EXPECT_EQ(count("comment"), 1U);
  EXPECT_EQ(totals(first).comments, 1U);
  EXPECT_NE(network().post(session(), jonas.id, "his own", {}, "one").value.id, first.id);
  EXPECT_EQ(network().post(session(), Reader{}, first.id).value.media, "/media/kite.svg");
}

TEST_F(SocialTest, WhatNobodyMayWriteIsRefused) {
  const Person mara = join("mara");
  const auto post = [&](std::string_view text, const std::optional<std::string>& media,
                        std::string_view key) {
    network().post(session(), mara.id, text, media, key);
  };
  EXPECT_THROW(post(" \n", {}, "k"), std::invalid_argument);
  EXPECT_THROW(post(std::string(501, 'x'), {}, "k"), std::invalid_argument);
  EXPECT_THROW(post("x", {}, ""), std::invalid_argument);
  EXPECT_THROW(post("x", {}, "a key"), std::invalid_argument);
  for (const char* const wrong : {"javascript:alert(1)", "data:text/html,x", "//evil", "/api/feed",
                                  "https://", "https://a b", "HTTP://x\n"})
    EXPECT_THROW(post("x", wrong, "k"), std::invalid_argument) << wrong;
  EXPECT_EQ(count("post"), 0U);
  std::string long_text;
  for (int i = 0; i < 500; ++i)
    long_text += "\u20ac";
  post(long_text, "https://example.org/a?b=c", "k");
  EXPECT_EQ(feed(mara).entries.at(0).text, long_text);
  EXPECT_THROW(network().react(session(), 1, mara.id, "bored"), std::invalid_argument);
  EXPECT_THROW(network().react(session(), 99999, mara.id, "like"), NotFound);
  EXPECT_THROW(network().comment(session(), 99999, mara.id, "x", "k"), NotFound);
}

TEST_F(SocialTest, WrongCursorsAreRefused) {
  const Cursor right = to_cursor("2026-11-26 20:15:03.123456,42");
  EXPECT_EQ(right.id, 42U);
  EXPECT_EQ(right.created.microsecond, 123456U);
  EXPECT_EQ(to_text(right), "2026-11-26 20:15:03.123456,42");
  for (const char* const wrong :
       {"", "42", "2026-11-26 20:15:03.123456", "2026-11-26 20:15:03.123456,",
        "2026-11-26 20:15:03.123456,x", "2026-11-26 20:15:03.123456,42x",
        "2026-11-26 20:15:03.123456,-1", "2026-11-26T20:15:03.123456,42",
        "2026-02-30 20:15:03.123456,42", "2026-11-26 24:15:03.123456,42",
        "2026-11-26 20:15:03.123456,99999999999999999999"})
    EXPECT_THROW(to_cursor(wrong), std::invalid_argument) << wrong;
}

TEST_F(SocialTest, AReactionIsChangedAndNotDoubled) {
  const Person mara = join("mara");
  const Post post = write(mara, "react");
  EXPECT_EQ(network().react(session(), post.id, mara.id, "like").value.reactions[0], 1U);
  EXPECT_EQ(network().react(session(), post.id, mara.id, "like").value.reactions[0], 1U);
  const Totals changed = network().react(session(), post.id, mara.id, "wow").value;
  EXPECT_EQ(changed.reactions, (std::array<std::uint64_t, 6>{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(network().react(session(), post.id, mara.id, "wow").value.reactions, changed.reactions);
  EXPECT_EQ(feed(mara).entries.at(0).mine, "wow");
  EXPECT_EQ(count("reaction"), 1U);
  EXPECT_EQ(sum(network().remove_reaction(session(), post.id, mara.id).value), 0U);
  EXPECT_EQ(sum(network().remove_reaction(session(), post.id, mara.id).value), 0U);
  EXPECT_EQ(feed(mara).entries.at(0).mine, std::nullopt);
  EXPECT_EQ(sum(network().react(session(), post.id, mara.id, "sad").value), 1U);
}

TEST_F(SocialTest, SixteenThreadsOnOnePostAreCountedRight) {
  std::vector<Person> people;
  people.reserve(16);
  for (int i = 0; i < 16; ++i)
    people.push_back(join("person_" + std::to_string(i)));
  const Post post = write(people[0], "popular");
  at_once(16, [&](int thread) {
    Session own = network().session();
    const auto index = static_cast<std::size_t>(thread);
    for (std::size_t i = 0; i < 40; ++i) {
      // Its own reaction, and one that it shares with its neighbour.
      const std::uint64_t who = people[i % 2 == 0 ? index : index / 2].id;
      if (i % 7 == 6) {
        network().remove_reaction(own, post.id, who);
      } else {
        network().react(own, post.id, who, kReactions[(i * 5 + index) % 6]);
      }
      if (i % 10 == 0) network().comment(own, post.id, who, "hear, hear", next_key());
    }
  });
  const Totals counted = totals(post);
  EXPECT_EQ(counted.comments, 16U * 4);
  std::array<std::uint64_t, 6> there{};
  for (const auto& row : session().read("SELECT kind FROM reaction WHERE post = ?", post.id)) {
    const auto* const kind =
        std::find(kReactions.begin(), kReactions.end(), row.get<std::string>(0));
    ++there.at(static_cast<std::size_t>(kind - kReactions.begin()));
  }
  EXPECT_EQ(counted.reactions, there);
}

TEST_F(SocialTest, CommentsComeByPages) {
  const Person mara = join("mara");
  const Post post = write(mara, "discuss");
  for (int i = 0; i < 9; ++i)
    network().comment(session(), post.id, mara.id, "comment " + std::to_string(i), next_key());
  const Reader reader{mara.id, "eu"};
  const auto first = network().comments(session(), reader, post.id, newest(), 5).value;
  ASSERT_TRUE(first.next);
  EXPECT_EQ(first.entries.front().text, "comment 8");
  const auto second = network().comments(session(), reader, post.id, *first.next, 5).value;
  ASSERT_EQ(second.entries.size(), 4U);
  EXPECT_EQ(second.entries.back().text, "comment 0");
  EXPECT_FALSE(second.next);
}

TEST_F(SocialTest, TrendsDecay) {
  const Person mara = join("mara");
  const Person jonas = join("jonas");
  const Post old = write(mara, "old");
  const Post young = write(mara, "young");
  const Post older = write(mara, "too old to count");
  for (const Post* const post : {&old, &young, &older}) {
    network().react(session(), post->id, mara.id, "like");
    network().react(session(), post->id, jonas.id, "love");
  }
  network().comment(session(), old.id, jonas.id, "I remember", next_key());
  const auto age = [&](const Post& post, int minutes) {
    for (const char* const table : {"reaction", "comment"})
      session().write("UPDATE " + std::string(table) +
                          " SET created = created - INTERVAL ? MINUTE WHERE post = ?",
                      minutes, post.id);
  };
  age(old, 120);
  age(older, 60 * 24);
  wait_for_replicas();
  // A new object, which has kept no answer of a moment ago.
  const auto trends = Social(cluster()).trending("eu", 10, std::chrono::hours(1)).value;
  ASSERT_EQ(trends.size(), 2U);
  EXPECT_EQ(trends[0].post.id, young.id);
  EXPECT_NEAR(trends[0].score, 2, 0.1);
  EXPECT_EQ(trends[1].post.id, old.id);
  EXPECT_NEAR(trends[1].score, (2 + 2) / 4.0, 0.1);
}

TEST_F(SocialTest, TheSameSeedGivesTheSameNetwork) {
  const auto made = [&] {
    network().create();
    wait_for_replicas();
    seed(cluster(), {.users = 60, .posts = 200, .seed = 7});
    std::string all;
    for (const auto& row : cluster().read(
             "SELECT person.name, COUNT(DISTINCT follow.follower), COUNT(DISTINCT post.id), "
             "MIN(post.text) FROM person LEFT JOIN follow ON follow.author = person.id "
             "LEFT JOIN post ON post.author = person.id GROUP BY person.id, person.name "
             "ORDER BY person.id"))
      all += row.get<std::string>(0) + std::to_string(row.get<int>(1)) + " " +
             std::to_string(row.get<int>(2)) + row.get<std::optional<std::string>>(3).value_or("");
    return all;
  };
  const std::string first = made();
  EXPECT_EQ(first, made());
  EXPECT_EQ(count("person"), 60U);
  EXPECT_EQ(count("post"), 200U);
  EXPECT_EQ(count("post_totals JOIN (SELECT post, COUNT(*) AS there FROM comment GROUP BY post) AS "
                  "counted USING (post) WHERE comments <> there"),
            0U);
  EXPECT_THROW(seed(cluster(), {}), std::invalid_argument);
}

}  // namespace
}  // namespace social
