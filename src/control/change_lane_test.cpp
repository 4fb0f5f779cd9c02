#include "control/change_lane.h"

#include <gtest/gtest.h>

#include "loop_driver.h"
#include "loopback_stream.h"
#include "recorded_binlog.h"

namespace understudy::control {
namespace {

class NamedTables final : public feed::TableSource {
 public:
  [[nodiscard]] std::optional<Result<replication::TableFormat>> complete(
      const replication::TableFormat& logged) const override {
    if (!known) return std::nullopt;
    replication::TableFormat named = logged;
    for (std::size_t i = 0; i < named.columns.size(); ++i)
      named.columns[i].name = "a" + std::to_string(i);
    return Result<replication::TableFormat>(named);
  }
  void forget(const feed::TableId& /*table*/) override {}

  bool known = true;
};

// A subscriber's connection: what the client has got, and how much it takes.
struct Client {
  test::LoopbackPair pair;
  test::RecordingHandler handler;
  std::unique_ptr<net::Stream> stream;
};

class ChangeLaneTest : public ::testing::Test,
                       public ChangeLane::Owner,
                       public ChangeSubscriber::Owner {
 protected:
  void SetUp() override {
    settings_.buffer = 4000;
    feed::Selection items;
    items.tables = {{"shop", "item"}};
    lane_.emplace(loop_, settings_, items, tables_, counters_, *this);
  }
  void TearDown() override { lane_.reset(); }

  Client& add_client() {
    clients_.push_back(std::make_unique<Client>());
    Client& client = *clients_.back();
    client.stream = client.pair.take_right();
    client.stream->set_handler(&client.handler);
    client.stream->start();
    lane_->add(std::make_unique<ChangeSubscriber>(loop_, client.pair.take_left(),
                                                  backend::make_login("app", ""), *this));
    return client;
  }
  // All events of the statements that begin with this.
  void take(std::string_view begin) {
    for (const auto& statement : replication::recorded_log()) {
      for (const Bytes& bytes : statement.events) {
        const auto event = decoder_.decode(bytes);
        ASSERT_TRUE(event.ok());
        if (statement.sql.starts_with(begin)) lane_->take(*event);
      }
    }
    decoder_ = {};
  }
  static std::string read(Client& client) {
    client.pair.run();
    return std::exchange(client.handler.data, {});
  }

  void tend_soon() override { ++tended_; }
  void flush_soon() override { ++flushes_; }
  void on_boundary(ChangeLane& /*lane*/) override {}
  void on_gone(ChangeSubscriber& subscriber) override { lane_->remove(subscriber); }
  void on_drained(ChangeSubscriber& /*subscriber*/) override {}

  net::Loop loop_;
  ChangeLane::Settings settings_;
  NamedTables tables_;
  ChangeCounters counters_;
  std::vector<std::unique_ptr<Client>> clients_;  // outlive the lane's streams
  std::optional<ChangeLane> lane_;
  replication::BinlogDecoder decoder_;
  int tended_ = 0;
  int flushes_ = 0;
};

TEST_F(ChangeLaneTest, WhatIsFlushedGoesToAllSubscribers) {
  Client& first = add_client();
  Client& second = add_client();
  lane_->go_live({});
  EXPECT_TRUE(read(first).starts_with("HTTP/1.1 200 OK\r\n"));
  read(second);
  take("/* a comment */ INSERT INTO item");
  EXPECT_GT(flushes_, 0);
  EXPECT_EQ(read(first), "");
  lane_->flush();
  const std::string text = read(first);
  EXPECT_TRUE(text.starts_with("id: 0-")) << text;
  EXPECT_NE(text.find("\"type\":\"insert\""), std::string::npos);
  EXPECT_EQ(read(second), text);
  EXPECT_EQ(counters_.events.load(), 2u);
  EXPECT_EQ(lane_->sent().after, lane_->position());
}

TEST_F(ChangeLaneTest, ASlowSubscriberIsToldAndDropped) {
  Client& fast = add_client();
  Client& slow = add_client();
  slow.pair.set_window(100);
  lane_->go_live({});
  read(fast);
  slow.stream->pause_reading();
  for (int i = 0; i < 40 && lane_->subscribers().size() == 2; ++i) {
    take("INSERT INTO item (name, stock) VALUES ('lamp'");
    lane_->flush();
    read(fast);
  }
  EXPECT_EQ(lane_->subscribers().size(), 1u);
  EXPECT_EQ(counters_.dropped.load(), 1u);
  slow.stream->resume_reading();
  const std::string all = read(slow);
  EXPECT_NE(all.find("event: error\ndata: {\"error\":\"too slow"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\n\n"));
  EXPECT_EQ(lane_->state(), ChangeLane::State::Live);
}

TEST_F(ChangeLaneTest, AnUnknownTableIsAskedForAndNothingIsLost) {
  Client& client = add_client();
  lane_->go_live({});
  read(client);
  tables_.known = false;
  take("/* a comment */ INSERT INTO item");
  EXPECT_EQ(lane_->state(), ChangeLane::State::Defining);
  EXPECT_EQ(lane_->missing(), (feed::TableId{"shop", "item"}));
  EXPECT_GT(tended_, 0);
  lane_->flush();
  EXPECT_EQ(read(client), "");
  EXPECT_TRUE(lane_->sent().after.empty());
  lane_->defined();
  EXPECT_EQ(lane_->state(), ChangeLane::State::Waiting);
}

TEST_F(ChangeLaneTest, ATransactionThatIsTooLargeIsReadAgain) {
  settings_.buffer = 100;
  add_client();
  lane_->go_live({});
  take("/* a comment */ INSERT INTO item");
  EXPECT_EQ(lane_->state(), ChangeLane::State::Waiting);
  EXPECT_TRUE(lane_->sent().after.empty());
}

TEST_F(ChangeLaneTest, AFailureReachesEachSubscriberInItsForm) {
  Client& waiting = add_client();
  lane_->begin_at({}, false);
  lane_->fail(410, "purged");
  EXPECT_TRUE(read(waiting).starts_with("HTTP/1.1 410 Gone\r\n"));
  EXPECT_EQ(lane_->state(), ChangeLane::State::Over);
}

TEST_F(ChangeLaneTest, AKeepAliveTellsWhereToGoOn) {
  Client& client = add_client();
  lane_->go_live({});
  read(client);
  lane_->keep_alive();
  EXPECT_EQ(read(client), ":\n\n");
  take("CREATE TABLE audit");
  lane_->keep_alive();
  const std::string text = read(client);
  EXPECT_EQ(text, "id: " + feed::to_string(lane_->sent()) + "\n\n");
  lane_->keep_alive();
  EXPECT_EQ(read(client), ":\n\n");
}

TEST_F(ChangeLaneTest, WithoutSubscribersItIsOver) {
  Client& client = add_client();
  lane_->go_live({});
  read(client);
  client.stream->close();
  client.pair.run();
  EXPECT_TRUE(lane_->subscribers().empty());
  EXPECT_EQ(lane_->state(), ChangeLane::State::Over);
}

TEST_F(ChangeLaneTest, OneAccountCanBeRefused) {
  Client& client = add_client();
  lane_->go_live({});
  read(client);
  lane_->refuse(*backend::make_login("other", ""), 403, "denied");
  EXPECT_EQ(lane_->subscribers().size(), 1u);
  lane_->refuse(*backend::make_login("app", ""), 403, "denied");
  EXPECT_NE(read(client).find("event: error\ndata: {\"error\":\"denied\""), std::string::npos);
}

TEST_F(ChangeLaneTest, IdsThatNoHeaderWouldHoldAreRefused) {
  Client& client = add_client();
  replication::MySqlGtidSet gaps;
  for (std::uint64_t number = 2; number <= 128; number += 2)
    gaps.add({{}, "", number, number});
  lane_->go_live(replication::Position(gaps));
  EXPECT_EQ(lane_->state(), ChangeLane::State::Live);
  gaps.add({{}, "", 130, 130});
  lane_->go_live(replication::Position(gaps));
  EXPECT_EQ(lane_->state(), ChangeLane::State::Over);
  EXPECT_NE(read(client).find("the servers have executed 65 separate ranges"), std::string::npos);
}

}  // namespace
}  // namespace understudy::control
