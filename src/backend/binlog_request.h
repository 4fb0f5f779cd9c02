#pragma once

#include <string>

#include "backend/text_query.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "replication/flavour.h"
#include "replication/position.h"

namespace understudy::backend {

// How a reader asks a server of either flavour for its binary log. Sources: MariaDB knowledge base,
// "Replication Protocol"; MySQL, sql/rpl_source.cc and sql/rpl_binlog_sender.cc.
struct BinlogRequest {
  replication::Flavour flavour = replication::Flavour::MariaDb;
  replication::Position after;
  bool strict = true;    // see BinlogStream::Options
  bool to_end = false;   // likewise
  Duration heartbeat{};  // likewise
  std::uint32_t id = 0;  // of the reader, which no other one has; not used with to_end
};

// What a reader says of itself before it asks: one statement.
std::string binlog_setup(const BinlogRequest& request);

// What has to be known of the server before: MySQL sends whatever is not in the reader's set,
// without a word about what it lacks itself. Empty for MariaDB, which finds out itself.
std::string binlog_question(const BinlogRequest& request);
// Takes the answer into account. Error: Server with 1236 if the server has not logged the position.
Result<void> take_binlog_answer(BinlogRequest& request, const TextResult& answer);

// Registers the reader, unless it reads to the end only; whether an OK will answer that.
bool append_registration(Bytes& out, const BinlogRequest& request);
// Asks for the log; the answer has the shape of Rows.
void append_request(Bytes& out, const BinlogRequest& request);

}  // namespace understudy::backend
