// The library in front of real servers: a primary and replicas, as `understudy sandbox up` starts
// them. UNDERSTUDY_TEST_CONFIG names their configuration file; without it the tests are skipped.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <latch>
#include <mutex>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "understudy/cluster.h"

namespace {

using namespace std::chrono_literals;

using understudy::Cluster;
using understudy::Consistency;
using understudy::DatabaseError;
using understudy::QueryResult;
using understudy::ReadOptions;
using understudy::Session;
using understudy::Transaction;

// What a program would write itself: the sandbox's file has addresses, user and password in quotes.
understudy::ClusterOptions options_of(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto quoted = [&text](const std::string& before) {
    std::smatch found;
    EXPECT_TRUE(std::regex_search(text, found, std::regex(before + " *= *\"([^\"]*)\"")));
    return found[1].str();
  };
  understudy::ClusterOptions options;
  const std::regex address("\"(127[^\"]*)\"");
  for (std::sregex_iterator each(text.begin(), text.end(), address), end; each != end; ++each)
    options.addresses.push_back((*each)[1].str());
  options.service_user = quoted("user");
  options.service_password = quoted("password");
  options.user = options.password = "app";
  options.schema = "client_library_test";
  return options;
}

class ClientLibrary : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("UNDERSTUDY_TEST_CONFIG");
    if (path == nullptr) GTEST_SKIP() << "UNDERSTUDY_TEST_CONFIG is not set";
    path_ = path;
    Cluster bare = Cluster::from_file(path_, "app", "app", "");
    bare.write("CREATE DATABASE IF NOT EXISTS client_library_test");
    cluster_.emplace(Cluster::from_file(path_, "app", "app", "client_library_test"));
    cluster_->write("DROP TABLE IF EXISTS product");
    cluster_->write(
        "CREATE TABLE product (id INT AUTO_INCREMENT PRIMARY KEY, "
        "name VARCHAR(60) NOT NULL UNIQUE, stock INT NOT NULL)");
  }

  // Whichever server comes first in the file is the primary, and writes say so.
  std::string primary() { return cluster_->write("UPDATE product SET stock = stock").server(); }

  Cluster& cluster() { return *cluster_; }

  std::string path_;
  std::optional<Cluster> cluster_;
};

TEST_F(ClientLibrary, ReadsShowEarlierWritesAndRunOnReplicas) {
  std::set<std::string> readers;
  const std::string writer = primary();
  for (int i = 1; i <= 200; ++i) {
    const QueryResult written = cluster().write("INSERT INTO product (name, stock) VALUES (?, ?)",
                                                "lamp " + std::to_string(i), i);
    EXPECT_EQ(written.server(), writer);
    EXPECT_EQ(written.affected_rows(), 1u);
    EXPECT_EQ(written.last_insert_id(), static_cast<std::uint64_t>(i));
    const QueryResult read =
        cluster().read("SELECT stock, name FROM product WHERE id = ?", written.last_insert_id());
    ASSERT_EQ(read.size(), 1u) << "write " << i << " is not seen on " << read.server();
    EXPECT_EQ(read[0].get<int>("stock"), i);
    readers.insert(read.server());
  }
  readers.erase(writer);
  EXPECT_FALSE(readers.empty()) << "no replica has answered";
}

TEST_F(ClientLibrary, StrongReadsRunOnThePrimary) {
  const QueryResult read =
      cluster().read({.consistency = Consistency::Strong}, "SELECT COUNT(*) FROM product");
  EXPECT_EQ(read.server(), primary());
  EXPECT_EQ(read[0].get<std::int64_t>(0), 0);
}

TEST_F(ClientLibrary, SaysHowOldAnAnswerMayBe) {
  EXPECT_EQ(cluster().read({.consistency = Consistency::Strong}, "SELECT 1").staleness(), 0ms);
  const ReadOptions bounded{.consistency = Consistency::Bounded, .max_lag = 5s, .primary = false};
  const QueryResult read = cluster().read(bounded, "SELECT 1");
  EXPECT_NE(read.server(), primary());
  ASSERT_TRUE(read.staleness().has_value());
  EXPECT_GE(*read.staleness(), 0ms);
  EXPECT_LE(*read.staleness(), 5s);
}

