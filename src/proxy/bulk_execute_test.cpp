#include "proxy/bulk_execute.h"

#include <gtest/gtest.h>

#include "protocol/packet.h"

namespace understudy::proxy {
namespace {

Bytes framed(ByteView payload) {
  Bytes out;
  std::uint8_t sequence = 0;
  protocol::append_packet(out, sequence, payload);
  return out;
}

// One row of one number, without an indicator of NULL.
const Bytes kRow{0, 7};

Bytes bulk(std::uint8_t flags, ByteView types, ByteView rows = kRow) {
  Bytes payload{0xfa, 1, 0, 0, 0, flags, 0};
  append(payload, types);
  append(payload, rows);
  return framed(payload);
}

TEST(BulkExecuteTest, TypesAreRemembered) {
  backend::PreparedStatement statement;
  statement.parameter_count = 1;
  Bytes buffer;
  const Bytes first = bulk(128, Bytes{1, 0});
  const auto passed = normalize_bulk(first, statement, buffer);
  ASSERT_TRUE(passed.ok());
  EXPECT_EQ(passed->data(), first.data());
  EXPECT_EQ(statement.parameter_types, (Bytes{1, 0}));
  const auto completed = normalize_bulk(bulk(0, {}), statement, buffer);
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(Bytes(completed->begin(), completed->end()), first);
}

// The flag beside it (results for each row) stays.
TEST(BulkExecuteTest, OtherFlagsStay) {
  backend::PreparedStatement statement;
  statement.parameter_count = 1;
  statement.parameter_types = {1, 0};
  Bytes buffer;
  const auto completed = normalize_bulk(bulk(64, {}), statement, buffer);
  EXPECT_EQ(Bytes(completed->begin(), completed->end()), bulk(64 + 128, Bytes{1, 0}));
}

TEST(BulkExecuteTest, AFullFrameGetsAnother) {
  backend::PreparedStatement statement;
  statement.parameter_count = 1;
  statement.parameter_types = {1, 0};
  Bytes buffer;
  const Bytes rows(0xffffff - 7, 0);
  const auto completed = normalize_bulk(bulk(0, {}, rows), statement, buffer);
  EXPECT_EQ(Bytes(completed->begin(), completed->end()), bulk(128, Bytes{1, 0}, rows));
}

TEST(BulkExecuteTest, WhatIsTooShortIsRefused) {
  backend::PreparedStatement statement;
  statement.parameter_count = 3;
  Bytes buffer;
  EXPECT_FALSE(normalize_bulk(framed(Bytes{0xfa, 1, 0, 0, 0, 0}), statement, buffer).ok());
  EXPECT_FALSE(normalize_bulk(bulk(128, Bytes{1, 0}, {}), statement, buffer).ok());
  EXPECT_FALSE(normalize_bulk(bulk(0, {}), statement, buffer).ok()) << "no types were ever sent";
}

}  // namespace
}  // namespace understudy::proxy
