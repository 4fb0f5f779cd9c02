#include "feed/event_id.h"

#include <gtest/gtest.h>

namespace understudy::feed {
namespace {

TEST(EventIdTest, PositionsAndPartsAreReadAsTheyAreWritten) {
  for (const char* text :
       {"", "0-1-123", "0-1-122,1-2-5", "0-1-122,1-2-5~0-1-123:5000", "~0-1-1:7"}) {
    const auto id = parse_event_id(text);
    ASSERT_TRUE(id.ok()) << text;
    EXPECT_EQ(to_string(*id), text);
  }
  const auto id = parse_event_id("0-1-122~1-3-9:18446744073709551615");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->gtid, (replication::TransactionId(replication::Gtid{1, 3, 9})));
  EXPECT_EQ(id->rows, 18446744073709551615u);
}

TEST(EventIdTest, WhatIsNoIdIsAnError) {
  for (const char* text :
       {"x", "0-1", "0-1-2~", "0-1-2~0-1-3", "0-1-2~0-1-3:", "0-1-2~0-1-3:0", "0-1-2~0-1-3:-1",
        "0-1-2~0-1-3:5x", "0-1-2~:5", "0-1-2~0-1-3,1-1-1:5", "0-1-2~0-1-3:18446744073709551616"}) {
    EXPECT_FALSE(parse_event_id(text).ok()) << text;
  }
}

}  // namespace
}  // namespace understudy::feed