TEST_F(ClientLibrary, AReadMayAskForATag) {
  const ReadOptions tagged{.consistency = Consistency::Eventual, .tag = "nobody-has-this"};
  try {
    cluster().read(tagged, "SELECT 1");
    FAIL() << "answered without a server of that tag";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string_view(error.what()).find("nobody-has-this"), std::string_view::npos);
  }
}

TEST_F(ClientLibrary, TheCacheAnswersWhatItHas) {
  understudy::ClusterOptions options = options_of(path_);
  options.cache_bytes = 1 << 20;
  Cluster cached(options);
  cached.write("INSERT INTO product (name, stock) VALUES ('lamp', 7)");
  const auto stock = [&] {
    return cached.read("SELECT /* understudy: cache */ stock FROM product WHERE id = ?", 1);
  };
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (stock().server() != "cache")
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it is never kept";
  EXPECT_EQ(stock()[0].get<int>("stock"), 7);
  EXPECT_TRUE(stock().staleness().has_value());
  cached.write("UPDATE product SET stock = 6 WHERE id = 1");
  EXPECT_EQ(stock()[0].get<int>("stock"), 6) << "a write of its own is seen at once";
}

TEST_F(ClientLibrary, ValuesOfEveryTypeComeBack) {
  const understudy::Blob blob{std::byte{0}, std::byte{0x27}, std::byte{0xff}};
  const understudy::DateTime moment{{2024, 2, 29}, 23, 59, 58, 123456};
  cluster().write(
      "CREATE OR REPLACE TABLE every_type (a BIGINT, b BIGINT UNSIGNED, c DOUBLE, "
      "d DECIMAL(20,4), e TEXT CHARACTER SET utf8mb4, f BLOB, g DATE, h DATETIME(6), i TIME(6), "
      "j INT)");
  cluster().write("INSERT INTO every_type VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -5,
                  std::numeric_limits<std::uint64_t>::max(), 0.1,
                  understudy::Decimal{"-1234567890123456.7891"}, "'; DROP TABLE product; -- ü",
                  blob, understudy::Date{2024, 2, 29}, moment, -std::chrono::milliseconds(90500),
                  nullptr);
  const QueryResult read = cluster().read("SELECT * FROM every_type");
  ASSERT_EQ(read.size(), 1u);
  const understudy::Row& row = read[0];
  EXPECT_EQ(row.get<int>("a"), -5);
  EXPECT_EQ(row.get<std::uint64_t>("b"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(row.get<double>("c"), 0.1);
  EXPECT_EQ(row.get<understudy::Decimal>("d").text, "-1234567890123456.7891");
  EXPECT_EQ(row.get<std::string>("e"), "'; DROP TABLE product; -- ü");
  EXPECT_EQ(row.get<understudy::Blob>("f"), blob);
  EXPECT_EQ(row.get<understudy::Date>("g"), (understudy::Date{2024, 2, 29}));
  EXPECT_EQ(row.get<understudy::DateTime>("h"), moment);
  EXPECT_EQ(row.get<understudy::Time>("i"), -std::chrono::milliseconds(90500));
  EXPECT_EQ(row.get<std::optional<int>>("j"), std::nullopt);
}

TEST_F(ClientLibrary, ServerErrorsSayWhereAndWhat) {
  cluster().write("INSERT INTO product (name, stock) VALUES ('lamp', 1)");
  try {
    cluster().write("INSERT INTO product (name, stock) VALUES (?, 1)", "lamp");
    FAIL() << "the name is taken";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.code(), 1062);
    EXPECT_EQ(error.sqlstate(), "23000");
    EXPECT_EQ(error.server(), primary());
    EXPECT_FALSE(error.maybe_executed());
    EXPECT_FALSE(error.retry_safe());
  }
  EXPECT_THROW(cluster().read("SELECT nothing FROM nowhere"), DatabaseError);
  EXPECT_EQ(cluster().read("SELECT 1")[0].get<int>(0), 1);
}

TEST_F(ClientLibrary, TransactionsCommitOrLeaveNothing) {
  const std::uint64_t id = cluster().transaction([](Transaction& transaction) {
    return transaction.execute("INSERT INTO product (name, stock) VALUES (?, ?)", "lamp", 3)
        .last_insert_id();
  });
  EXPECT_EQ(cluster().read("SELECT stock FROM product WHERE id = ?", id)[0].get<int>(0), 3);
  EXPECT_THROW(cluster().transaction([&](Transaction& transaction) {
    transaction.execute("UPDATE product SET stock = 0 WHERE id = ?", id);
    throw std::domain_error("changed my mind");
  }),
               std::domain_error);
  EXPECT_EQ(cluster().read("SELECT stock FROM product WHERE id = ?", id)[0].get<int>(0), 3);
}

TEST_F(ClientLibrary, DeadlocksAreResolvedByRunningAgain) {
  cluster().write("INSERT INTO product (name, stock) VALUES ('a', 0), ('b', 0)");
  // Both take their first row before either asks for its second: one of them is rolled back.
  std::latch both(2);
  std::atomic<int> attempts{0};
  const auto buy = [&](const char* first, const char* second) {
    bool waited = false;
    cluster().transaction([&](Transaction& transaction) {
      ++attempts;
      transaction.execute("UPDATE product SET stock = stock + 1 WHERE name = ?", first);
      if (!std::exchange(waited, true)) both.arrive_and_wait();
      transaction.execute("UPDATE product SET stock = stock + 1 WHERE name = ?", second);
    });
  };
  std::thread other([&] { buy("b", "a"); });
  buy("a", "b");
  other.join();
  EXPECT_GE(attempts.load(), 3);
  const QueryResult read = cluster().read("SELECT stock FROM product ORDER BY name");
  EXPECT_EQ(read[0].get<int>(0), 2);
  EXPECT_EQ(read[1].get<int>(0), 2);
}

TEST_F(ClientLibrary, AConnectionLostBeforeCommitIsRunAgain) {
  int attempts = 0;
  cluster().transaction([&](Transaction& transaction) {
    transaction.execute("INSERT INTO product (name, stock) VALUES ('lamp', 1)");
    if (++attempts > 1) return;
    const auto id = transaction.execute("SELECT CONNECTION_ID()")[0].get<std::uint64_t>(0);
    cluster().write("KILL " + std::to_string(id));
    transaction.execute("UPDATE product SET stock = 2");
  });
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(cluster().read("SELECT COUNT(*) FROM product")[0].get<int>(0), 1);
}

TEST_F(ClientLibrary, TokensCarryWhatASessionHasSeen) {
  Session writer = cluster().session();
  Cluster elsewhere = Cluster::from_file(path_, "app", "app", "client_library_test");
  Session reader = elsewhere.session();  // without a token it may read from before the table
  for (int i = 1; i <= 50; ++i) {
    writer.write("INSERT INTO product (name, stock) VALUES (?, 1)", "lamp " + std::to_string(i));
    reader.set_token(writer.token());
    EXPECT_EQ(reader.read("SELECT COUNT(*) FROM product")[0].get<int>(0), i);
  }
}

TEST_F(ClientLibrary, SessionsKeepTheirState) {
  Session session = cluster().session();
  session.write("SET @tax = 19");
  session.write("CREATE TEMPORARY TABLE basket (id INT)");
  session.write("INSERT INTO basket VALUES (?), (?)", 1, 2);
  EXPECT_EQ(session.read("SELECT COUNT(*) FROM basket")[0].get<int>(0), 2);
  EXPECT_EQ(session.read("SELECT @tax")[0].get<int>(0), 19);
}

TEST_F(ClientLibrary, ManyThreadsShareOneCluster) {
  cluster().write("INSERT INTO product (name, stock) VALUES ('lamp', 100)");
  std::atomic<int> sold{0};
  std::vector<std::thread> buyers;
  for (int i = 0; i < 16; ++i) {
    buyers.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        sold += static_cast<int>(
            cluster()
                .write("UPDATE product SET stock = stock - 1 WHERE name = ? AND stock > 0", "lamp")
                .affected_rows());
        EXPECT_GE(cluster().read("SELECT stock FROM product")[0].get<int>(0), 0);
      }
    });
  }
  for (std::thread& buyer : buyers)
    buyer.join();
  EXPECT_EQ(sold.load(), 100);
  EXPECT_EQ(cluster().read("SELECT stock FROM product")[0].get<int>(0), 0);
}

