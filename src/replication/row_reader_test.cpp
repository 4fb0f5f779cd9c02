#include "replication/row_reader.h"

#include <gmock/gmock.h>

#include "recorded_binlog.h"

namespace understudy::replication {
namespace {

// Every row of the recorded log is decoded, and there are as many as the server counted.
TEST(RowReader, ReadsEveryRowOfARecordedLog) {
  BinlogDecoder decoder;
  RowReader reader;
  std::uint64_t rows = 0;
  for (const RecordedStatement& statement : recorded_log()) {
    for (const Bytes& bytes : statement.events) {
      Result<BinlogEvent> event = decoder.decode(bytes);
      ASSERT_TRUE(event.ok());
      const auto* changed = std::get_if<RowsEvent>(&event->body);
      if (changed == nullptr) continue;
      ASSERT_TRUE(reader.start(*changed).ok());
      std::uint64_t count = 0;
      for (Result<bool> more = reader.next();; more = reader.next()) {
        ASSERT_TRUE(more.ok()) << statement.sql << ": " << more.error().message;
        if (!*more) break;
        ++count;
      }
      EXPECT_EQ(count, changed->count) << statement.sql;
      rows += count;
    }
  }
  EXPECT_GT(rows, 20u);
}

}  // namespace
}  // namespace understudy::replication
