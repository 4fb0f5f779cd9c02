#pragma once

#include <cstdint>

namespace understudy::replication {

// Types of events, of both flavours: those from 160 are MariaDB's, 28 to 42 MySQL's.
enum class EventType : std::uint8_t {
  Query = 2,
  Stop = 3,
  Rotate = 4,
  IntVar = 5,
  FormatDescription = 15,
  Xid = 16,
  ExecuteLoadQuery = 18,
  TableMap = 19,
  WriteRowsV0 = 20,  // of MySQL 5.1 before it was released, and so up to DeleteRowsV0
  DeleteRowsV0 = 22,
  WriteRowsV1 = 23,
  UpdateRowsV1 = 24,
  DeleteRowsV1 = 25,
  Incident = 26,
  Heartbeat = 27,
  RowsQuery = 29,
  WriteRowsV2 = 30,
  UpdateRowsV2 = 31,
  DeleteRowsV2 = 32,
  MySqlGtid = 33,
  AnonymousGtid = 34,
  PreviousGtids = 35,
  XaPrepare = 38,
  PartialUpdateRows = 39,
  TransactionPayload = 40,
  HeartbeatV2 = 41,
  TaggedGtid = 42,
  AnnotateRows = 160,
  Gtid = 162,
  GtidList = 163,
  QueryCompressed = 165,
  WriteRowsCompressedV1 = 166,
  UpdateRowsCompressedV1 = 167,
  DeleteRowsCompressedV1 = 168,
  WriteRowsCompressed = 169,
  UpdateRowsCompressed = 170,
  DeleteRowsCompressed = 171,
};

}  // namespace understudy::replication