// Collects what a subscription delivers, for the test's own thread.
class Deliveries {
 public:
  void add(const understudy::ChangedTransaction& transaction) {
    const std::lock_guard guard(mutex_);
    transactions_.push_back(transaction);
    changed_.notify_all();
  }
  void fail(const DatabaseError& error) {
    const std::lock_guard guard(mutex_);
    errors_.emplace_back(error.what());
    changed_.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return transactions_.size() >= count; });
  }
  bool wait_for_error() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !errors_.empty(); });
  }
  std::vector<understudy::ChangedTransaction> transactions() {
    const std::lock_guard guard(mutex_);
    return transactions_;
  }
  std::vector<std::string> errors() {
    const std::lock_guard guard(mutex_);
    return errors_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<understudy::ChangedTransaction> transactions_;
  std::vector<std::string> errors_;
};

TEST_F(ClientLibrary, ASubscriberGetsEachTransactionOnce) {
  Deliveries deliveries;
  auto subscription = cluster().subscribe(
      "client_library_test.product", "now",
      [&](const understudy::ChangedTransaction& each) { deliveries.add(each); });
  cluster().transaction([](Transaction& transaction) {
    transaction.execute("INSERT INTO product (name, stock) VALUES (?, ?)", "lamp", 1);
    transaction.execute("UPDATE product SET stock = 2 WHERE name = 'lamp'");
  });
  cluster().write("DELETE FROM product WHERE name = 'lamp'");
  ASSERT_TRUE(deliveries.wait_for(2));
  const auto got = deliveries.transactions();
  ASSERT_EQ(got[0].changes.size(), 2u);
  const understudy::Change& update = got[0].changes[1];
  EXPECT_EQ(update.kind, understudy::ChangeKind::Update);
  EXPECT_EQ(update.schema, "client_library_test");
  EXPECT_EQ(*update.before.get("stock"), understudy::Value(std::int64_t{1}));
  EXPECT_EQ(*update.after.get("stock"), understudy::Value(std::int64_t{2}));
  EXPECT_EQ(*update.after.get("name"), understudy::Value(std::string("lamp")));
  EXPECT_EQ(got[1].changes.at(0).kind, understudy::ChangeKind::Delete);
  EXPECT_TRUE(got[1].last);

  // From an id: only what came after it.
  Deliveries again;
  auto resumed =
      cluster().subscribe("client_library_test.product", got[0].id,
                          [&](const understudy::ChangedTransaction& each) { again.add(each); });
  ASSERT_TRUE(again.wait_for(1));
  EXPECT_EQ(again.transactions()[0].id, got[1].id);
  subscription.cancel();
  cluster().write("INSERT INTO product (name, stock) VALUES ('desk', 1)");
  ASSERT_TRUE(again.wait_for(2));
  EXPECT_EQ(deliveries.transactions().size(), 2u);
}

