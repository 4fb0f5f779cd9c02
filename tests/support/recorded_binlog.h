#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "conversation.h"
#include "replication/logged_transaction.h"

namespace understudy::replication {

// A statement that was run on a real server, and the events that it logged.
struct RecordedStatement {
  std::string sql;            // empty before the first one
  std::uint64_t changed = 0;  // rows, by the server's answer
  std::vector<Bytes> events;
};

// What tools/record_binlog.py has written.
inline std::vector<RecordedStatement> recorded_log() {
  std::vector<RecordedStatement> log(1);
  std::ifstream file(UNDERSTUDY_SOURCE_DIR "/tests/corpus/binlog/10.11.19.txt");
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = line.substr(space + 1);
    if (word == "sql") log.push_back({rest, 0, {}});
    if (word == "changed") log.back().changed = std::stoull(rest);
    if (word == "event") log.back().events.push_back(test::from_hex(rest));
  }
  EXPECT_GT(log.size(), 1u) << "no recorded log";
  return log;
}

}  // namespace understudy::replication