TEST_F(ClientLibrary, ASubscriptionCanBeCancelledFromItsCallback) {
  Deliveries deliveries;
  std::optional<understudy::Subscription> subscription;
  std::latch made(1);
  subscription.emplace(cluster().subscribe("client_library_test.product", "now",
                                           [&](const understudy::ChangedTransaction& each) {
                                             made.wait();
                                             subscription->cancel();
                                             deliveries.add(each);
                                           }));
  made.count_down();
  cluster().write("INSERT INTO product (name, stock) VALUES ('a', 1)");
  cluster().write("INSERT INTO product (name, stock) VALUES ('b', 1)");
  ASSERT_TRUE(deliveries.wait_for(1));
  subscription.reset();
  EXPECT_EQ(deliveries.transactions().size(), 1u);
}

TEST_F(ClientLibrary, ASubscriptionThatCannotBeginThrows) {
  const auto ignore = [](const understudy::ChangedTransaction&) {};
  EXPECT_THROW(static_cast<void>(cluster().subscribe("product", "now", ignore)),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(cluster().subscribe("a.b", "yesterday", ignore)),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(cluster().subscribe("client_library_test.nothing", "now", ignore)),
               DatabaseError);
}

TEST_F(ClientLibrary, ASubscriptionThatHasEndedSaysWhy) {
  Deliveries deliveries;
  const auto lost = [&](const std::string& from) {
    return cluster().subscribe(
        "client_library_test.product", from,
        [&](const understudy::ChangedTransaction& each) { deliveries.add(each); },
        [&](const DatabaseError& error) { deliveries.fail(error); });
  };
  try {
    const auto subscription = lost("0-77-99999999");
    ASSERT_TRUE(deliveries.wait_for_error());
    EXPECT_NE(deliveries.errors()[0].find("0-77-99999999"), std::string::npos);
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.code(), 1236);
  }
}

}  // namespace
